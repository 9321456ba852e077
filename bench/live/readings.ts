import type { Reading } from './reader.ts';
import type { SeededUser } from './seed-users.ts';

/** Milliseconds between requests, as from a handful of open pages. The server must stay mostly idle. */
const PICTURE_INTERVAL_MS = 20;
const QUERY_INTERVAL_MS = 50;

const USERS_QUERY = `query ($ids: [ID!]!) {
  viewer { id name avatarUrl }
  users(ids: $ids) { id name avatarUrl profilePicture { id altText url(size: 256) } }
}`;

/** Returns a reading of the users' pictures, one after another. */
export function pictureReading(port: number, users: readonly SeededUser[]): Reading {
  const requests = users.map(({ picturePath }) => `GET ${picturePath} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`);
  return { port, requests, intervalMs: PICTURE_INTERVAL_MS };
}

/** Returns a reading of the viewer and of all these users with their pictures. */
export function queryReading(port: number, users: readonly SeededUser[]): Reading {
  const body = JSON.stringify({ query: USERS_QUERY, variables: { ids: users.map(({ id }) => id) } });
  const request = [
    'POST /graphql HTTP/1.1',
    'Host: 127.0.0.1',
    `Authorization: Bearer ${users[0]?.token}`,
    'Accept: application/graphql-response+json',
    'Content-Type: application/json',
    `Content-Length: ${Buffer.byteLength(body)}`,
    '',
    body,
  ];
  return { port, requests: [request.join('\r\n')], intervalMs: QUERY_INTERVAL_MS };
}
