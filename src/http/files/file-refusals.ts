import type { IncomingMessage, ServerResponse } from 'node:http';
import { sendText } from '../connection/send-text.ts';

/** Refuses whatever neither reads nor describes a file. @returns whether it did. */
export function refuseMethod({ method }: IncomingMessage, response: ServerResponse): boolean {
  const refused = method !== 'GET' && method !== 'HEAD';
  if (refused) {
    sendText(response, 405, 'Only GET and HEAD are allowed here.', { Allow: 'GET, HEAD' });
  }
  return refused;
}

export function sendNotFound(response: ServerResponse): void {
  sendText(response, 404, 'There is nothing here.');
}

/** Says that the file is another than the request supposes, or has no such range. */
export function sendRejection(response: ServerResponse, status: 412 | 416, contentRange?: string): void {
  sendText(response, status, 'The request does not fit the file.', {
    ...(contentRange !== undefined && { 'Content-Range': contentRange }),
  });
}
