CREATE TABLE "portrait"."deletion_counts" (
	"user_group" integer PRIMARY KEY NOT NULL,
	"count" integer NOT NULL
);
--> statement-breakpoint
ALTER TABLE "portrait"."pictures" DROP CONSTRAINT "pictures_user_id_users_id_fk";
--> statement-breakpoint
ALTER TABLE "portrait"."users" ADD COLUMN "deleting" boolean DEFAULT false NOT NULL;--> statement-breakpoint
CREATE INDEX "users_deleting" ON "portrait"."users" USING btree ("id") WHERE "portrait"."users"."deleting";