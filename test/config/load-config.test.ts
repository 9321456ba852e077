import { writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, expect, it, onTestFinished, test } from 'vitest';
import {
  ConfigError,
  type Environment,
  loadConfig,
  loadMovedConfig,
  parseConfig,
} from '../../src/config/load-config.ts';
import { LOG_LEVELS } from '../../src/telemetry/logger.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const LOCAL = 'http://localhost:4000';

test('an empty environment gives the defaults', () => {
  expect(parseConfig({})).toEqual({
    HOST: '127.0.0.1',
    PORT: 4000,
    DATABASE_URL: { dialect: 'sqlite', path: resolve('data/portrait.db') },
    DATABASE_POOL_SIZE: 10,
    STORAGE_URL: { directory: resolve('static/pictures') },
    UPLOADS_DIR: resolve('uploads'),
    PICTURE_CACHE_BYTES: 64 * 1024 * 1024,
    MAX_UPLOAD_BYTES: 5_242_880,
    MAX_PIXELS: 51_000_000,
    ACCEPTED_TYPES: ['jpeg', 'png', 'webp', 'gif', 'avif'],
    ALLOWED_ORIGINS: [],
    UPLOADS_PER_HOUR: 30,
    REQUESTS_PER_MINUTE: 600,
    TRUST_PROXY: [],
    MAX_CONNECTIONS: 2000,
    DRAIN_SECONDS: 0,
    INTROSPECTION: true,
    AVATARS_BY_EMAIL: false,
    IMAGE_WORKERS: Math.min(availableParallelism(), 4),
    LOG_LEVEL: 'info',
  });
});

test('an empty value counts as unset', () => {
  const empty = Object.fromEntries(Object.keys(parseConfig({})).map((name) => [name, '']));
  expect(parseConfig({ ...empty, PUBLIC_URL: '', AUTH_SECRET: '', NODE_ENV: '' })).toEqual(parseConfig({}));
});

test('unknown variables are ignored', () => {
  expect(parseConfig({ PATH: '/bin', PORTRAIT: 'x', host: '0.0.0.0' })).toEqual(parseConfig({}));
});

test.for([
  { name: 'HOST', value: 'localhost', becomes: 'localhost' },
  { name: 'HOST', value: '::1', becomes: '::1' },
  { name: 'HOST', value: '127.0.0.2', becomes: '127.0.0.2' },
  { name: 'PORT', value: '0', becomes: 0 },
  { name: 'PORT', value: '65535', becomes: 65_535 },
  { name: 'PUBLIC_URL', value: 'http://localhost:4000', becomes: 'http://localhost:4000' },
  { name: 'PUBLIC_URL', value: 'https://127.0.0.1', becomes: 'https://127.0.0.1' },
  { name: 'PUBLIC_URL', value: 'http://[::1]:4000/', becomes: 'http://[::1]:4000' },
  { name: 'PUBLIC_URL', value: 'http://localhost/', becomes: 'http://localhost' },
  { name: 'PUBLIC_URL', value: 'http://localhost/portrait/', becomes: 'http://localhost/portrait' },
  { name: 'PUBLIC_URL', value: 'http://portrait.localhost//', becomes: 'http://portrait.localhost' },
  ...[
    ['file:./a/b.db', resolve('a/b.db')],
    ['file:b.db', resolve('b.db')],
    ['file:../b.db', resolve('../b.db')],
    ['file:/a/b.db', '/a/b.db'],
    ['file:///a/b.db', '/a/b.db'],
    ['file:///a/my%20b.db', '/a/my b.db'],
  ].map(([value, path]) => ({
    name: 'DATABASE_URL',
    value: value as string,
    becomes: { dialect: 'sqlite', path },
  })),
  ...[
    'postgres://localhost/portrait',
    'postgresql://portrait:s%40cret@db.example:5433/portrait?sslmode=verify-full',
    'postgres:///portrait?host=/var/run/postgresql',
    'postgres://portrait@[::1]/portrait',
  ].map((url) => ({ name: 'DATABASE_URL', value: url, becomes: { dialect: 'postgres', url } })),
  { name: 'ACCEPTED_TYPES', value: 'png', becomes: ['png'] },
  { name: 'ACCEPTED_TYPES', value: 'png, jpeg,,png', becomes: ['jpeg', 'png'] },
  { name: 'DATABASE_POOL_SIZE', value: '1', becomes: 1 },
  { name: 'DATABASE_POOL_SIZE', value: '1000', becomes: 1000 },
  { name: 'STORAGE_URL', value: 'file:./a/pictures', becomes: { directory: resolve('a/pictures') } },
  { name: 'STORAGE_URL', value: 'file:///a/pictures', becomes: { directory: '/a/pictures' } },
  { name: 'STORAGE_URL', value: 's3://pictures', becomes: { bucket: 'pictures', prefix: '' } },
  { name: 'STORAGE_URL', value: 's3://pictures/', becomes: { bucket: 'pictures', prefix: '' } },
  { name: 'STORAGE_URL', value: 's3://my.pictures-2/a', becomes: { bucket: 'my.pictures-2', prefix: 'a' } },
  {
    name: 'STORAGE_URL',
    value: 's3://pictures/a/B_1.x/',
    becomes: { bucket: 'pictures', prefix: 'a/B_1.x' },
  },
  { name: 'PICTURES_URL', value: 'https://cdn.example/a/', becomes: 'https://cdn.example/a' },
  { name: 'AWS_REGION', value: 'eu-central-1', becomes: 'eu-central-1' },
  { name: 'UPLOADS_DIR', value: 'incoming', becomes: resolve('incoming') },
  { name: 'UPLOADS_DIR', value: '/var/incoming', becomes: '/var/incoming' },
  { name: 'MAX_UPLOAD_BYTES', value: '1', becomes: 1 },
  { name: 'MAX_UPLOAD_BYTES', value: '2147483647', becomes: 2_147_483_647 },
  { name: 'MAX_PIXELS', value: '1024', becomes: 1024 },
  { name: 'MAX_PIXELS', value: '2147483647', becomes: 2_147_483_647 },
  { name: 'UPLOADS_PER_HOUR', value: '0', becomes: 0 },
  { name: 'REQUESTS_PER_MINUTE', value: '0', becomes: 0 },
  { name: 'TRUST_PROXY', value: 'loopback, 10.0.0.0/8 ::1', becomes: ['loopback', '10.0.0.0/8', '::1'] },
  { name: 'MAX_CONNECTIONS', value: '1', becomes: 1 },
  { name: 'MAX_CONNECTIONS_PER_ADDRESS', value: '0', becomes: 0 },
  { name: 'DRAIN_SECONDS', value: '15', becomes: 15 },
  { name: 'INTROSPECTION', value: 'false', becomes: false },
  { name: 'AVATARS_BY_EMAIL', value: 'true', becomes: true },
  { name: 'IMAGE_WORKERS', value: '1', becomes: 1 },
  { name: 'IMAGE_WORKERS', value: '64', becomes: 64 },
  ...LOG_LEVELS.map((level) => ({ name: 'LOG_LEVEL', value: level, becomes: level })),
])('$name=$value is parsed as $becomes', ({ name, value, becomes }) => {
  expect(parseConfig({ [name]: value })).toEqual({ ...parseConfig({}), [name]: becomes });
});

test.for([
  ...['65536', '-1', '+1', '1.5', '0x10', '1e3', ' 1', '1 ', 'http', '\u0663', '99999999999999999999'].map(
    (value) => ({ name: 'PORT', value, rule: 'must be a whole number from 0 to 65535' }),
  ),
  ...['0', '2147483648', '5MB', '5_242_880'].map((value) => ({
    name: 'MAX_UPLOAD_BYTES',
    value,
    rule: 'must be a whole number from 1 to 2147483647',
  })),
  ...['1023', '2147483648', 'many'].map((value) => ({
    name: 'MAX_PIXELS',
    value,
    rule: 'must be a whole number from 1024 to 2147483647',
  })),
  ...['true', 'proxy.example', '10.0.0.0/33', '10.0.0.0/8;::1'].map((value) => ({
    name: 'TRUST_PROXY',
    value,
    rule: 'must be addresses or networks of proxies, such as 10.0.0.0/8, separated by commas',
  })),
  ...['jpg', 'jpeg,tiff', 'image/jpeg', 'JPEG', ','].map((value) => ({
    name: 'ACCEPTED_TYPES',
    value,
    rule: 'must be one or more of jpeg, png, webp, gif, avif, separated by commas',
  })),
  { name: 'MAX_CONNECTIONS', value: '0', rule: 'must be a whole number from 1 to 1000000' },
  { name: 'MAX_CONNECTIONS_PER_ADDRESS', value: '-1', rule: 'must be a whole number from 0 to 1000000' },
  { name: 'DRAIN_SECONDS', value: '-1', rule: 'must be a whole number from 0 to 3600' },
  { name: 'INTROSPECTION', value: 'no', rule: 'must be true or false' },
  ...['0', '65', 'auto'].map((value) => ({
    name: 'IMAGE_WORKERS',
    value,
    rule: 'must be a whole number from 1 to 64',
  })),
  ...[
    'localhost:4000',
    '//localhost',
    'ftp://localhost',
    'file:///a',
    'http://',
    'http://localhost/?a=1',
    'http://localhost/#a',
    'http://localhost/?',
    'http://localhost/#',
  ].map((value) => ({
    name: 'PUBLIC_URL',
    value,
    rule: 'must be an http or https URL without a query',
  })),
  ...['PUBLIC_URL', 'PICTURES_URL'].map((name) => ({
    name,
    value: `https://example.com/${'a'.repeat(381)}`,
    rule: 'must have at most 400 characters',
  })),
  ...[
    'mysql://localhost/portrait',
    './portrait.db',
    '/a/portrait.db',
    ':memory:',
    'Postgres://localhost',
  ].map((value) => ({
    name: 'DATABASE_URL',
    value,
    rule: 'must begin with "file:" or "postgres:"',
  })),
  ...['0', '1001', 'many'].map((value) => ({
    name: 'DATABASE_POOL_SIZE',
    value,
    rule: 'must be a whole number from 1 to 1000',
  })),
  ...['https://bucket.example', './pictures', 'S3://bucket'].map((value) => ({
    name: 'STORAGE_URL',
    value,
    rule: 'must begin with "file:" or "s3:"',
  })),
  ...['file:', 'file://host/pictures'].map((value) => ({
    name: 'STORAGE_URL',
    value,
    rule: 'must be "file:" followed by a path, such as file:./pictures or file:///pictures',
  })),
  ...[
    's3:',
    's3:bucket',
    's3://',
    's3://ab',
    's3://Bucket',
    's3://-bucket',
    's3://bucket//a',
    's3://bucket/../a',
    's3://bucket/.staging',
    's3://bucket/a?b',
    's3://bucket/a b',
    's3://key:secret@bucket',
  ].map((value) => ({
    name: 'STORAGE_URL',
    value,
    rule: 'must be s3://BUCKET or s3://BUCKET/PREFIX, with only letters, digits, dots, hyphens and underscores',
  })),
  ...['cdn.example', 'https://cdn.example/?a'].map((value) => ({
    name: 'PICTURES_URL',
    value,
    rule: 'must be an http or https URL without a query',
  })),
  ...['loud', 'INFO', 'warning'].map((value) => ({
    name: 'LOG_LEVEL',
    value,
    rule: 'must be one of fatal, error, warn, info, debug, trace, silent',
  })),
])('$name=$value is rejected: it $rule', ({ name, value, rule }) => {
  expect(faultsOf({ [name]: value })).toEqual([`${name} ${rule}.`]);
});

test.for(['postgres:', 'postgres:localhost/portrait', 'postgres://portrait:secret@host:port/portrait'])(
  'DATABASE_URL=%s is a fault, and the message does not contain the password',
  (url) => {
    const faults = faultsOf({ DATABASE_URL: url });
    expect(faults).toEqual([expect.stringMatching(/^DATABASE_URL must be "file:"/)]);
    expect(faults.join()).not.toContain('secret');
  },
);

const BUCKET = { STORAGE_URL: 's3://pictures' };

test('an S3-compatible bucket is configured with an endpoint, a path style and keys', () => {
  const environment = {
    ...BUCKET,
    S3_ENDPOINT: 'http://store.internal:9000/',
    AWS_ACCESS_KEY_ID: 'key',
    AWS_SECRET_ACCESS_KEY: 'secret',
    AWS_SESSION_TOKEN: 'token',
  };
  expect(parseConfig(environment)).toEqual({
    ...parseConfig({}),
    ...environment,
    STORAGE_URL: { bucket: 'pictures', prefix: '' },
    S3_ENDPOINT: 'http://store.internal:9000',
  });
  for (const style of [true, false]) {
    expect(parseConfig({ ...BUCKET, S3_FORCE_PATH_STYLE: String(style) }).S3_FORCE_PATH_STYLE).toBe(style);
  }
});

test.for<{ what: string; environment: Environment; faults: string[] }>([
  {
    what: 'an endpoint without a bucket',
    environment: { S3_ENDPOINT: 'http://localhost:9000', S3_FORCE_PATH_STYLE: 'true' },
    faults: [
      'S3_ENDPOINT requires STORAGE_URL=s3://...',
      'S3_FORCE_PATH_STYLE requires STORAGE_URL=s3://...',
    ],
  },
  {
    what: 'a key without its secret',
    environment: { ...BUCKET, AWS_ACCESS_KEY_ID: 'key' },
    faults: ['AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY must be set together.'],
  },
  {
    what: 'a secret without its key',
    environment: { ...BUCKET, AWS_SECRET_ACCESS_KEY: 'secret' },
    faults: ['AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY must be set together.'],
  },
  {
    what: 'a path style that is neither true nor false',
    environment: { ...BUCKET, S3_FORCE_PATH_STYLE: 'yes' },
    faults: ['S3_FORCE_PATH_STYLE must be true or false.'],
  },
])('$what is a fault', ({ environment, faults }) => {
  expect(faultsOf(environment)).toEqual(faults);
});

test('without a bucket, an incomplete AWS key is not a fault', () => {
  expect(parseConfig({ AWS_ACCESS_KEY_ID: 'key' }).STORAGE_URL).toEqual(parseConfig({}).STORAGE_URL);
});

const STATIC = join(import.meta.dirname, '../../static');

test.for<{ what: string; environment: Environment; faults: string[] }>([
  {
    what: 'a picture folder that contains the default database and upload folder',
    environment: { STORAGE_URL: 'file:.' },
    faults: [
      'DATABASE_URL is inside the folder of STORAGE_URL, which the server publishes. Choose another path.',
      'UPLOADS_DIR is inside the folder of STORAGE_URL, which the server publishes. Choose another path.',
    ],
  },
  {
    what: 'a database directly in the picture folder',
    environment: { STORAGE_URL: 'file:./data', UPLOADS_DIR: '/uploads' },
    faults: [
      'DATABASE_URL is inside the folder of STORAGE_URL, which the server publishes. Choose another path.',
    ],
  },
  {
    what: 'a shared folder for uploads and pictures',
    environment: { STORAGE_URL: 'file:///a', UPLOADS_DIR: '/a/b/..' },
    faults: [
      'UPLOADS_DIR is inside the folder of STORAGE_URL, which the server publishes. Choose another path.',
    ],
  },
  {
    what: 'a database in the static folder, with the pictures in a bucket',
    environment: { ...BUCKET, DATABASE_URL: `file:${STATIC}/portrait.db` },
    faults: [`DATABASE_URL is inside the folder ${STATIC}, which the server publishes. Choose another path.`],
  },
])(
  '$what is a fault, which is reported together with the faults of other variables',
  ({ environment, faults }) => {
    expect(faultsOf(environment)).toEqual(faults);
    expect(faultsOf({ ...environment, PORT: 'x' })).toEqual([expect.stringMatching(/^PORT /), ...faults]);
  },
);

test.for<{ what: string; environment: Environment }>([
  {
    what: 'a folder whose name begins with the name of the picture folder',
    environment: { DATABASE_URL: 'file:/a-b/c.db', UPLOADS_DIR: '/a..' },
  },
  {
    what: 'a parent folder of the picture folder',
    environment: { DATABASE_URL: 'file:/b.db', UPLOADS_DIR: '/' },
  },
])('$what may contain the database and the uploads', ({ environment }) => {
  expect(() => parseConfig({ STORAGE_URL: 'file:///a', ...environment })).not.toThrow();
});

test('a file URL without a valid path is a fault', () => {
  expect(faultsOf({ DATABASE_URL: 'file:///a%2Fb.db' })).toEqual([expect.stringMatching(/^DATABASE_URL /)]);
});

test.for(['file://data/portrait.db', 'file://./data/portrait.db'])(
  'DATABASE_URL=%s is a fault, because it names a host instead of a folder',
  (url) => {
    expect(faultsOf({ DATABASE_URL: url })).toEqual([expect.stringMatching(/^DATABASE_URL /)]);
  },
);

const SECRET = 'x'.repeat(32);

test.for<{ what: string; environment: Environment }>([
  { what: 'a secret', environment: { AUTH_SECRET: SECRET } },
  { what: 'a key set', environment: { AUTH_JWKS_URL: 'https://login.example/keys' } },
])('with $what, the configuration is valid in production and on a public address', ({ environment }) => {
  const config = parseConfig({
    ...environment,
    NODE_ENV: 'production',
    HOST: '0.0.0.0',
    PUBLIC_URL: 'https://pictures.example',
    AUTH_ISSUER: 'https://login.example',
    AUTH_AUDIENCE: 'portrait',
    AUTH_COOKIE: '__Host-session',
    ALLOWED_ORIGINS: 'https://app.example,http://localhost:3000 HTTPS://Shop.Example:443,tauri://localhost',
  });
  expect(config).toMatchObject({
    ...environment,
    AUTH_COOKIE: '__Host-session',
    ALLOWED_ORIGINS: [
      'https://app.example',
      'http://localhost:3000',
      'https://shop.example',
      'tauri://localhost',
    ],
  });
});

test.for<{ environment: Environment; fault: string }>([
  { environment: { AUTH_SECRET: 'x'.repeat(31) }, fault: 'AUTH_SECRET must have at least 32 bytes' },
  {
    environment: { AUTH_JWKS_URL: 'http://login.example/keys' },
    fault: 'AUTH_JWKS_URL must be an https URL',
  },
  { environment: { AUTH_JWKS_URL: 'keys' }, fault: 'AUTH_JWKS_URL must be an https URL' },
  {
    environment: { AUTH_SECRET: SECRET, AUTH_JWKS_URL: 'https://login.example/keys' },
    fault: 'AUTH_SECRET and AUTH_JWKS_URL cannot both be set',
  },
  ...['AUTH_ISSUER', 'AUTH_AUDIENCE', 'AUTH_COOKIE'].map((name) => ({
    environment: { [name]: 'x' },
    fault: `${name} requires AUTH_SECRET or AUTH_JWKS_URL`,
  })),
  {
    environment: { AUTH_SECRET: SECRET, AUTH_COOKIE: 'a b' },
    fault: 'AUTH_COOKIE must be the name of a cookie',
  },
  ...['app.example', 'https://app.example/', 'https://app.example/path', '*', 'null'].map((origins) => ({
    environment: { ALLOWED_ORIGINS: origins },
    fault: 'ALLOWED_ORIGINS must be origins',
  })),
  {
    environment: { ALLOWED_ORIGINS: 'https://app.example, capacitor://localhost/' },
    fault:
      'ALLOWED_ORIGINS must be origins such as https://app.example.com or capacitor://localhost, without a path, ' +
      'separated by commas. No page has the origin "capacitor://localhost/".',
  },
  {
    environment: { AUTH_SECRET: SECRET, HOST: '0.0.0.0' },
    fault: 'PUBLIC_URL must be set when HOST is 0.0.0.0',
  },
])('$environment is rejected: $fault', ({ environment, fault }) => {
  expect(faultsOf(environment)).toEqual([expect.stringContaining(fault)]);
});

test.for<{ what: string; environment: Environment; about: readonly string[] }>([
  { what: 'in production', environment: { NODE_ENV: 'production' }, about: ['NODE_ENV'] },
  {
    what: 'on an address of the local network',
    environment: { HOST: '192.168.1.1' },
    about: ['HOST'],
  },
  { what: 'on a host name that is not loopback', environment: { HOST: 'portrait.example' }, about: ['HOST'] },
  {
    what: 'with a PUBLIC_URL on another machine',
    environment: { PUBLIC_URL: 'https://portrait.example' },
    about: ['PUBLIC_URL'],
  },
  {
    what: 'with a PUBLIC_URL whose host begins like a loopback address',
    environment: { PUBLIC_URL: 'http://127.0.0.1.portrait.example' },
    about: ['PUBLIC_URL'],
  },
  {
    what: 'with a PUBLIC_URL whose user name is localhost',
    environment: { PUBLIC_URL: 'http://localhost@portrait.example' },
    about: ['PUBLIC_URL'],
  },
  ...['0.0.0.0', '::', '[::]', '*'].flatMap((host) => [
    { what: `on ${host}`, environment: { HOST: host, PUBLIC_URL: LOCAL }, about: ['HOST'] },
    {
      what: `on ${host} without a PUBLIC_URL`,
      environment: { HOST: host },
      about: ['PUBLIC_URL', 'HOST'],
    },
  ]),
])('demo mode is rejected $what', ({ environment, about }) => {
  const named = faultsOf(environment).map((fault) => fault.split(' ')[0]);
  expect(named.sort()).toEqual([...about].sort());
});

test('a HOST in brackets is rejected, because a server cannot listen on it', () => {
  expect(faultsOf({ HOST: '[::1]' })).toEqual([expect.stringMatching(/^HOST /)]);
});

test('demo mode is accepted with NODE_ENV=test', () => {
  expect(parseConfig({ NODE_ENV: 'test' })).toEqual(parseConfig({}));
});

test('all faults are reported in one message', () => {
  const faulty = {
    PORT: 'x',
    PUBLIC_URL: 'x',
    DATABASE_URL: 'x',
    DATABASE_POOL_SIZE: 'x',
    STORAGE_URL: 'x',
    MAX_UPLOAD_BYTES: 'x',
    MAX_PIXELS: 'x',
    AUTH_SECRET: 'x',
    ALLOWED_ORIGINS: 'x',
    UPLOADS_PER_HOUR: 'x',
    REQUESTS_PER_MINUTE: 'x',
    TRUST_PROXY: 'x',
    MAX_CONNECTIONS: 'x',
    DRAIN_SECONDS: 'x',
    INTROSPECTION: 'x',
    IMAGE_WORKERS: 'x',
    LOG_LEVEL: 'x',
  };
  const error = errorOf(faulty);
  expect(error.faults.map((fault) => fault.split(' ')[0])).toEqual(Object.keys(faulty));
  for (const fault of error.faults) {
    expect(error.message).toContain(fault);
  }
});

test('faults of demo mode are reported together with invalid values', () => {
  const faults = faultsOf({ PORT: 'x', HOST: '0.0.0.0', NODE_ENV: 'production' });
  expect(new Set(faults.map((fault) => fault.split(' ')[0]))).toEqual(
    new Set(['PORT', 'PUBLIC_URL', 'HOST', 'NODE_ENV']),
  );
});

test('.env in the working directory is read, and the environment takes precedence', async () => {
  const folder = await temporaryFolder();
  await writeFile(join(folder, '.env'), 'PORT=4001\nMAX_PIXELS="2000"\n# LOG_LEVEL=loud\n');
  startIn(folder, { PORT: '4002' });
  expect(loadConfig()).toMatchObject({
    PORT: 4002,
    MAX_PIXELS: 2000,
    LOG_LEVEL: 'info',
    UPLOADS_DIR: join(folder, 'uploads'),
  });
});

test('a missing .env is not a fault', async () => {
  startIn(await temporaryFolder(), { PORT: '4003' });
  expect(loadConfig().PORT).toBe(4003);
});

describe('The target configuration of a move', () => {
  const bucket = {
    STORAGE_URL: 's3://pictures',
    S3_ENDPOINT: 'https://s3.example.com',
    AWS_ACCESS_KEY_ID: 'old',
    AWS_SECRET_ACCESS_KEY: 'old',
  };

  it('is the configuration of the server except for the new URL', async () => {
    startIn(await temporaryFolder(), { MAX_PIXELS: '4000000' });
    const { STORAGE_URL, MAX_PIXELS } = loadMovedConfig({ STORAGE_URL: 'file:/new' });
    expect([STORAGE_URL, MAX_PIXELS]).toEqual([{ directory: '/new' }, 4_000_000]);
    expect(loadMovedConfig({ DATABASE_URL: 'postgres://db/portrait' })).toEqual({
      ...loadConfig(),
      DATABASE_URL: { dialect: 'postgres', url: 'postgres://db/portrait' },
    });
  });

  it('prefers variables that begin with TO_', async () => {
    startIn(await temporaryFolder(), {
      ...bucket,
      TO_S3_ENDPOINT: 'https://elsewhere.example.com',
      TO_AWS_ACCESS_KEY_ID: 'new',
    });
    expect(loadMovedConfig({ STORAGE_URL: 's3://others' })).toMatchObject({
      STORAGE_URL: { bucket: 'others' },
      S3_ENDPOINT: 'https://elsewhere.example.com',
      AWS_ACCESS_KEY_ID: 'new',
      AWS_SECRET_ACCESS_KEY: 'old',
    });
    expect(loadConfig()).toMatchObject({ S3_ENDPOINT: 'https://s3.example.com', AWS_ACCESS_KEY_ID: 'old' });
  });

  it('has no bucket settings if its storage is a folder', async () => {
    startIn(await temporaryFolder(), bucket);
    expect(loadMovedConfig({ STORAGE_URL: 'file:/new' }).S3_ENDPOINT).toBeUndefined();
    expect(loadMovedConfig({ DATABASE_URL: 'file:/new/portrait.db' }).S3_ENDPOINT).toBe(bucket.S3_ENDPOINT);
  });
});

/**
 * Sets the working directory and the environment of the process for the current test.
 * The environment does not inherit the test runner's NODE_ENV.
 */
function startIn(folder: string, environment: Record<string, string>): void {
  const before = { folder: process.cwd(), environment: process.env };
  onTestFinished(() => {
    process.chdir(before.folder);
    process.env = before.environment;
  });
  process.chdir(folder);
  process.env = environment;
}

function faultsOf(environment: Environment): readonly string[] {
  return errorOf(environment).faults;
}

function errorOf(environment: Environment): ConfigError {
  try {
    parseConfig(environment);
  } catch (error) {
    if (error instanceof ConfigError) {
      return error;
    }
    throw error;
  }
  throw new Error('The configuration was accepted.');
}
