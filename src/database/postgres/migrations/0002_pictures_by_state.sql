DROP INDEX "portrait"."pictures_of_user";--> statement-breakpoint
DROP INDEX "portrait"."pictures_pending";--> statement-breakpoint
CREATE INDEX "pictures_trash_of_user" ON "portrait"."pictures" USING btree ("user_id","trashed_order") WHERE "portrait"."pictures"."state" = 'trash';--> statement-breakpoint
CREATE INDEX "pictures_pending" ON "portrait"."pictures" USING btree ("user_id","sequence") WHERE "portrait"."pictures"."state" = 'pending';