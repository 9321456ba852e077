CREATE TABLE `pictures` (
	`sequence` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`id` text NOT NULL,
	`user_id` text NOT NULL,
	`state` text NOT NULL,
	`path` text NOT NULL,
	`file_name` text NOT NULL,
	`alt_text` text,
	`accepted_at` integer NOT NULL,
	`width` integer,
	`height` integer,
	`sizes` text,
	`placeholder` text,
	`dominant_color` text,
	`trashed_at` integer,
	`trashed_order` integer,
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE no action,
	CONSTRAINT "pictures_state" CHECK("pictures"."state" IN ('pending', 'live', 'trash', 'deleting'))
);
--> statement-breakpoint
CREATE UNIQUE INDEX `pictures_id_unique` ON `pictures` (`id`);--> statement-breakpoint
CREATE UNIQUE INDEX `pictures_path_unique` ON `pictures` (`path`);--> statement-breakpoint
CREATE UNIQUE INDEX `pictures_one_live_per_user` ON `pictures` (`user_id`) WHERE "pictures"."state" = 'live';--> statement-breakpoint
CREATE INDEX `pictures_of_user` ON `pictures` (`user_id`,`sequence`);--> statement-breakpoint
CREATE INDEX `pictures_trash` ON `pictures` (`trashed_at`) WHERE "pictures"."state" = 'trash';--> statement-breakpoint
CREATE INDEX `pictures_unfinished` ON `pictures` (`state`) WHERE "pictures"."state" IN ('pending', 'deleting');--> statement-breakpoint
CREATE TABLE `users` (
	`id` text PRIMARY KEY NOT NULL,
	`name` text,
	`settled_sequence` integer DEFAULT 0 NOT NULL
);
