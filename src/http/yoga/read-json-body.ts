import type { IncomingMessage } from 'node:http';
import type { BodyMemory } from '../../multipart/body-memory.ts';
import {
  BodyStalledError,
  ClientDisconnectedError,
  FragmentedBodyError,
  MalformedRequestError,
  ServerMemoryError,
} from '../../multipart/errors.ts';
import { GrowingBuffer } from '../../multipart/growing-buffer.ts';
import { jsonTooLarge, MAX_JSON_BYTES } from '../check-headers.ts';
import { isFragmented } from '../connection/bounded-request.ts';

const UTF8 = new TextDecoder('utf-8', { fatal: true });

/**
 * Reads the text of a JSON body. If it rejects, the server can still send a response.
 * Rejects with BodyStalledError, RequestTooLargeError, MalformedRequestError (not UTF-8), FragmentedBodyError,
 * ServerMemoryError or ClientDisconnectedError.
 * @param idleTimeout milliseconds without a byte after which the body times out.
 */
export async function readJsonBody(
  request: IncomingMessage,
  memory: BodyMemory,
  idleTimeout: number,
): Promise<string> {
  // Node emits a request before it parses the body, even if both arrived together. A microtask runs after that.
  await undefined;
  if (request.complete && !request.destroyed) {
    return decode(readArrived(request));
  }
  const body = await gatherBody(request, memory, idleTimeout);
  try {
    return decode(body.bytes());
  } finally {
    body.free();
  }
}

/** Returns a body that has arrived, without events, a timer or a copy. Throws RequestTooLargeError. */
function readArrived(request: IncomingMessage): Uint8Array {
  const body: Buffer | null = request.read();
  if (body !== null && body.length > MAX_JSON_BYTES) {
    throw jsonTooLarge();
  }
  return body ?? new Uint8Array();
}

/** Throws MalformedRequestError for bytes that are not UTF-8. */
function decode(bytes: Uint8Array): string {
  try {
    return UTF8.decode(bytes);
  } catch {
    throw new MalformedRequestError('The body is not valid UTF-8.');
  }
}

function gatherBody(
  request: IncomingMessage,
  memory: BodyMemory,
  idleTimeout: number,
): Promise<GrowingBuffer> {
  return new Promise((resolve, reject) => {
    const body = new GrowingBuffer();
    const reservation = memory.reserve(() => fail(new ServerMemoryError()));
    const timer = setTimeout(() => fail(new BodyStalledError(idleTimeout)), idleTimeout);

    function onData(chunk: Buffer): void {
      timer.refresh();
      if (body.length + chunk.length > MAX_JSON_BYTES) {
        fail(jsonTooLarge());
      } else {
        body.append(chunk);
        reservation.resize(body.capacity);
      }
    }

    function onEnd(): void {
      stop();
      resolve(body);
    }

    /** Runs for truncated and fragmented bodies too, which close without an `end` event. */
    function onClose(): void {
      fail(isFragmented(request) ? new FragmentedBodyError() : new ClientDisconnectedError());
    }

    function fail(error: Error): void {
      stop();
      body.free();
      reject(error);
    }

    function stop(): void {
      clearTimeout(timer);
      reservation.release();
      request.off('data', onData).off('end', onEnd).off('close', onClose).off('error', onClose);
    }

    if (request.readableEnded) {
      // The request has no body, so Node emits no events.
      onEnd();
      return;
    }
    if (request.destroyed) {
      // The request is already closed, so Node emits no further events.
      onClose();
      return;
    }
    request.on('data', onData).on('end', onEnd).on('close', onClose).on('error', onClose);
  });
}
