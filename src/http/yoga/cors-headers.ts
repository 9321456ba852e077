import type { IncomingMessage } from 'node:http';
import type { AllowsOrigin } from '../../auth/origins.ts';
import type { Answer } from '../connection/send-response.ts';

/** Seconds for which a browser can cache a preflight response. */
const PREFLIGHT_MAX_AGE_S = 600;

/**
 * Returns the CORS headers of a response as names and values in turn: https://fetch.spec.whatwg.org/#http-responses.
 * Other origins get none, so browsers hide the response from their pages.
 */
export function corsHeaders({ headers }: IncomingMessage, allowsOrigin: AllowsOrigin): readonly string[] {
  const { origin, 'access-control-request-headers': requestHeaders } = headers;
  if (origin === undefined || !allowsOrigin(origin)) {
    return [];
  }
  return [
    'Access-Control-Allow-Origin',
    origin,
    'Access-Control-Allow-Credentials',
    'true',
    'Access-Control-Allow-Methods',
    'GET, POST',
    ...(requestHeaders === undefined
      ? []
      : ['Access-Control-Allow-Headers', requestHeaders, 'Vary', 'Access-Control-Request-Headers']),
    'Access-Control-Expose-Headers',
    'Retry-After, X-Request-Id',
    'Access-Control-Max-Age',
    String(PREFLIGHT_MAX_AGE_S),
  ];
}

/** Returns the response to OPTIONS, whatever else is wrong with the request. */
export function preflightAnswer(request: IncomingMessage, allowsOrigin: AllowsOrigin): Answer {
  return { status: 204, headers: corsHeaders(request, allowsOrigin), body: '' };
}
