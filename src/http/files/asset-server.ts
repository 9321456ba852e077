import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { CACHE_CONTROL } from '../../storage/storage.ts';
import { acceptedEncodings } from '../accept.ts';
import { sendText } from '../connection/send-text.ts';
import { decodePath } from './decode-path.ts';
import { rejectMethod, sendNotFound, sendRejection } from './file-refusals.ts';
import type { FileServer } from './file-server.ts';
import { type AssetFolder, type OpenedAsset, openAsset } from './open-asset.ts';
import { evaluatePreconditions } from './preconditions.ts';

export interface AssetServerOptions extends AssetFolder {
  /** Returns the additional headers of a file. @param file path relative to the folder. */
  readonly headersOf: (file: string) => OutgoingHttpHeaders;
}

/**
 * Cache-Control of files without a hash in their name. After an upgrade, browsers load the new file within five
 * minutes.
 */
const STABLE_CACHE_CONTROL = 'public, max-age=300';

/**
 * Creates a server for the files that `npm run build` writes. If their names contain a hash of their content, caches
 * can keep them. If the client accepts the compressed file next to a file, the server sends that. It streams from the
 * disk.
 */
export function createAssetServer({ headersOf, ...folder }: AssetServerOptions): FileServer {
  return async (request, response, path) => {
    if (rejectMethod(request, response)) {
      return;
    }
    const file = decodePath(path);
    await using asset = await openAsset(folder, file, acceptedEncodings(request.headers['accept-encoding']));
    if (asset !== undefined) {
      await sendAsset(request, response, asset, headersOf(file));
      return;
    }
    await using uncompressed = await openAsset(folder, file, ['identity']);
    if (uncompressed === undefined) {
      sendNotFound(response);
    } else {
      const text = 'The file is not available in an accepted encoding. Accept br, gzip or identity.';
      sendText(response, 406, text, { Vary: 'Accept-Encoding' });
    }
  };
}

/**
 * Responds with a file, a range of it, or 304. Conditions and ranges apply to the encoded file: RFC 9110, section 14.2.
 * Sends no Last-Modified, because all encodings of a file can have the same date. With that date in `If-Range`, a client
 * could join parts of different encodings.
 */
async function sendAsset(
  request: IncomingMessage,
  response: ServerResponse,
  asset: OpenedAsset,
  headers: OutgoingHttpHeaders,
): Promise<void> {
  const { size, etag, encoding } = asset;
  const outcome = evaluatePreconditions(request, asset);
  if (outcome.status === 412 || outcome.status === 416) {
    sendRejection(response, outcome.status, outcome.status === 416 ? `bytes */${size}` : undefined);
    return;
  }
  const cacheControl = asset.isStable ? STABLE_CACHE_CONTROL : CACHE_CONTROL;
  const common = { ETag: etag, 'Cache-Control': cacheControl, Vary: 'Accept-Encoding', ...headers };
  if (outcome.status === 304) {
    response.writeHead(304, common).end();
    return;
  }
  const range = outcome.status === 206 ? outcome.range : { start: 0, end: size - 1 };
  response.writeHead(outcome.status, {
    'Content-Type': asset.mediaType,
    'Content-Length': range.end - range.start + 1,
    'Accept-Ranges': 'bytes',
    ...(encoding !== 'identity' && { 'Content-Encoding': encoding }),
    ...(outcome.status === 206 && { 'Content-Range': `bytes ${range.start}-${range.end}/${size}` }),
    ...common,
  });
  if (request.method === 'HEAD') {
    response.end();
  } else if (!response.destroyed) {
    // After a disconnect, a pipeline would miss the past `close` event and wait forever.
    await pipeline(asset.handle.createReadStream({ ...range, autoClose: false }), response);
  }
}
