import type { ServerResponse } from 'node:http';

/** Headers of every response of a resource that pages of any site can load, errors included. */
export const ANY_ORIGIN_HEADERS = {
  'Cross-Origin-Resource-Policy': 'cross-origin',
  'Access-Control-Allow-Origin': '*',
};

const PREFLIGHT_HEADERS = {
  Allow: 'GET, HEAD, OPTIONS',
  'Access-Control-Allow-Methods': 'GET, HEAD',
  // The wildcard does not include Authorization: https://fetch.spec.whatwg.org/#cors-non-wildcard-request-header-name
  'Access-Control-Allow-Headers': '*, Authorization',
  // A day, the maximum in Firefox. Chromium caps it at two hours.
  'Access-Control-Max-Age': '86400',
};

/**
 * Responds to OPTIONS on a resource that is open to every site, whether or not it exists. The response does not have
 * `Access-Control-Allow-Private-Network`: a browser that asks for it protects a server in a private network, and only
 * its user can allow a public site to reach it.
 */
export function sendPreflight(response: ServerResponse): void {
  response.writeHead(204, PREFLIGHT_HEADERS);
  response.end();
}
