import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { brotliCompress, gzip } from 'node:zlib';
import type { Encoding } from '../accept.ts';

export interface EncodedText {
  readonly body: Buffer;
  /** Strong ETag with its quotation marks. */
  readonly etag: string;
}

/**
 * Returns a text in each encoding. Use it only for texts that are the same for all clients. Otherwise the size of the
 * compressed text can reveal its content to clients who can put text into it (https://www.breachattack.com).
 */
export async function encodeText(text: string): Promise<Readonly<Record<Encoding, EncodedText>>> {
  const identity = Buffer.from(text);
  const [br, gzipped] = await Promise.all([promisify(brotliCompress)(identity), promisify(gzip)(identity)]);
  return { br: withEtag(br), gzip: withEtag(gzipped), identity: withEtag(identity) };
}

function withEtag(body: Buffer): EncodedText {
  return { body, etag: `"${createHash('sha256').update(body).digest('base64url')}"` };
}
