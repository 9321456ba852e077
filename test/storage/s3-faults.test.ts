import { randomBytes } from 'node:crypto';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { StorageBusyError, StorageFullError } from '../../src/storage/errors.ts';
import type { S3StorageOptions } from '../../src/storage/s3/s3-storage.ts';
import { type PictureStorage, picturePath } from '../../src/storage/storage.ts';
import {
  type Fault,
  type FaultyProxy,
  type ProxiedRequest,
  startFaultyProxy,
} from '../support/faulty-proxy.ts';
import { openS3StorageForTest, type S3Store, startS3Store } from '../support/s3-store.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

let store: S3Store;

beforeAll(async () => {
  store = await startS3Store();
});
afterAll(() => store[Symbol.asyncDispose]());

interface Opened {
  readonly proxy: FaultyProxy;
  readonly storage: PictureStorage;
  readonly stagingDirectory: string;
  readonly path: string;
  /** Returns the keys below the storage's prefix. */
  keys(): Promise<string[]>;
}

/** Timeouts in milliseconds for requests that get no response. Other requests could exceed them on a busy machine. */
const SHORT_TIMEOUTS = { answer: 1_000, idle: 1_000, check: 1_000 };

/** Opens a storage behind a proxy, with the path of a new picture. */
async function open(options: Partial<S3StorageOptions> = {}): Promise<Opened> {
  const proxy = await startFaultyProxy(store.endpoint);
  onTestFinished(() => proxy[Symbol.asyncDispose]());
  const prefix = `tests/${randomBytes(8).toString('hex')}`;
  const stagingDirectory = await temporaryFolder();
  const storage = await openS3StorageForTest(store, {
    endpoint: proxy.url,
    prefix,
    stagingDirectory,
    ...options,
  });
  const path = picturePath(`pic_${randomBytes(16).toString('hex')}`);
  return { proxy, storage, stagingDirectory, path, keys: () => store.keys(prefix) };
}

const NAMES = ['64.jpg', '64.webp', '128.jpg', '128.webp', '256.jpg', '256.webp'];

async function stageAll({ storage, path }: Opened) {
  const staging = await storage.stage(path);
  for (const name of NAMES) {
    await writeFile(join(staging.directory, name), `content of ${name}`);
  }
  return staging;
}

async function publish(opened: Opened): Promise<void> {
  await (await stageAll(opened)).publish();
}

const isPut = ({ method }: ProxiedRequest) => method === 'PUT';
const puts = ({ proxy }: Opened) => proxy.requests.filter(isPut);

/** Injects a fault into every put of one file. */
const onlyFor = (name: string, fault: Fault) => (request: ProxiedRequest) =>
  isPut(request) && request.path.includes(name) ? fault : undefined;

/** Injects a fault into the first `count` requests of each method and path. */
function first(count: number, fault: Fault) {
  const seen = new Map<string, number>();
  return ({ method, path }: ProxiedRequest) => {
    const times = (seen.get(method + path) ?? 0) + 1;
    seen.set(method + path, times);
    return times <= count ? fault : undefined;
  };
}

const reject = (status: number, code: string): Fault => ({ type: 'reject', status, code });

describe('A put', () => {
  it('carries a checksum, and the condition not to overwrite anything', async () => {
    const opened = await open();
    await publish(opened);
    expect(puts(opened)).toHaveLength(NAMES.length);
    for (const { headers } of puts(opened)) {
      expect(headers).toMatchObject({
        'content-md5': expect.stringMatching(/^[\w+/]{22}==$/),
        'if-none-match': '*',
        'content-length': expect.stringMatching(/^\d+$/),
      });
      // Many stores do not know these headers.
      expect(Object.keys(headers).filter((name) => name.includes('checksum'))).toEqual([]);
    }
  });

  it.each([501, 400] as const)(
    'leaves out the condition after a store responded to it with %i',
    async (status) => {
      const opened = await open();
      opened.proxy.preconditions = status;
      await publish(opened);
      expect(await opened.keys()).toHaveLength(NAMES.length);
      const before = puts(opened).length;
      await publish({ ...opened, path: picturePath(`pic_${randomBytes(16).toString('hex')}`) });
      const later = puts(opened).slice(before);
      expect(later).toHaveLength(NAMES.length);
      expect(later.filter(({ headers }) => 'if-none-match' in headers)).toEqual([]);
    },
  );

  it('does not overwrite an existing object', async () => {
    const opened = await open();
    await publish(opened);
    const again = await stageAll(opened);
    await writeFile(join(again.directory, '64.jpg'), 'another picture');
    await expect(again.publish()).rejects.toThrow();
    const key = (await opened.keys()).find((name) => name.endsWith('/64.jpg')) as string;
    expect(await store.read(key)).toBe('content of 64.jpg');
  });

  it('succeeds if an earlier attempt stored the object and its response was lost', async () => {
    const opened = await open();
    opened.proxy.fault = first(1, { type: 'lose-response' });
    await publish(opened);
    expect(await opened.keys()).toHaveLength(NAMES.length);
  });

  it.each<[string, Fault]>([
    ['rejected with 500', reject(500, 'InternalError')],
    ['interrupted', { type: 'cut-request' }],
    ['left without a response', { type: 'hang' }],
  ])('that is %s is retried, up to three attempts in all', async (_what, fault) => {
    const opened = await open(fault.type === 'hang' ? { timeouts: SHORT_TIMEOUTS } : {});
    opened.proxy.fault = first(2, fault);
    await publish(opened);
    expect(puts(opened)).toHaveLength(3 * NAMES.length);
    expect(await opened.keys()).toHaveLength(NAMES.length);
  });
});

describe('Publishing a picture', () => {
  it.each<[string, Fault, new () => Error]>([
    ['status 500', reject(500, 'InternalError'), StorageBusyError],
    ['status 503', reject(503, 'SlowDown'), StorageBusyError],
    [
      'status 503 from a proxy',
      { type: 'respond', status: 503, body: '<html>Sorry</html>' },
      StorageBusyError,
    ],
    ['too many requests', reject(429, 'TooManyRequests'), StorageBusyError],
    ['a conflict', reject(409, 'OperationAborted'), StorageBusyError],
    ['a request that was too slow', reject(400, 'RequestTimeout'), StorageBusyError],
    ['an interrupted put', { type: 'cut-request' }, StorageBusyError],
    ['no response to any attempt', { type: 'hang' }, StorageBusyError],
    ['a response that is lost each time', { type: 'lose-response' }, StorageBusyError],
    ['a full quota', reject(403, 'QuotaExceeded'), StorageFullError],
    ['a full disk', reject(507, 'NoSpaceLeft'), StorageFullError],
    ['a missing permission', reject(403, 'AccessDenied'), Error],
    ['a missing bucket', reject(404, 'NoSuchBucket'), Error],
    ['a checksum mismatch', reject(400, 'BadDigest'), Error],
    ['a store without support for puts', reject(501, 'NotImplemented'), Error],
  ])('fails after %s, and a deletion leaves nothing behind', async (_what, fault, errorClass) => {
    const opened = await open(fault.type === 'hang' ? { timeouts: SHORT_TIMEOUTS } : {});
    opened.proxy.fault = onlyFor('/64.webp', fault);
    const staging = await stageAll(opened);
    const error = await staging.publish().catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(errorClass);
    if (errorClass === Error) {
      expect(error).not.toBeInstanceOf(StorageBusyError);
    }
    const attempts = puts(opened).filter(({ path }) => path.includes('/64.webp'));
    expect(attempts.length).toBeLessThanOrEqual(3);
    await staging.discard();
    expect(await readdir(opened.stagingDirectory)).toEqual([]);
    await opened.storage.delete([opened.path]);
    if (error instanceof StorageBusyError) {
      // An aborted put may arrive only now. A later deletion finds it.
      await expect.poll(() => opened.storage.delete([opened.path]).then(opened.keys)).toEqual([]);
    }
    expect(await opened.keys()).toEqual([]);
  });

  it('has one time limit for all attempts of a put, and starts no attempt afterwards', async () => {
    const opened = await open({ timeouts: { call: 1_500 } });
    opened.proxy.fault = onlyFor('/64.webp', { type: 'hang' });
    await expect(publish(opened)).rejects.toThrow(StorageBusyError);
    await expect.poll(() => puts(opened).find(({ path }) => path.includes('/64.webp'))?.aborted).toBe(true);
    expect(puts(opened)).toHaveLength(NAMES.length);
  });

  it('waits for the other puts if one is rejected for good, because aborted puts may arrive later', async () => {
    const opened = await open();
    opened.proxy.fault = onlyFor('/64.webp', reject(403, 'AccessDenied'));
    await expect(publish(opened)).rejects.toMatchObject({ name: 'AccessDenied' });
    expect(await opened.keys()).toHaveLength(NAMES.length - 1);
    expect(puts(opened).filter(({ aborted }) => aborted)).toEqual([]);
  });

  it('fails as busy, not for good, if the outcome of another put is unknown', async () => {
    const opened = await open();
    const denied = onlyFor('/64.webp', reject(403, 'AccessDenied'));
    const lost = onlyFor('/256.webp', { type: 'lose-response' });
    opened.proxy.fault = (request) => denied(request) ?? lost(request);
    await expect(publish(opened)).rejects.toThrow(StorageBusyError);
  });
});

describe('An unavailable store', () => {
  it('makes every call fail as busy, and works as before when it is back', async () => {
    const opened = await open();
    const { storage, path, proxy } = opened;
    const reader = storage.files;
    const { signal } = new AbortController();
    await publish(opened);
    await proxy.disconnect();
    for (const call of [
      () => publish({ ...opened, path: picturePath(`pic_${'0'.repeat(32)}`) }),
      () => storage.delete([path]),
      () => storage.exists(path),
      () => Array.fromAsync(storage.list()),
      () => storage.check(),
      () => reader.describe(`${path}/64.webp`, signal),
      () => reader.open(`${path}/64.webp`, signal),
      () => reader.read(`${path}/64.webp`, 1_000, signal),
      () => reader.has(`${path}/64.webp`, signal),
    ]) {
      await expect(call(), String(call)).rejects.toThrow(StorageBusyError);
    }
    await proxy.reconnect();
    expect(await storage.exists(path)).toBe(true);
    await expect.poll(() => storage.check().then(() => 'ready', String)).toBe('ready');
  });

  it('does not prevent a storage from opening', async () => {
    const proxy = await startFaultyProxy(store.endpoint);
    await proxy.disconnect();
    const storage = await openS3StorageForTest(store, { endpoint: proxy.url });
    await proxy.reconnect();
    onTestFinished(() => proxy[Symbol.asyncDispose]());
    await expect.poll(() => storage.check().then(() => 'ready', String)).toBe('ready');
  });
});

describe('Deleting', () => {
  it('fails if a single object cannot be deleted', async () => {
    const opened = await open();
    await publish(opened);
    const answer = (code: string): Fault => ({
      type: 'respond',
      status: 200,
      body: `<DeleteResult><Error><Key>a</Key><Code>${code}</Code><Message>No</Message></Error></DeleteResult>`,
    });
    opened.proxy.fault = ({ method }) => (method === 'POST' ? answer('AccessDenied') : undefined);
    await expect(opened.storage.delete([opened.path])).rejects.toMatchObject({ name: 'AccessDenied' });
    opened.proxy.fault = ({ method }) => (method === 'POST' ? answer('InternalError') : undefined);
    await expect(opened.storage.delete([opened.path])).rejects.toThrow(StorageBusyError);
    opened.proxy.fault = () => undefined;
    await opened.storage.delete([opened.path]);
    expect(await opened.keys()).toEqual([]);
  });
});

describe('Reading', () => {
  const file = (path: string) => `${path}/64.webp`;

  it('stops when its signal is aborted, and does not start if the signal is already aborted', async () => {
    const opened = await open();
    const reader = opened.storage.files;
    await publish(opened);
    opened.proxy.fault = () => ({ type: 'hang' });
    const left = new AbortController();
    const asked = opened.proxy.requests.length;
    const reading = reader.open(file(opened.path), left.signal);
    await expect.poll(() => opened.proxy.requests.length).toBe(asked + 1);
    left.abort(new Error('left'));
    await expect(reading).rejects.toThrow('left');
    await expect.poll(() => opened.proxy.requests[asked]?.aborted).toBe(true);
    await expect(reader.open(file(opened.path), left.signal)).rejects.toThrow('left');
    expect(opened.proxy.requests).toHaveLength(asked + 1);
  });

  it.each([
    ['cut-response', 'aborted'],
    ['stall-response', 'timed out'],
  ] as const)('fails if only a part of a file arrives: %s', async (type, message) => {
    const opened = await open({ timeouts: type === 'stall-response' ? SHORT_TIMEOUTS : {} });
    const reader = opened.storage.files;
    await publish(opened);
    opened.proxy.fault = () => ({ type });
    const read = await reader.open(file(opened.path), new AbortController().signal);
    await expect(read?.body.toArray()).rejects.toThrow(message);
  });

  it('does not mistake a missing bucket for a missing file', async () => {
    const opened = await open();
    const reader = opened.storage.files;
    const { signal } = new AbortController();
    expect(await reader.open(file(opened.path), signal)).toBeNull();
    expect(await reader.describe(file(opened.path), signal)).toBeNull();
    opened.proxy.fault = () => reject(404, 'NoSuchBucket');
    await expect(reader.open(file(opened.path), signal)).rejects.toMatchObject({ name: 'NoSuchBucket' });
  });
});

it('Health checks send the store at most one request per second, however many callers ask', async () => {
  const { proxy, storage } = await open();
  const before = proxy.requests.length;
  await Promise.all(Array.from({ length: 50 }, () => storage.check()));
  expect(proxy.requests.length - before).toBe(1);
});

it('Closing aborts the requests in progress', async () => {
  const opened = await open();
  opened.proxy.fault = () => ({ type: 'hang' });
  const publishing = publish(opened);
  publishing.catch(() => {});
  await expect.poll(() => puts(opened).length).toBe(NAMES.length);
  await opened.storage.close();
  // Five seconds are much shorter than the timeouts that would also end the call.
  const outcome = Promise.race([publishing, setTimeout(5_000, 'still running')]);
  await expect(outcome).rejects.toThrow(StorageBusyError);
  await expect.poll(() => puts(opened).every(({ aborted }) => aborted)).toBe(true);
});
