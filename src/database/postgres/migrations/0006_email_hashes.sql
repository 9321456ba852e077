ALTER TABLE "portrait"."users" ADD COLUMN "email_md5" text;--> statement-breakpoint
ALTER TABLE "portrait"."users" ADD COLUMN "email_sha256" text;--> statement-breakpoint
CREATE INDEX "users_email_md5" ON "portrait"."users" USING btree ("email_md5") WHERE "portrait"."users"."email_md5" IS NOT NULL;--> statement-breakpoint
CREATE INDEX "users_email_sha256" ON "portrait"."users" USING btree ("email_sha256") WHERE "portrait"."users"."email_sha256" IS NOT NULL;