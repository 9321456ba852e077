ALTER TABLE `users` ADD `email_md5` text;--> statement-breakpoint
ALTER TABLE `users` ADD `email_sha256` text;--> statement-breakpoint
CREATE INDEX `users_email_md5` ON `users` (`email_md5`) WHERE "users"."email_md5" IS NOT NULL;--> statement-breakpoint
CREATE INDEX `users_email_sha256` ON `users` (`email_sha256`) WHERE "users"."email_sha256" IS NOT NULL;