import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as v from 'valibot';
import { isLoopback } from '../auth/loopback.ts';
import type { DatabaseLocation } from '../database/open-database.ts';

// The forms that values of the environment take.

/** In decimal digits. */
export function integer(min: number, max: number) {
  const fits = (digits: string) => /^\d+$/.test(digits) && Number(digits) >= min && Number(digits) <= max;
  return v.pipe(
    v.string(),
    v.check(fits, `must be a whole number from ${min} to ${max}`),
    v.transform(Number),
  );
}

/** `true` or `false`. */
export const flag = v.pipe(
  v.picklist(['true', 'false'], 'must be true or false'),
  v.transform((text) => text === 'true'),
);

/** Entries with commas or blanks between them. */
export function list() {
  return v.pipe(
    v.string(),
    v.transform((text) => text.split(/[\s,]+/).filter((entry) => entry !== '')),
  );
}

const POSTGRES_URL = /^postgres(ql)?:\/\//;

/** What is wrong with it is never told with the URL, which may hold a password. */
export const databaseUrl = v.pipe(
  v.string(),
  v.regex(/^(file|postgres|postgresql):/, 'must begin with "file:" or "postgres:"'),
  v.check(
    (url) => (url.startsWith('file:') ? pathOf(url) !== undefined : isPostgresUrl(url)),
    'must be "file:" with a path behind it, such as file:./data/portrait.db, or such as postgres://user:password@host/database',
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

/** A bucket, and what the keys in it begin with: without slashes at its ends, or an empty text. */
const S3_URL = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])((?:\/[\w-][\w.-]*)*)\/?$/;

/** Where pictures are kept: a folder of this machine, or a bucket. */
export const storageUrl = v.pipe(
  v.string(),
  v.regex(/^(file|s3):/, 'must begin with "file:" or "s3:"'),
  v.check(
    (url) => !url.startsWith('file:') || pathOf(url) !== undefined,
    'must be "file:" with a path behind it, such as file:./pictures or file:///pictures',
  ),
  v.check(
    (url) => !url.startsWith('s3:') || S3_URL.test(url),
    'must be s3://BUCKET or s3://BUCKET/PREFIX, of letters, digits, dots, hyphens and underscores',
  ),
  v.transform((url): { directory: string } | { bucket: string; prefix: string } => {
    const [, bucket, path] = S3_URL.exec(url) ?? [];
    return bucket === undefined || path === undefined
      ? { directory: pathOf(url) as string }
      : { bucket, prefix: path.slice(1) };
  }),
);

/** The absolute path of `file:./relative` or `file:///absolute`, or undefined. */
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

/** Maximum length of a base URL. It bounds the bytes of a response: see graphql/urls.ts. */
const MAX_URL_LENGTH = 400;

/** Without a slash at its end. */
export const webUrl = v.pipe(
  v.string(),
  v.check(isPublicUrl, 'must be an http or https URL without a query'),
  v.maxLength(MAX_URL_LENGTH, `must have at most ${MAX_URL_LENGTH} characters`),
  v.transform((text) => new URL(text).href.replace(/\/+$/, '')),
);

export function isOrigin(text: string): boolean {
  return /^https?:/.test(text) && URL.parse(text)?.origin === text;
}

/** Keys that came over a line that others can change would prove nothing. */
export function isKeySetUrl(text: string): boolean {
  const url = URL.parse(text);
  return url?.protocol === 'https:' || (url?.protocol === 'http:' && isLoopback(url.hostname));
}
