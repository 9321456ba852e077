import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import * as v from 'valibot';
import { areAddresses } from '../auth/client-address.ts';
import { TYPE_NAMES, type TypeName } from '../imaging/accepted-types.ts';
import { LOG_LEVELS } from '../telemetry/logger.ts';
import { webhookSecrets, webhookUrl } from './webhook-values.ts';
import { databaseUrl, flag, integer, isKeySetUrl, list, origins, storageUrl, webUrl } from './values.ts';

const MAX_INT32 = 2 ** 31 - 1;
/** 64 GiB. */
const MAX_CACHE_BYTES = 2 ** 36;

/** Minimum key size of HS256 in RFC 7518, section 3.2. */
const MIN_SECRET_BYTES = 32;

const ACCEPTED_TYPES_RULE = `must be one or more of ${TYPE_NAMES.join(', ')}, separated by commas`;

/** All environment variables with their schemas and defaults. */
export const VARIABLES = v.object({
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
  PICTURE_CACHE_BYTES: v.optional(integer(0, MAX_CACHE_BYTES), String(64 * 1024 * 1024)),
  S3_ENDPOINT: v.optional(webUrl),
  S3_FORCE_PATH_STYLE: v.optional(flag),
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
  MAX_PIXELS: v.optional(integer(32 * 32, MAX_INT32), '51000000'),
  ACCEPTED_TYPES: v.optional(
    v.pipe(
      list(),
      v.minLength(1, ACCEPTED_TYPES_RULE),
      v.everyItem((name) => TYPE_NAMES.some((known) => known === name), ACCEPTED_TYPES_RULE),
      v.transform((names): readonly TypeName[] => TYPE_NAMES.filter((name) => names.includes(name))),
    ),
    TYPE_NAMES.join(','),
  ),
  AUTH_SECRET: v.optional(
    v.pipe(
      v.string(),
      v.check(
        (secret) => Buffer.byteLength(secret) >= MIN_SECRET_BYTES,
        `must have at least ${MIN_SECRET_BYTES} bytes, for example from \`openssl rand -base64 32\``,
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
  ALLOWED_ORIGINS: v.optional(origins, ''),
  UPLOADS_PER_HOUR: v.optional(integer(0, 1_000_000), '30'),
  REQUESTS_PER_MINUTE: v.optional(integer(0, 1_000_000), '600'),
  TRUST_PROXY: v.optional(
    v.pipe(
      list(),
      v.check(
        (list) => areAddresses(list),
        'must be addresses or networks of proxies, such as 10.0.0.0/8, separated by commas',
      ),
    ),
    '',
  ),
  MAX_CONNECTIONS: v.optional(integer(1, 1_000_000), '2000'),
  MAX_CONNECTIONS_PER_ADDRESS: v.optional(integer(0, 1_000_000)),
  DRAIN_SECONDS: v.optional(integer(0, 3600), '0'),
  INTROSPECTION: v.optional(flag, 'true'),
  AVATARS_BY_EMAIL: v.optional(flag, 'false'),
  WEBHOOK_URL: v.optional(webhookUrl),
  WEBHOOK_SECRET: v.optional(webhookSecrets),
  IMAGE_WORKERS: v.optional(integer(1, 64), () => String(Math.min(availableParallelism(), 4))),
  LOG_LEVEL: v.optional(v.picklist(LOG_LEVELS, `must be one of ${LOG_LEVELS.join(', ')}`), 'info'),
});

/** A valid configuration. Paths are absolute; bytes and pixels are numbers. */
export type Config = v.InferOutput<typeof VARIABLES>;
