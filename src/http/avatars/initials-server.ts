import type { IncomingMessage, ServerResponse } from 'node:http';
import { RENDITION_SIZES } from '../../imaging/renditions.ts';
import type { DefaultAvatars, DrawingFormat } from '../../pictures/default-avatars.ts';
import { areInitials, INITIALS_COLORS } from '../../pictures/initials.ts';
import { CACHE_CONTROL } from '../../storage/storage.ts';
import { decodePath } from '../files/decode-path.ts';
import { rejectMethod, sendNotFound } from '../files/file-refusals.ts';
import type { FileServer } from '../files/file-server.ts';
import { SANDBOX } from '../files/resource-headers.ts';
import { draw, type Subject } from './drawing.ts';

/** `<size>/<color>/<text>.<format>`, or `<size>/silhouette.<format>`. */
const DRAWING_PATH =
  /^(?<size>[1-9]\d{0,3})\/(?:(?<color>\d{1,2})\/(?<text>[^/]+)|silhouette)\.(?<format>svg|png)$/;

interface DrawingRequest {
  readonly subject: Subject;
  readonly size: number;
  readonly format: DrawingFormat;
}

/** Creates the server of initials and silhouettes, which never change under their URL. */
export function createInitialsServer(defaultAvatars: DefaultAvatars): FileServer {
  return async (request: IncomingMessage, response: ServerResponse, path: string) => {
    const drawing = parsePath(path);
    if (drawing === undefined) {
      sendNotFound(response);
      return;
    }
    if (rejectMethod(request, response)) {
      return;
    }
    const { bytes, mediaType } = await draw(drawing.subject, drawing.size, drawing.format, defaultAvatars);
    response.writeHead(200, {
      'Content-Type': mediaType,
      'Content-Length': bytes.length,
      'Cache-Control': CACHE_CONTROL,
      'Content-Security-Policy': SANDBOX,
    });
    response.end(request.method === 'HEAD' ? undefined : bytes);
  };
}

function parsePath(path: string): DrawingRequest | undefined {
  const { size: digits, color, text: encoded, format } = DRAWING_PATH.exec(path)?.groups ?? {};
  const size = Number(digits);
  const subject = encoded === undefined ? 'silhouette' : { text: decodePath(encoded), color: Number(color) };
  const exists = subject === 'silhouette' || (areInitials(subject.text) && subject.color < INITIALS_COLORS);
  if (format === 'svg') {
    return exists ? { subject, size, format } : undefined;
  }
  // A PNG takes more work, so it has few sizes.
  return format === 'png' && exists && RENDITION_SIZES.some((drawn) => drawn === size)
    ? { subject, size, format }
    : undefined;
}
