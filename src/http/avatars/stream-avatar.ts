import type { ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { mediaTypeOf, type PictureReader } from '../../storage/storage.ts';
import { sendRejection } from '../files/file-refusals.ts';
import { etagOf } from '../files/picture.ts';
import { evaluateEntityTags } from '../files/preconditions.ts';
import { avatarHeaders } from './avatar-headers.ts';
import type { AvatarRequest } from './avatar-request.ts';

/**
 * Responds like {@link sendAvatar} with a file that is too large for memory. Rejects with the errors of
 * {@link PictureReader}.
 * @param image path of the file, and the URL that always serves it.
 * @returns false if the file does not exist. Then it has sent nothing.
 */
export async function streamAvatar(
  reader: PictureReader,
  response: ServerResponse,
  { file, location }: { readonly file: string; readonly location: string },
  avatarRequest: Pick<AvatarRequest, 'isNegotiated'>,
): Promise<boolean> {
  const { method, headers } = response.req;
  const etag = etagOf(file);
  const common = { ...avatarHeaders(avatarRequest), ETag: etag, 'Content-Location': location };
  const status = evaluateEntityTags(headers, etag);
  if (status === 412) {
    sendRejection(response, status);
    return true;
  }
  if (status === 304) {
    response.writeHead(304, common).end();
    return true;
  }
  const disconnect = new AbortController();
  response.once('close', () => disconnect.abort());
  const { signal } = disconnect;
  const ok = (size: number) =>
    response.writeHead(200, { ...common, 'Content-Type': mediaTypeOf(file), 'Content-Length': size });
  if (method === 'HEAD') {
    const found = await reader.describe(file, signal);
    if (found !== null) {
      ok(found.size).end();
    }
    return found !== null;
  }
  const opened = await reader.open(file, signal);
  if (opened !== null) {
    await pipeline(opened.body, ok(opened.size));
  }
  return opened !== null;
}
