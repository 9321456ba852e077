CREATE TABLE `outbox` (
	`sequence` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`id` text NOT NULL,
	`user_id` text NOT NULL,
	`type` text NOT NULL,
	`actor` text,
	`picture_id` text,
	`path` text,
	`sizes` text,
	`dominant_color` text,
	`alt_text` text,
	`changed_at` integer NOT NULL,
	`failures` integer DEFAULT 0 NOT NULL,
	`next_attempt_at` integer
);
--> statement-breakpoint
CREATE INDEX `outbox_due` ON `outbox` (`next_attempt_at`) WHERE "outbox"."next_attempt_at" IS NOT NULL;--> statement-breakpoint
CREATE INDEX `outbox_of_user` ON `outbox` (`user_id`,`sequence`);