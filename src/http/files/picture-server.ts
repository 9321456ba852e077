import type { IncomingMessage, ServerResponse } from 'node:http';
import { PICTURE_FILE } from '../../storage/storage.ts';
import type { SendQuickly } from '../send-from-memory.ts';
import { decodePath } from './decode-path.ts';
import { rejectMethod, sendNotFound, sendRejection } from './file-refusals.ts';
import type { FileServer } from './file-server.ts';
import { Picture } from './picture.ts';
import type { PicturesInMemory, Read } from './pictures-in-memory.ts';
import { sendPicture } from './send-picture.ts';
import { streamPicture } from './stream-picture.ts';

export interface PictureServer {
  /**
   * Responds to a request that the caller has checked. Responds at once if the picture is in memory, and otherwise when
   * it is read. Calls `respond` if the response is not the picture, for example because it does not exist.
   * @param path part of the URL, still encoded.
   * @returns false if it will not respond: the path is not in the usual spelling, or the response is a rejection.
   */
  readonly sendQuickly: SendQuickly;
  /** Responds to any request for a picture. */
  readonly send: FileServer;
}

/**
 * Creates a server for pictures in a folder or a bucket, with ETag, Last-Modified, 304, Range and HEAD. It reads only
 * files whose name can be that of a picture file.
 * @param common returns the headers of every response.
 */
export function createPictureServer(
  pictures: PicturesInMemory,
  common: () => Readonly<Record<string, string>>,
): PictureServer {
  /** Readings of `sendQuickly` that `send` responds to, so that no request reads a file twice. */
  const readings = new WeakMap<IncomingMessage, Promise<Read>>();

  function sendFromMemory(request: IncomingMessage, response: ServerResponse, picture: Picture): void {
    const status = sendPicture(request, response, picture, common);
    if (status !== undefined) {
      sendRejection(response, status, status === 416 ? `bytes */${picture.size}` : undefined);
    }
  }

  return {
    sendQuickly(request, response, path, respond) {
      const cached = pictures.get(path);
      if (cached !== undefined || !PICTURE_FILE.test(path)) {
        return cached !== undefined && sendPicture(request, response, cached, common) === undefined;
      }
      const reading = readPicture(pictures, path, response);
      const respondTo = (found?: Read) => {
        if (!(found instanceof Picture) || sendPicture(request, response, found, common) !== undefined) {
          readings.set(request, reading);
          respond(request, response);
        }
      };
      reading.then(respondTo, () => respondTo());
      return true;
    },

    async send(request, response, path) {
      if (rejectMethod(request, response)) {
        return;
      }
      const file = decodePath(path);
      const reading = readings.get(request);
      const found = PICTURE_FILE.test(file) ? await (reading ?? readPicture(pictures, file, response)) : null;
      if (found instanceof Picture) {
        sendFromMemory(request, response, found);
      } else if (found === null || !(await streamPicture(pictures.reader, file, response))) {
        sendNotFound(response);
      }
    },
  };
}

/** Returns a cached picture or reads it. If the client disconnects and no other request waits, aborts the reading. */
export async function readPicture(
  pictures: PicturesInMemory,
  file: string,
  response: ServerResponse,
): Promise<Read> {
  const cached = pictures.get(file);
  if (cached !== undefined) {
    return cached;
  }
  const { result, leave } = pictures.read(file);
  response.once('close', leave);
  try {
    return await result;
  } finally {
    response.off('close', leave);
    leave();
  }
}
