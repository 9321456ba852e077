import type { ServerResponse } from 'node:http';

/** Headers that every response has, in the two forms that Node accepts. */
export interface CommonHeaders {
  readonly byName: Readonly<Record<string, string>>;
  /** Names and values in turn. */
  readonly list: readonly string[];
}

const POLICY = 'Content-Security-Policy';

/** Pages and files relax the policy as far as they need. */
const OVER_HTTP = toCommonHeaders({
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  [POLICY]: "default-src 'none'; frame-ancestors 'none'; sandbox",
});

/** One year. Applies only to the host of the public URL, because Portrait cannot decide for its subdomains. */
const OVER_HTTPS = toCommonHeaders({
  ...OVER_HTTP.byName,
  'Strict-Transport-Security': 'max-age=31536000',
});

function toCommonHeaders(byName: Readonly<Record<string, string>>): CommonHeaders {
  return { byName, list: Object.entries(byName).flat() };
}

/** Returns the headers of every response except `X-Request-Id`. */
export function commonHeadersFor(overHttps: boolean): CommonHeaders {
  return overHttps ? OVER_HTTPS : OVER_HTTP;
}

/**
 * Returns the common headers and those of a response, as names and values in turn. A policy of the response replaces
 * the common one, because browsers apply both policies if there are two.
 */
export function addCommonHeaders(
  { byName, list }: CommonHeaders,
  headers: readonly string[],
): readonly string[] {
  if (!headers.includes(POLICY)) {
    return list.concat(headers);
  }
  const others = Object.entries(byName).filter(([name]) => name !== POLICY);
  return others.flat().concat(headers);
}

/** Sets the headers of every response, and `X-Request-Id`. */
export function setHeaders(
  response: ServerResponse,
  headers: Readonly<Record<string, string>>,
  requestId: string,
): void {
  for (const [name, value] of Object.entries(headers)) {
    response.setHeader(name, value);
  }
  response.setHeader('X-Request-Id', requestId);
}
