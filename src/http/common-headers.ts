/** Headers of every response. Pages and files relax the policy as far as they need. */
const COMMON_HEADERS: Readonly<Record<string, string>> = {
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'; sandbox",
};

/** One year. Applies only to the host of the public URL, because Portrait cannot decide for its subdomains. */
const COMMON_HEADERS_OVER_HTTPS: Readonly<Record<string, string>> = {
  ...COMMON_HEADERS,
  'Strict-Transport-Security': 'max-age=31536000',
};

/** Returns the headers of every response except `X-Request-Id`. The same object each time, so do not change it. */
export function commonHeadersFor(overHttps: boolean): Readonly<Record<string, string>> {
  return overHttps ? COMMON_HEADERS_OVER_HTTPS : COMMON_HEADERS;
}
