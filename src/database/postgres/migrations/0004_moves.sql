CREATE TABLE "portrait"."moves" (
	"id" text PRIMARY KEY NOT NULL,
	"side" text NOT NULL,
	"finished" boolean NOT NULL,
	"database" text,
	"storage" text NOT NULL,
	"copied" bigint NOT NULL
);
