DROP INDEX "portrait"."pictures_deleting";--> statement-breakpoint
CREATE INDEX "pictures_deleting" ON "portrait"."pictures" USING btree ("user_id") WHERE "portrait"."pictures"."state" = 'deleting';