CREATE TABLE `moves` (
	`id` text PRIMARY KEY NOT NULL,
	`side` text NOT NULL,
	`finished` integer NOT NULL,
	`database` text,
	`storage` text NOT NULL,
	`copied` integer NOT NULL
);
