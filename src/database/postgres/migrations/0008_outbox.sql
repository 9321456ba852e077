CREATE TABLE "portrait"."outbox" (
	"sequence" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "portrait"."outbox_sequence_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"id" text NOT NULL,
	"user_id" text NOT NULL,
	"type" text NOT NULL,
	"actor" text,
	"picture_id" text,
	"path" text,
	"sizes" integer[],
	"dominant_color" text,
	"alt_text" text,
	"changed_at" timestamp (3) with time zone NOT NULL,
	"failures" integer DEFAULT 0 NOT NULL,
	"next_attempt_at" timestamp (3) with time zone
);
--> statement-breakpoint
CREATE INDEX "outbox_due" ON "portrait"."outbox" USING btree ("next_attempt_at") WHERE "portrait"."outbox"."next_attempt_at" IS NOT NULL;--> statement-breakpoint
CREATE INDEX "outbox_of_user" ON "portrait"."outbox" USING btree ("user_id","sequence");