import { isLoopback } from './loopback.ts';

/** Returns whether pages of an origin may use the API. @param origin as the browser sends it. */
export type AllowsOrigin = (origin: string) => boolean;

/** A scheme, a host and an optional port. Excludes paths, users, wildcards, and characters that URLs escape. */
const ORIGIN = /^[a-z][a-z\d+.-]*:\/\/[^\s/?#@\\*%"<>^`{|}]+$/i;

/** Schemes whose pages browsers never name: they send `null`, or the scheme has no pages. */
const UNNAMED_SCHEMES = new Set([
  'about:',
  'blob:',
  'data:',
  'file:',
  'filesystem:',
  'ftp:',
  'javascript:',
  'ws:',
  'wss:',
]);

/** Captures the host of an http or https origin. */
const WEB_ORIGIN = /^https?:\/\/(\[[\da-f:.]+\]|[^\s/?#@\\:[\]]+)(?::\d{1,5})?$/;

/**
 * Returns an origin as browsers send it, or undefined for a text that is no origin of a page. The scheme is in lower
 * case, without its default port. So is the host of http and https. Browsers keep the case of other hosts, as in
 * `safari-web-extension://7E1D5F1C`: https://url.spec.whatwg.org/#concept-opaque-host-parser
 */
export function parseOrigin(text: string): string | undefined {
  const url = ORIGIN.test(text) ? URL.parse(text) : null;
  return url === null || url.host === '' || UNNAMED_SCHEMES.has(url.protocol)
    ? undefined
    : `${url.protocol}//${url.host}`;
}

/**
 * Returns a function that compares origins as text.
 * @param origins origins from `parseOrigin`.
 * @param anyLoopback true if all http and https origins of this machine are allowed too, whatever their port.
 */
export function allowOrigins(origins: readonly string[], anyLoopback: boolean): AllowsOrigin {
  const allowed = new Set(origins);
  return (origin) => allowed.has(origin) || (anyLoopback && isLoopbackOrigin(origin));
}

function isLoopbackOrigin(origin: string): boolean {
  const [, host] = WEB_ORIGIN.exec(origin) ?? [];
  return host !== undefined && isLoopback(host);
}
