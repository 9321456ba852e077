import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { brotliCompress, gzip } from 'node:zlib';
import type { Encoding } from '../accept.ts';

/** A text that is the same for all clients, in each encoding. Keep only small texts, because it stays in memory. */
export interface EncodedText {
  readonly bodies: Readonly<Record<Encoding, Buffer>>;
  readonly modifiedAt: Date;
  /** Returns the strong ETag of the text in an encoding. */
  etagOf(encoding: Encoding): string;
}

/**
 * Compresses a text for all clients. A text with a secret and text that an attacker chooses must stay uncompressed,
 * because its compressed size reveals matches of both (https://www.breachattack.com).
 */
export async function encodeText(text: string): Promise<EncodedText> {
  const identity = Buffer.from(text);
  const [br, gzipped] = await Promise.all([promisify(brotliCompress)(identity), promisify(gzip)(identity)]);
  const bodies = { br, gzip: gzipped, identity };
  return {
    bodies,
    modifiedAt: new Date(),
    etagOf: (encoding) =>
      `"${createHash('sha256').update(bodies[encoding]).digest('base64url').slice(0, 16)}"`,
  };
}
