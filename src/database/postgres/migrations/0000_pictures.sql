CREATE SCHEMA IF NOT EXISTS "portrait";
--> statement-breakpoint
CREATE TABLE "portrait"."pictures" (
	"sequence" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "portrait"."pictures_sequence_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"id" text NOT NULL,
	"user_id" text NOT NULL,
	"state" text NOT NULL,
	"path" text NOT NULL,
	"file_name" text NOT NULL,
	"alt_text" text,
	"accepted_at" timestamp (3) with time zone NOT NULL,
	"accepted_by" text NOT NULL,
	"width" integer,
	"height" integer,
	"sizes" integer[],
	"placeholder" text,
	"dominant_color" text,
	"trashed_at" timestamp (3) with time zone,
	"trashed_order" integer,
	CONSTRAINT "pictures_id_unique" UNIQUE("id"),
	CONSTRAINT "pictures_path_unique" UNIQUE("path"),
	CONSTRAINT "pictures_state" CHECK ("portrait"."pictures"."state" IN ('pending', 'live', 'trash', 'deleting'))
);
--> statement-breakpoint
CREATE TABLE "portrait"."users" (
	"id" text PRIMARY KEY NOT NULL,
	"name" text,
	"settled_sequence" bigint DEFAULT 0 NOT NULL
);
--> statement-breakpoint
ALTER TABLE "portrait"."pictures" ADD CONSTRAINT "pictures_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "portrait"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "pictures_one_live_per_user" ON "portrait"."pictures" USING btree ("user_id") WHERE "portrait"."pictures"."state" = 'live';--> statement-breakpoint
CREATE INDEX "pictures_of_user" ON "portrait"."pictures" USING btree ("user_id","sequence");--> statement-breakpoint
CREATE INDEX "pictures_trash" ON "portrait"."pictures" USING btree ("trashed_at") WHERE "portrait"."pictures"."state" = 'trash';--> statement-breakpoint
CREATE INDEX "pictures_pending" ON "portrait"."pictures" USING btree ("accepted_by") WHERE "portrait"."pictures"."state" = 'pending';--> statement-breakpoint
CREATE INDEX "pictures_deleting" ON "portrait"."pictures" USING btree ("sequence") WHERE "portrait"."pictures"."state" = 'deleting';