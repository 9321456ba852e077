import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as v from 'valibot';
import { isLoopback } from '../auth/loopback.ts';
import { parseOrigin } from '../auth/origins.ts';
import type { DatabaseLocation } from '../database/open-database.ts';

// Schemas for the values of environment variables.

/** Accepts decimal digits. @param min inclusive. @param max inclusive. */
export function integer(min: number, max: number) {
  const fits = (digits: string) => /^\d+$/.test(digits) && Number(digits) >= min && Number(digits) <= max;
  return v.pipe(
    v.string(),
    v.check(fits, `must be a whole number from ${min} to ${max}`),
    v.transform(Number),
  );
}

/** Accepts `true` or `false`. */
export const flag = v.pipe(
  v.picklist(['true', 'false'], 'must be true or false'),
  v.transform((text) => text === 'true'),
);

/** Accepts entries separated by commas or white space. */
export function list() {
  return v.pipe(
    v.string(),
    v.transform((text) => text.split(/[\s,]+/).filter((entry) => entry !== '')),
  );
}

const POSTGRES_URL = /^postgres(ql)?:\/\//;

/** Accepts an SQLite file or a Postgres URL. Error messages never quote the URL, because it may contain a password. */
export const databaseUrl = v.pipe(
  v.string(),
  v.regex(/^(file|postgres|postgresql):/, 'must begin with "file:" or "postgres:"'),
  v.check(
    (url) => (url.startsWith('file:') ? pathOf(url) !== undefined : isPostgresUrl(url)),
    'must be "file:" followed by a path, such as file:./data/portrait.db, or a URL such as postgres://user:password@host/database',
  ),
  v.transform(
    (url): DatabaseLocation =>
      url.startsWith('file:')
        ? { dialect: 'sqlite', path: pathOf(url) as string }
        : { dialect: 'postgres', url },
  ),
);

function isPostgresUrl(url: string): boolean {
  return POSTGRES_URL.test(url) && URL.canParse(url);
}

/** Captures the bucket and the prefix of its keys. */
const S3_URL = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])((?:\/[\w-][\w.-]*)*)\/?$/;

/** Accepts a folder or a bucket. The prefix of a bucket has no slash at either end, and may be empty. */
export const storageUrl = v.pipe(
  v.string(),
  v.regex(/^(file|s3):/, 'must begin with "file:" or "s3:"'),
  v.check(
    (url) => !url.startsWith('file:') || pathOf(url) !== undefined,
    'must be "file:" followed by a path, such as file:./pictures or file:///pictures',
  ),
  v.check(
    (url) => !url.startsWith('s3:') || S3_URL.test(url),
    'must be s3://BUCKET or s3://BUCKET/PREFIX, with only letters, digits, dots, hyphens and underscores',
  ),
  v.transform((url): { directory: string } | { bucket: string; prefix: string } => {
    const [, bucket, path] = S3_URL.exec(url) ?? [];
    return bucket === undefined || path === undefined
      ? { directory: pathOf(url) as string }
      : { bucket, prefix: path.slice(1) };
  }),
);

/** Returns the absolute path of `file:./relative` or `file:///absolute`, or undefined for another form. */
function pathOf(url: string): string | undefined {
  const rest = url.slice('file:'.length);
  if (!rest.startsWith('//')) {
    return rest === '' ? undefined : resolve(rest);
  }
  try {
    return rest.startsWith('///') ? fileURLToPath(url) : undefined;
  } catch {
    return undefined;
  }
}

function isPublicUrl(text: string): boolean {
  const url = URL.parse(text);
  return (
    url !== null &&
    /^https?:$/.test(url.protocol) &&
    !/[?#]/.test(text) &&
    url.username === '' &&
    url.password === ''
  );
}

/** Maximum length of a base URL. It bounds the bytes of a response; see graphql/urls.ts. */
const MAX_URL_LENGTH = 400;

/** Accepts a base URL. Removes trailing slashes. */
export const webUrl = v.pipe(
  v.string(),
  v.check(isPublicUrl, 'must be an http or https URL without a query'),
  v.maxLength(MAX_URL_LENGTH, `must have at most ${MAX_URL_LENGTH} characters`),
  v.transform((text) => new URL(text).href.replace(/\/+$/, '')),
);

/** Accepts origins of pages. Converts them to the form in which browsers send them. */
export const origins = v.pipe(
  list(),
  v.check(
    (texts) => texts.every((text) => parseOrigin(text) !== undefined),
    ({ input }) =>
      'must be origins such as https://app.example.com or capacitor://localhost, without a path, separated by commas. ' +
      `No page has the origin "${input.find((text) => parseOrigin(text) === undefined)}"`,
  ),
  v.transform((texts) => texts.flatMap((text) => parseOrigin(text) ?? [])),
);

/** Returns whether the server can fetch keys from a URL without the risk that an attacker replaces them in transit. */
export function isKeySetUrl(text: string): boolean {
  const url = URL.parse(text);
  return url?.protocol === 'https:' || (url?.protocol === 'http:' && isLoopback(url.hostname));
}
