ALTER TABLE `pictures` ADD `withheld` integer DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE `users` ADD `blocked_at` integer;--> statement-breakpoint
ALTER TABLE `users` ADD `blocked_until` integer;--> statement-breakpoint
ALTER TABLE `users` ADD `block_reason` text;