CREATE TABLE `deletion_counts` (
	`user_group` integer PRIMARY KEY NOT NULL,
	`count` integer NOT NULL
);
--> statement-breakpoint
ALTER TABLE `users` ADD `deleting` integer DEFAULT false NOT NULL;--> statement-breakpoint
CREATE INDEX `users_deleting` ON `users` (`deleting`) WHERE "users"."deleting" = 1;