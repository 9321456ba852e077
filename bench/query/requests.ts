import type { SeededUser } from '../live/seed-users.ts';

export interface QueryRequest {
  readonly name: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export const GRAPHQL_PATH = '/graphql';

const VIEWER = '{ viewer { id name avatarUrl } }';
/** The fragment of docs/api.md. */
const USERS = `query ($ids: [ID!]!) { users(ids: $ids) { ...UserPicture } }
fragment UserPicture on User {
  id
  name
  avatarUrl(size: 128)
  profilePicture { id altText placeholder dominantColor url(size: 256) srcSet }
}`;

/** Returns the query of the viewer, and the query of all these users. The first user is signed in. */
export function requestsFor(users: readonly SeededUser[]): {
  readonly viewer: QueryRequest;
  readonly users: QueryRequest;
} {
  const headers = {
    Accept: 'application/graphql-response+json',
    'Content-Type': 'application/json',
    Authorization: `Bearer ${users[0]?.token}`,
    // Requests from this machine have no limit. A proxy that Portrait trusts names another client.
    'X-Forwarded-For': '203.0.113.7',
  };
  const ids = users.map(({ id }) => id);
  return {
    viewer: { name: 'the viewer', headers, body: JSON.stringify({ query: VIEWER }) },
    users: {
      name: `${users.length} users with every field of a picture`,
      headers,
      body: JSON.stringify({ query: USERS, variables: { ids } }),
    },
  };
}

/** Sends a query once. @returns the body of the response, without a line feed at the end. */
export async function postQuery(port: number, { headers, body }: QueryRequest): Promise<string> {
  const response = await fetch(`http://127.0.0.1:${port}${GRAPHQL_PATH}`, { method: 'POST', headers, body });
  const text = await response.text();
  if (response.status !== 200) {
    throw new Error(`The query failed:\n${text}`);
  }
  return text.trimEnd();
}
