import type { BodyMemory, Reservation } from '../../multipart/body-memory.ts';
import {
  BodyStalledError,
  ClientDisconnectedError,
  FragmentedBodyError,
  MalformedRequestError,
  ServerMemoryError,
} from '../../multipart/errors.ts';
import { JoinedChunks } from '../../multipart/joined-chunks.ts';
import { jsonTooLarge, MAX_JSON_BYTES } from '../check-headers.ts';
import { type BoundedRequest, isFragmented } from '../connection/bounded-request.ts';

const UTF8 = new TextDecoder('utf-8', { fatal: true });

/**
 * Reads the text of a JSON body. If it rejects, the server can still send a response.
 * Rejects with BodyStalledError, RequestTooLargeError, MalformedRequestError (not UTF-8), FragmentedBodyError,
 * ServerMemoryError or ClientDisconnectedError.
 * @param idleTimeout milliseconds without a byte after which the body times out.
 */
export function readJsonBody(
  request: BoundedRequest,
  memory: BodyMemory,
  idleTimeout: number,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const body = new JoinedChunks();
    let timer: NodeJS.Timeout | undefined;
    let reservation: Reservation | undefined;
    let finished = false;

    function fail(error: Error): void {
      finish();
      reject(error);
    }

    function finish(): void {
      finished = true;
      clearTimeout(timer);
      reservation?.release();
      request.stopReading();
      body.free();
    }

    /** Bounds the time and the memory of a body, unless it arrived together with its headers. */
    function boundIfIncomplete(): void {
      const isWhole = body.length === Number(request.headers['content-length']);
      if (!finished && !isWhole) {
        timer = setTimeout(() => fail(new BodyStalledError(idleTimeout)), idleTimeout);
        reservation = memory.reserve(() => fail(new ServerMemoryError()));
        reservation.resize(body.capacity);
      }
    }

    request.readBody({
      onChunk(chunk) {
        timer?.refresh();
        if (body.length + chunk.length > MAX_JSON_BYTES) {
          fail(jsonTooLarge());
        } else {
          body.append(chunk);
          reservation?.resize(body.capacity);
        }
      },
      onEnd() {
        try {
          resolve(UTF8.decode(body.bytes()));
        } catch {
          reject(new MalformedRequestError('The body is not valid UTF-8.'));
        }
        finish();
      },
      /** Runs for truncated and for fragmented bodies. */
      onDestroy() {
        fail(isFragmented(request) ? new FragmentedBodyError() : new ClientDisconnectedError());
      },
    });
    // Node emits a request before it parses the body, even if both arrived together. A microtask runs after that.
    queueMicrotask(boundIfIncomplete);
  });
}
