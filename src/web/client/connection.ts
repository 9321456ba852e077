/** Returns the token of the signed-in user, or nothing if the user is not signed in. Called for each request. */
export type GetToken = () => Token | Promise<Token>;

type Token = string | null | undefined;

/** How to reach a server, and as whom. */
export interface Connection {
  /** URL of the GraphQL endpoint. */
  readonly endpoint: string;
  /** If undefined, the browser sends its cookies, also to another origin. */
  readonly getToken?: GetToken | undefined;
}

/** Returns the headers that sign in the user. Rejects if `getToken` does. */
export async function signInHeaders({ getToken }: Connection): Promise<Readonly<Record<string, string>>> {
  const token = await getToken?.();
  return token ? { Authorization: `Bearer ${token}` } : {};
}
