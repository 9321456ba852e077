import type { IncomingMessage } from 'node:http';
import { isCrossSite } from '../auth/cross-site.ts';
import { CrossSiteRequestError, ForbiddenHostError } from '../auth/errors.ts';
import { isLoopbackHostHeader } from '../auth/loopback.ts';
import { MethodNotAllowedError, UnsupportedMediaTypeError } from '../graphql/request-errors.ts';
import { FileTooLargeError, RequestTooLargeError } from '../multipart/errors.ts';

export interface HeaderRules {
  /** Bytes of one file. */
  readonly maxUploadBytes: number;
  /** Answer only under a loopback name. */
  readonly loopbackOnly: boolean;
  /** Whose pages may change something, beside those of the origin that the request is sent to. */
  readonly trustedOrigins: () => ReadonlySet<string>;
}

/** Bytes that a multipart body may have beside its file: `operations`, `map`, the headers of the parts. */
export const MULTIPART_OVERHEAD_BYTES = 64 * 1024;

/** Bytes of a JSON body. */
export const MAX_JSON_BYTES = 256 * 1024;

/** Why a GraphQL request is refused before a byte of its body is read, or undefined. */
export function refuseFromHeaders(request: IncomingMessage, rules: HeaderRules): Error | undefined {
  const { method = 'GET', headers } = request;
  if (rules.loopbackOnly && !isLoopbackHostHeader(headers.host)) {
    return new ForbiddenHostError();
  }
  if (method === 'GET') {
    return undefined;
  }
  if (method !== 'POST') {
    return new MethodNotAllowedError(method, 'GET, POST');
  }
  if (isCrossSite(headers, rules.trustedOrigins())) {
    return new CrossSiteRequestError();
  }
  return refuseBody(request, rules);
}

function refuseBody({ headers, headersDistinct }: IncomingMessage, rules: HeaderRules): Error | undefined {
  if ((headersDistinct['content-type'] ?? []).length > 1) {
    // A filter in front may go by the other one.
    return new UnsupportedMediaTypeError('The request has more than one Content-Type.');
  }
  const mediaType = mediaTypeOf(headers['content-type']);
  if (mediaType !== 'multipart/form-data' && mediaType !== 'application/json') {
    return new UnsupportedMediaTypeError(sentenceFor(mediaType));
  }
  const encoding = headers['content-encoding'];
  if (encoding !== undefined && encoding.toLowerCase() !== 'identity') {
    return new UnsupportedMediaTypeError(
      'A body with a Content-Encoding is not accepted; please send it as it is.',
    );
  }
  const announced = Number(headers['content-length'] ?? 0);
  if (mediaType === 'application/json') {
    return announced > MAX_JSON_BYTES ? jsonTooLarge() : undefined;
  }
  return announced > rules.maxUploadBytes + MULTIPART_OVERHEAD_BYTES
    ? new FileTooLargeError(rules.maxUploadBytes)
    : undefined;
}

export function jsonTooLarge(): RequestTooLargeError {
  return new RequestTooLargeError(`A JSON body may have at most ${MAX_JSON_BYTES} bytes.`, MAX_JSON_BYTES);
}

/** In lower case, without parameters. */
export function mediaTypeOf(contentType: string | undefined): string {
  return (contentType ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
}

/** An HTML form without its `enctype` comes as these, and so does JSON whose sender names no type (curl -d, fetch). */
const NAMED_BY_DEFAULT = ['application/x-www-form-urlencoded', 'text/plain'];

function sentenceFor(mediaType: string): string {
  if (NAMED_BY_DEFAULT.includes(mediaType)) {
    return 'A form that sends a file needs enctype="multipart/form-data"; JSON needs the Content-Type application/json.';
  }
  const problem =
    mediaType === '' ? 'The request has no Content-Type.' : `The Content-Type ${mediaType} is not accepted.`;
  return `${problem} Please send application/json, or multipart/form-data for an upload.`;
}
