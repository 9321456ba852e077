/** Names and values as the environment has them. */
export type Environment = Readonly<Record<string, string | undefined>>;
