import type { IncomingMessage, ServerResponse } from 'node:http';
import { PICTURE_FILE } from '../../storage/storage.ts';
import { decodePath } from './decode-path.ts';
import { rejectMethod, sendNotFound, sendRejection } from './file-refusals.ts';
import type { FileServer } from './file-server.ts';
import { Picture } from './picture.ts';
import type { PicturesInMemory, Read } from './pictures-in-memory.ts';
import { sendPicture } from './send-picture.ts';
import { streamPicture } from './stream-picture.ts';

export interface PictureServer {
  /**
   * Responds at once if the picture is in memory. The caller has checked the request.
   * @param path part of the URL, still encoded. Only the usual spelling of a path is in memory.
   * @returns false if the picture is not in memory, or if the response is a rejection. Then it has sent nothing.
   */
  readonly sendCached: (request: IncomingMessage, response: ServerResponse, path: string) => boolean;
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
  function sendFromMemory(request: IncomingMessage, response: ServerResponse, picture: Picture): void {
    const status = sendPicture(request, response, picture, common);
    if (status !== undefined) {
      sendRejection(response, status, status === 416 ? `bytes */${picture.size}` : undefined);
    }
  }

  return {
    sendCached(request, response, path) {
      const picture = pictures.get(path);
      return picture !== undefined && sendPicture(request, response, picture, common) === undefined;
    },

    async send(request, response, path) {
      if (rejectMethod(request, response)) {
        return;
      }
      const file = decodePath(path);
      const found = PICTURE_FILE.test(file) ? await readPicture(pictures, file, response) : null;
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
