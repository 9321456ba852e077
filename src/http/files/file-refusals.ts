import type { IncomingMessage, ServerResponse } from 'node:http';
import { sendText } from '../connection/send-text.ts';

/** Rejects all methods except GET and HEAD. @returns whether it sent a response. */
export function rejectMethod({ method }: IncomingMessage, response: ServerResponse): boolean {
  const rejected = method !== 'GET' && method !== 'HEAD';
  if (rejected) {
    sendText(response, 405, `The method ${method} is not allowed here. Use GET or HEAD.`, {
      Allow: 'GET, HEAD',
    });
  }
  return rejected;
}

/** Sends 404. */
export function sendNotFound(response: ServerResponse): void {
  sendText(response, 404, 'Not found. Check the URL.');
}

const REJECTIONS = {
  412: 'The file does not match the conditions of the request. Send the request without them.',
  416: 'The file does not have the requested range. Request the whole file.',
};

/** Sends 412 if a precondition of the request failed, or 416 if the file does not have the requested range. */
export function sendRejection(response: ServerResponse, status: 412 | 416, contentRange?: string): void {
  sendText(response, status, REJECTIONS[status], {
    ...(contentRange !== undefined && { 'Content-Range': contentRange }),
  });
}
