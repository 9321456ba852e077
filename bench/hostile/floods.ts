import { signToken } from '../../src/auth/token.ts';
import { SECRET } from '../live/seed-users.ts';
import { largePhotograph } from '../support/photographs.ts';
import { UPLOAD_PICTURE, uploadRequest } from '../support/upload-request.ts';
import { graphqlRequest, inTinyChunks, MAX_BODY_BYTES, repeat } from './hostile-request.ts';
import { animatedWebp } from './pictures/animated-webp.ts';
import { avifGrid } from './pictures/avif-grid.ts';
import { progressiveJpeg } from './pictures/progressive-jpeg.ts';
import { PICTURE_USER } from './seed-hostile.ts';

/** Many simultaneous connections that send the same requests. */
export interface Flood {
  readonly name: string;
  readonly connections: number;
  /** The bytes to send. The connections use them in turn. */
  readonly requests: readonly Buffer[];
  readonly reads: boolean;
  /**
   * Milliseconds that an honest upload may take in addition to three times its time without the flood. Undefined if
   * the upload must only finish.
   */
  readonly allowanceMs?: number;
}

/** Time limit of a decoder in milliseconds. An honest upload may have to wait for one slow picture. */
const SLOW_PICTURE_MS = 30_000;
const ACCOUNTS = 10;

/** Returns all floods. */
export async function floods(): Promise<Flood[]> {
  const pictures = await slowPictures();
  const accounts = await Promise.all(
    Array.from({ length: ACCOUNTS }, (_, i) => signToken({ id: `mallory-${i}`, name: null }, SECRET, {})),
  );
  const uploads = (tokens: readonly string[]) =>
    tokens.flatMap((token) =>
      pictures.map(([fileName, mediaType, file]) =>
        uploadRequest({ document: UPLOAD_PICTURE, file, fileName, mediaType, token }),
      ),
    );
  const jsonInTinyChunks = inTinyChunks(
    { 'Content-Type': 'application/json' },
    Buffer.alloc(MAX_BODY_BYTES, ' '),
  );
  return [
    {
      name: 'slow pictures, one account, 30 at once',
      connections: 30,
      requests: uploads(accounts.slice(0, 1)),
      reads: true,
      allowanceMs: SLOW_PICTURE_MS,
    },
    {
      name: 'slow pictures, ten accounts, 100 at once',
      connections: 100,
      requests: uploads(accounts),
      reads: true,
    },
    {
      name: 'responses of a megabyte, unread, 500 connections',
      connections: 500,
      requests: [Buffer.concat(Array<Buffer>(3).fill(largeQuery()))],
      reads: false,
    },
    {
      name: 'idle connections, 1,000',
      connections: 1000,
      requests: [Buffer.from('GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n')],
      reads: true,
    },
    { name: 'tiny chunks, 8 connections', connections: 8, requests: [jsonInTinyChunks], reads: true },
  ];
}

/** Returns small files that take long to decode, and a large photograph. */
async function slowPictures(): Promise<(readonly [fileName: string, mediaType: string, file: Buffer])[]> {
  return [
    ['scans.jpg', 'image/jpeg', progressiveJpeg(500)],
    ['grid.avif', 'image/avif', await avifGrid({ tile: 4000, columns: 10, rows: 10, edge: 640 })],
    ['frames.webp', 'image/webp', await animatedWebp(50_000)],
    ['large.jpg', 'image/jpeg', await largePhotograph()],
  ];
}

/** Returns a query with a large response, over a connection that stays open. */
function largeQuery(): Buffer {
  const fields = repeat(16, (i) => `a${i}: profilePicture { srcSet placeholder }`);
  const query = `query ($i: [ID!]!) { users(ids: $i) { ${fields} } }`;
  const request = graphqlRequest(query, { i: Array(100).fill(PICTURE_USER) });
  return Buffer.from(request.toString().replace('Connection: close\r\n', ''));
}
