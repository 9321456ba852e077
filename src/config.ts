import { existsSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseEnv } from 'node:util';
import * as v from 'valibot';
import { areAddresses } from './auth/client-address.ts';
import { isLoopback } from './auth/loopback.ts';
import type { DatabaseLocation } from './database/open-database.ts';
import { LOG_LEVELS } from './telemetry/logger.ts';

/** Names and values as the environment has them. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Values of the environment that cannot be used, all of them at once. */
export class ConfigError extends Error {
  override name = 'ConfigError';
  readonly faults: readonly string[];

  constructor(faults: readonly string[]) {
    super(
      `The configuration has ${faults.length === 1 ? 'a fault' : `${faults.length} faults`}:\n${faults.map((fault) => `  ${fault}`).join('\n')}`,
    );
    this.faults = faults;
  }
}

/** What is served under `/static/`, wherever the server was started. */
export const STATIC_DIRECTORY = fileURLToPath(new URL('../static', import.meta.url));

const MAX_INT32 = 2 ** 31 - 1;
const WILDCARDS = new Set(['0.0.0.0', '::', '[::]', '*']);

/** HS256 is no better than its secret: 256 bits, if it was drawn at random. */
const MIN_SECRET_BYTES = 32;

function integer(min: number, max: number) {
  const fits = (digits: string) => /^\d+$/.test(digits) && Number(digits) >= min && Number(digits) <= max;
  return v.pipe(
    v.string(),
    v.check(fits, `must be a whole number from ${min} to ${max}`),
    v.transform(Number),
  );
}

/** Entries with commas or blanks between them. */
function list() {
  return v.pipe(
    v.string(),
    v.transform((text) => text.split(/[\s,]+/).filter((entry) => entry !== '')),
  );
}

const POSTGRES_URL = /^postgres(ql)?:\/\//;

/** What is wrong with it is never told with the URL, which may hold a password. */
const databaseUrl = v.pipe(
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
const storageUrl = v.pipe(
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

const webUrl = v.pipe(
  v.string(),
  v.check(isPublicUrl, 'must be an http or https URL without a query'),
  v.transform((text) => new URL(text).href.replace(/\/+$/, '')),
);

function isOrigin(text: string): boolean {
  return /^https?:/.test(text) && URL.parse(text)?.origin === text;
}

/** Keys that came over a line that others can change would prove nothing. */
function isKeySetUrl(text: string): boolean {
  const url = URL.parse(text);
  return url?.protocol === 'https:' || (url?.protocol === 'http:' && isLoopback(url.hostname));
}

const Config = v.object({
  HOST: v.optional(
    v.pipe(v.string(), v.regex(/^[^[\]]+$/, 'must be a name or an address, without brackets')),
    '127.0.0.1',
  ),
  PORT: v.optional(integer(0, 65_535), '4000'),
  PUBLIC_URL: v.optional(webUrl),
  DATABASE_URL: v.optional(databaseUrl, 'file:./data/portrait.db'),
  DATABASE_POOL_SIZE: v.optional(integer(1, 1_000), '10'),
  STORAGE_URL: v.optional(storageUrl, 'file:./static/pictures'),
  PICTURES_URL: v.optional(webUrl),
  S3_ENDPOINT: v.optional(webUrl),
  S3_FORCE_PATH_STYLE: v.optional(
    v.pipe(
      v.picklist(['true', 'false'], 'must be true or false'),
      v.transform((text) => text === 'true'),
    ),
  ),
  AWS_REGION: v.optional(v.string()),
  AWS_ACCESS_KEY_ID: v.optional(v.string()),
  AWS_SECRET_ACCESS_KEY: v.optional(v.string()),
  AWS_SESSION_TOKEN: v.optional(v.string()),
  UPLOADS_DIR: v.optional(
    v.pipe(
      v.string(),
      v.transform((path) => resolve(path)),
    ),
    './uploads',
  ),
  MAX_UPLOAD_BYTES: v.optional(integer(1, MAX_INT32), String(5 * 1024 * 1024)),
  MAX_PIXELS: v.optional(integer(32 * 32, MAX_INT32), '50000000'),
  AUTH_SECRET: v.optional(
    v.pipe(
      v.string(),
      v.check(
        (secret) => Buffer.byteLength(secret) >= MIN_SECRET_BYTES,
        `must have at least ${MIN_SECRET_BYTES} bytes, such as \`openssl rand -base64 32\` prints`,
      ),
    ),
  ),
  AUTH_JWKS_URL: v.optional(
    v.pipe(v.string(), v.check(isKeySetUrl, 'must be an https URL, or an http URL on this machine')),
  ),
  AUTH_ISSUER: v.optional(v.string()),
  AUTH_AUDIENCE: v.optional(v.string()),
  AUTH_COOKIE: v.optional(
    v.pipe(v.string(), v.regex(/^[\w!#$%&'*+.^`|~-]+$/, 'must be the name of a cookie')),
  ),
  ALLOWED_ORIGINS: v.optional(
    v.pipe(
      list(),
      v.everyItem(isOrigin, 'must be origins, such as https://app.example.com, with commas between them'),
    ),
    '',
  ),
  UPLOADS_PER_HOUR: v.optional(integer(0, 1_000_000), '30'),
  REQUESTS_PER_MINUTE: v.optional(integer(0, 1_000_000), '600'),
  TRUST_PROXY: v.optional(
    v.pipe(
      list(),
      v.check(
        (list) => areAddresses(list),
        'must be addresses or networks of proxies, such as 10.0.0.0/8, with commas between them',
      ),
    ),
    '',
  ),
  MAX_CONNECTIONS: v.optional(integer(1, 1_000_000), '2000'),
  DRAIN_SECONDS: v.optional(integer(0, 3600), '0'),
  INTROSPECTION: v.optional(
    v.pipe(
      v.picklist(['true', 'false'], 'must be true or false'),
      v.transform((text) => text === 'true'),
    ),
    'true',
  ),
  IMAGE_WORKERS: v.optional(integer(1, 64), () => String(Math.min(availableParallelism(), 4))),
  LOG_LEVEL: v.optional(v.picklist(LOG_LEVELS, `must be one of ${LOG_LEVELS.join(', ')}`), 'info'),
});

/** Variables that say where files lie. */
const Places = v.pick(Config, ['DATABASE_URL', 'STORAGE_URL', 'UPLOADS_DIR']);

/** The configuration, checked. Paths are absolute; bytes and pixels are plain numbers. */
export type Config = v.InferOutput<typeof Config>;

/** Reads the process's environment and `.env`, which gives way to it. Throws ConfigError. */
export function loadConfig(): Config {
  return parseConfig(readEnvironment());
}

function readEnvironment(): Environment {
  const file = existsSync('.env') ? parseEnv(readFileSync('.env', 'utf8')) : {};
  return { ...file, ...process.env };
}

/**
 * The configuration of the side that a move leads to: the present one, but for these URLs, and for what the
 * environment has under a name with `TO_` in front, such as TO_S3_ENDPOINT. Throws ConfigError.
 */
export function loadMovedConfig(
  urls: { readonly [Name in 'DATABASE_URL' | 'STORAGE_URL']?: string },
): Config {
  return parseConfig(movedEnvironment(readEnvironment(), urls));
}

function movedEnvironment(environment: Environment, urls: Environment): Environment {
  const isBucket = (urls['STORAGE_URL'] ?? environment['STORAGE_URL'])?.startsWith('s3:') === true;
  const present = Object.entries(environment).filter(([name]) => isBucket || !name.startsWith('S3_'));
  const changed = Object.entries(environment).flatMap(([name, value]) =>
    name.startsWith('TO_') ? [[name.slice('TO_'.length), value] as const] : [],
  );
  return { ...Object.fromEntries([...present, ...changed]), ...urls };
}

/** Checks an environment; an empty value counts as none. Throws ConfigError. */
export function parseConfig(environment: Environment): Config {
  const set = Object.fromEntries(
    Object.entries(environment).filter(([, value]) => value !== undefined && value !== ''),
  );
  const parsed = v.safeParse(Config, set, { abortPipeEarly: true });
  const unusable = (parsed.issues ?? []).map((issue) => ({
    name: v.getDotPath(issue),
    message: issue.message,
  }));
  const faults = unusable.map(({ name, message }) => `${name} ${message}.`);
  for (const { name, message } of [...authFaults(set), ...s3Faults(set), ...placeFaults(set)]) {
    // One fault of a variable is enough to tell.
    if (!unusable.some((other) => other.name === name)) {
      faults.push(message);
    }
  }
  if (!parsed.success || faults.length > 0) {
    throw new ConfigError(faults);
  }
  return parsed.output;
}

/** What is wrong between variables, not within one. */
function authFaults(set: Environment) {
  const { HOST = '127.0.0.1', PUBLIC_URL, AUTH_SECRET, AUTH_JWKS_URL } = set;
  const needsKeys = ['AUTH_ISSUER', 'AUTH_AUDIENCE', 'AUTH_COOKIE'].filter((name) => name in set);
  const hasKeys = AUTH_SECRET !== undefined || AUTH_JWKS_URL !== undefined;
  const rules = [
    {
      name: 'PUBLIC_URL',
      broken: WILDCARDS.has(HOST) && PUBLIC_URL === undefined,
      message: `PUBLIC_URL must be set when HOST is ${HOST}.`,
    },
    {
      name: 'AUTH_JWKS_URL',
      broken: AUTH_SECRET !== undefined && AUTH_JWKS_URL !== undefined,
      message: 'AUTH_SECRET and AUTH_JWKS_URL exclude each other.',
    },
    ...needsKeys.map((name) => ({
      name,
      broken: !hasKeys,
      message: `${name} needs AUTH_SECRET or AUTH_JWKS_URL beside it.`,
    })),
  ];
  const broken = rules.filter((rule) => rule.broken);
  return hasKeys || needsKeys.length > 0 ? broken : [...broken, ...demoModeFaults(set)];
}

/** Variables that mean nothing alone. */
function s3Faults(set: Environment) {
  const keys = ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'];
  const rules = [
    ...['S3_ENDPOINT', 'S3_FORCE_PATH_STYLE'].map((name) => ({
      name,
      broken: name in set && !set['STORAGE_URL']?.startsWith('s3:'),
      message: `${name} needs STORAGE_URL=s3://... beside it.`,
    })),
    ...keys.map((name) => ({
      name,
      broken:
        name in set && !keys.every((key) => key in set) && set['STORAGE_URL']?.startsWith('s3:') === true,
      message: `${keys.join(' and ')} need each other.`,
    })),
  ];
  return rules.filter(({ broken }) => broken);
}

/** Whatever lies in a folder that is served may be read by anybody. */
function placeFaults(set: Environment) {
  const { success, output } = v.safeParse(Places, set);
  if (!success) {
    return [];
  }
  const { DATABASE_URL, STORAGE_URL, UPLOADS_DIR } = output;
  const served = [
    {
      what: 'the folder of STORAGE_URL',
      folder: 'directory' in STORAGE_URL ? STORAGE_URL.directory : undefined,
    },
    { what: `the folder ${STATIC_DIRECTORY}`, folder: STATIC_DIRECTORY },
  ];
  const kept = [
    { name: 'DATABASE_URL', path: DATABASE_URL.dialect === 'sqlite' ? DATABASE_URL.path : undefined },
    { name: 'UPLOADS_DIR', path: UPLOADS_DIR },
  ];
  return kept.flatMap(({ name, path }) => {
    const place = served.find(
      ({ folder }) => path !== undefined && folder !== undefined && isInside(path, folder),
    );
    return place === undefined ? [] : [{ name, message: `${name} lies in ${place.what}, which is served.` }];
  });
}

/** Whether an absolute path is that of a folder, or leads into it. */
export function isInside(path: string, folder: string): boolean {
  return relative(folder, path).split(sep)[0] !== '..';
}

/** Without any sign-in everybody is the same user: nothing that others could reach may start so. */
function demoModeFaults({ HOST = '127.0.0.1', PUBLIC_URL, NODE_ENV }: Environment) {
  const publicHost = URL.parse(PUBLIC_URL ?? '')?.hostname;
  const rules = [
    {
      name: 'NODE_ENV',
      broken: NODE_ENV === 'production',
      message: 'NODE_ENV is "production", but without any AUTH_* variable everybody is the user "demo".',
    },
    {
      name: 'HOST',
      broken: !isLoopback(HOST),
      message: `HOST is ${HOST}, but without any AUTH_* variable it must be a loopback address, such as 127.0.0.1.`,
    },
    {
      name: 'PUBLIC_URL',
      broken: publicHost !== undefined && !isLoopback(publicHost),
      message: 'PUBLIC_URL is not on this machine, but without any AUTH_* variable it must be.',
    },
  ];
  return rules.filter(({ broken }) => broken);
}
