import type { IncomingMessage } from 'node:http';
import { checkSite } from '../auth/cross-site.ts';
import { ForbiddenHostError } from '../auth/errors.ts';
import { isLoopbackHostHeader } from '../auth/loopback.ts';
import type { AllowsOrigin } from '../auth/origins.ts';
import { MethodNotAllowedError, UnsupportedMediaTypeError } from '../graphql/request-errors.ts';
import { FileTooLargeError, RequestTooLargeError } from '../multipart/errors.ts';
import { countHeader } from './count-header.ts';

export interface HeaderRules {
  /** Maximum bytes of one file. */
  readonly maxUploadBytes: number;
  /** True if the server responds only under a loopback name. */
  readonly loopbackOnly: boolean;
  /** Returns whether pages of an origin can change something. The origin that receives the request always can. */
  readonly allowsOrigin: AllowsOrigin;
  /** Called with the `Origin` of each request from a page that is not allowed, whatever its method. */
  readonly onRejectedOrigin: (origin: string) => void;
}

/** Maximum bytes of a multipart body in addition to its file: `operations`, `map` and the headers of the parts. */
export const MULTIPART_OVERHEAD_BYTES = 64 * 1024;

/** Maximum bytes of a JSON body. */
export const MAX_JSON_BYTES = 256 * 1024;

/** Returns the error if a GraphQL request can be rejected by its headers, before the server reads its body. */
export function checkHeaders(request: IncomingMessage, rules: HeaderRules): Error | undefined {
  const { method = 'GET', headers } = request;
  if (rules.loopbackOnly && !isLoopbackHostHeader(headers.host)) {
    return new ForbiddenHostError();
  }
  const siteError = checkSite(headers, rules.allowsOrigin);
  if (siteError !== undefined && headers.origin !== undefined) {
    // Without CORS headers, a browser sends nothing after OPTIONS, and hides the response to GET.
    rules.onRejectedOrigin(headers.origin);
  }
  if (method === 'GET') {
    return undefined;
  }
  if (method !== 'POST') {
    return new MethodNotAllowedError(method, 'GET, POST');
  }
  return siteError ?? checkBody(request, rules);
}

function checkBody({ headers, rawHeaders }: IncomingMessage, rules: HeaderRules): Error | undefined {
  if (countHeader(rawHeaders, 'content-type') > 1) {
    // A filter in front of the server may use one of the values, and the server another.
    return new UnsupportedMediaTypeError('The request has more than one Content-Type. Send exactly one.');
  }
  const mediaType = mediaTypeOf(headers['content-type']);
  if (mediaType !== 'multipart/form-data' && mediaType !== 'application/json') {
    return new UnsupportedMediaTypeError(explainMediaType(mediaType));
  }
  const encoding = headers['content-encoding'];
  if (encoding !== undefined && encoding.toLowerCase() !== 'identity') {
    return new UnsupportedMediaTypeError(
      'A body with a Content-Encoding is not accepted. Send the body without an encoding.',
    );
  }
  const contentLength = Number(headers['content-length'] ?? 0);
  if (mediaType === 'application/json') {
    return contentLength > MAX_JSON_BYTES ? jsonTooLarge() : undefined;
  }
  return contentLength > rules.maxUploadBytes + MULTIPART_OVERHEAD_BYTES
    ? new FileTooLargeError(rules.maxUploadBytes)
    : undefined;
}

/** Returns the error for a JSON body that exceeds MAX_JSON_BYTES. */
export function jsonTooLarge(): RequestTooLargeError {
  return new RequestTooLargeError(
    `The JSON body is larger than ${MAX_JSON_BYTES} bytes. Send files as multipart/form-data.`,
    MAX_JSON_BYTES,
  );
}

/** Returns the media type of a Content-Type header in lower case, without parameters. */
export function mediaTypeOf(contentType: string | undefined): string {
  return (contentType ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
}

/** Default types of an HTML form without `enctype`, and of JSON that `curl -d` or `fetch` sends without a type. */
const DEFAULT_TYPES = ['application/x-www-form-urlencoded', 'text/plain'];

function explainMediaType(mediaType: string): string {
  if (DEFAULT_TYPES.includes(mediaType)) {
    return 'The Content-Type is not accepted. In a form, set enctype="multipart/form-data". For JSON, send application/json.';
  }
  const problem =
    mediaType === '' ? 'The request has no Content-Type.' : `The Content-Type ${mediaType} is not accepted.`;
  return `${problem} Send application/json, or multipart/form-data for an upload.`;
}
