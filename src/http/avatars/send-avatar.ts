import type { ServerResponse } from 'node:http';
import { evaluateEntityTags } from '../files/preconditions.ts';
import type { Avatar, AvatarResponses } from './avatar-responses.ts';

/**
 * Sends an avatar, or 304 if the client has it.
 * @returns undefined, or the status of a rejection that the caller must send.
 */
export function sendAvatar(
  response: ServerResponse,
  { bytes, etag }: Pick<Avatar, 'bytes' | 'etag'>,
  { ok, notModified }: AvatarResponses,
): 412 | undefined {
  const { method, headers } = response.req;
  const status = evaluateEntityTags(headers, etag);
  if (status === 412) {
    return status;
  }
  response.writeHead(status, status === 200 ? ok : notModified);
  response.end(status === 304 || method === 'HEAD' ? undefined : bytes);
  return undefined;
}
