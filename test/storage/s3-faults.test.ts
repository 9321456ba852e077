import { randomBytes } from 'node:crypto';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { StorageBusyError, StorageFullError } from '../../src/storage/errors.ts';
import type { S3StorageOptions } from '../../src/storage/s3/s3-storage.ts';
import { type PictureReader, type PictureStorage, picturePath } from '../../src/storage/storage.ts';
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
  /** What is in the bucket. */
  keys(): Promise<string[]>;
}

/** Time-outs for what is never answered; a machine that is busy with other things may be slower than that. */
const SHORT = { answer: 1_000, idle: 1_000, check: 1_000 };

/** A storage behind a proxy, and the path of a new picture. */
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

/** The fault for one file alone, each time. */
const onlyFor = (name: string, fault: Fault) => (request: ProxiedRequest) =>
  isPut(request) && request.path.includes(name) ? fault : undefined;

/** The fault for the first of the requests to a path, or the first two. */
function first(count: number, fault: Fault) {
  const seen = new Map<string, number>();
  return ({ method, path }: ProxiedRequest) => {
    const times = (seen.get(method + path) ?? 0) + 1;
    seen.set(method + path, times);
    return times <= count ? fault : undefined;
  };
}

const refuse = (status: number, code: string): Fault => ({ type: 'refuse', status, code });

describe('Every put', () => {
  it('carries a checksum, and must not overwrite anything', async () => {
    const opened = await open();
    await publish(opened);
    expect(puts(opened)).toHaveLength(NAMES.length);
    for (const { headers } of puts(opened)) {
      expect(headers).toMatchObject({
        'content-md5': expect.stringMatching(/^[\w+/]{22}==$/),
        'if-none-match': '*',
        'content-length': expect.stringMatching(/^\d+$/),
      });
      // Unknown to many stores.
      expect(Object.keys(headers).filter((name) => name.includes('checksum'))).toEqual([]);
    }
  });

  it.each([501, 400] as const)(
    'does without the condition where the store answers it with %i, and remembers that',
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

  it('leaves alone what another has put there', async () => {
    const opened = await open();
    await publish(opened);
    const again = await stageAll(opened);
    await writeFile(join(again.directory, '64.jpg'), 'another picture');
    await expect(again.publish()).rejects.toThrow();
    const key = (await opened.keys()).find((name) => name.endsWith('/64.jpg')) as string;
    expect(await store.read(key)).toBe('content of 64.jpg');
  });

  it('is content with what an earlier attempt has put, whose answer was lost', async () => {
    const opened = await open();
    opened.proxy.fault = first(1, { type: 'lose-answer' });
    await publish(opened);
    expect(await opened.keys()).toHaveLength(NAMES.length);
  });

  it.each<[string, Fault]>([
    ['refused with 500', refuse(500, 'InternalError')],
    ['cut', { type: 'cut-request' }],
    ['never answered', { type: 'hang' }],
  ])('that is %s is tried again, three times in all', async (_what, fault) => {
    const opened = await open(fault.type === 'hang' ? { timeouts: SHORT } : {});
    opened.proxy.fault = first(2, fault);
    await publish(opened);
    expect(puts(opened)).toHaveLength(3 * NAMES.length);
    expect(await opened.keys()).toHaveLength(NAMES.length);
  });
});

describe('When a picture cannot be put, the rest of it is not put either, and nothing of it stays:', () => {
  it.each<[string, Fault, new () => Error]>([
    ['500', refuse(500, 'InternalError'), StorageBusyError],
    ['503', refuse(503, 'SlowDown'), StorageBusyError],
    ['503 of a proxy', { type: 'answer', status: 503, body: '<html>Sorry</html>' }, StorageBusyError],
    ['too many requests', refuse(429, 'TooManyRequests'), StorageBusyError],
    ['a conflict', refuse(409, 'OperationAborted'), StorageBusyError],
    ['a request that came too slowly', refuse(400, 'RequestTimeout'), StorageBusyError],
    ['a cut put', { type: 'cut-request' }, StorageBusyError],
    ['no answer to any attempt', { type: 'hang' }, StorageBusyError],
    ['an answer that is lost each time', { type: 'lose-answer' }, StorageBusyError],
    ['a full quota', refuse(403, 'QuotaExceeded'), StorageFullError],
    ['a full disk', refuse(507, 'NoSpaceLeft'), StorageFullError],
    ['no permission', refuse(403, 'AccessDenied'), Error],
    ['a bucket that is gone', refuse(404, 'NoSuchBucket'), Error],
    ['a checksum that does not fit', refuse(400, 'BadDigest'), Error],
    ['a store that cannot put', refuse(501, 'NotImplemented'), Error],
  ])('%s', async (_what, fault, errorClass) => {
    const opened = await open(fault.type === 'hang' ? { timeouts: SHORT } : {});
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
      // What was aborted may arrive just now; whoever deletes later finds it.
      await expect.poll(() => opened.storage.delete([opened.path]).then(opened.keys)).toEqual([]);
    }
    expect(await opened.keys()).toEqual([]);
  });

  it('all attempts together have one time, and none follows when it is over', async () => {
    const opened = await open({ timeouts: { call: 1_500 } });
    opened.proxy.fault = onlyFor('/64.webp', { type: 'hang' });
    await expect(publish(opened)).rejects.toThrow(StorageBusyError);
    await expect.poll(() => puts(opened).find(({ path }) => path.includes('/64.webp'))?.aborted).toBe(true);
    expect(puts(opened)).toHaveLength(NAMES.length);
  });

  it('the others are waited for if one is refused for good, since what is aborted may arrive later', async () => {
    const opened = await open();
    opened.proxy.fault = onlyFor('/64.webp', refuse(403, 'AccessDenied'));
    await expect(publish(opened)).rejects.toMatchObject({ name: 'AccessDenied' });
    expect(await opened.keys()).toHaveLength(NAMES.length - 1);
    expect(puts(opened).filter(({ aborted }) => aborted)).toEqual([]);
  });

  it('it is not for good if what became of another is unknown', async () => {
    const opened = await open();
    const denied = onlyFor('/64.webp', refuse(403, 'AccessDenied'));
    const lost = onlyFor('/256.webp', { type: 'lose-answer' });
    opened.proxy.fault = (request) => denied(request) ?? lost(request);
    await expect(publish(opened)).rejects.toThrow(StorageBusyError);
  });
});

describe('A store that is away', () => {
  it('is busy to all that is asked of it, and as before when it is back', async () => {
    const opened = await open();
    const { storage, path, proxy } = opened;
    const reader = storage.files as PictureReader;
    const { signal } = new AbortController();
    await publish(opened);
    await proxy.goAway();
    for (const call of [
      () => publish({ ...opened, path: picturePath(`pic_${'0'.repeat(32)}`) }),
      () => storage.delete([path]),
      () => storage.exists(path),
      () => Array.fromAsync(storage.list()),
      () => storage.check(),
      () => reader.describe(`${path}/64.webp`, signal),
      () => reader.open(`${path}/64.webp`, signal),
    ]) {
      await expect(call(), String(call)).rejects.toThrow(StorageBusyError);
    }
    await proxy.reconnect();
    expect(await storage.exists(path)).toBe(true);
    await expect.poll(() => storage.check().then(() => 'ready', String)).toBe('ready');
  });

  it('does not keep a storage from being opened', async () => {
    const proxy = await startFaultyProxy(store.endpoint);
    await proxy.goAway();
    const storage = await openS3StorageForTest(store, { endpoint: proxy.url });
    await proxy.reconnect();
    onTestFinished(() => proxy[Symbol.asyncDispose]());
    await expect.poll(() => storage.check().then(() => 'ready', String)).toBe('ready');
  });
});

describe('Deleting', () => {
  it('fails if a single object could not be deleted', async () => {
    const opened = await open();
    await publish(opened);
    const answer = (code: string): Fault => ({
      type: 'answer',
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

  it('ends when whoever asked has left, before and after the answer began', async () => {
    const opened = await open();
    const reader = opened.storage.files as PictureReader;
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
    ['cut-answer', 'aborted'],
    ['stall-answer', 'timed out'],
  ] as const)('tells that a file came in part: %s', async (type, message) => {
    const opened = await open({ timeouts: type === 'stall-answer' ? SHORT : {} });
    const reader = opened.storage.files as PictureReader;
    await publish(opened);
    opened.proxy.fault = () => ({ type });
    const read = await reader.open(file(opened.path), new AbortController().signal);
    await expect(read?.body.toArray()).rejects.toThrow(message);
  });

  it('does not take a bucket that is gone for a file that is missing', async () => {
    const opened = await open();
    const reader = opened.storage.files as PictureReader;
    const { signal } = new AbortController();
    expect(await reader.open(file(opened.path), signal)).toBeNull();
    expect(await reader.describe(file(opened.path), signal)).toBeNull();
    opened.proxy.fault = () => refuse(404, 'NoSuchBucket');
    await expect(reader.open(file(opened.path), signal)).rejects.toMatchObject({ name: 'NoSuchBucket' });
  });
});

it('A check is not asked of the store more often than each second, however often it is asked for', async () => {
  const { proxy, storage } = await open();
  const before = proxy.requests.length;
  await Promise.all(Array.from({ length: 50 }, () => storage.check()));
  expect(proxy.requests.length - before).toBe(1);
});

it('Closing gives up what is under way', async () => {
  const opened = await open();
  opened.proxy.fault = () => ({ type: 'hang' });
  const publishing = publish(opened);
  publishing.catch(() => {});
  await expect.poll(() => puts(opened).length).toBe(NAMES.length);
  await opened.storage.close();
  // Well before the time-outs would end it.
  const outcome = Promise.race([publishing, setTimeout(5_000, 'still running')]);
  await expect(outcome).rejects.toThrow(StorageBusyError);
  await expect.poll(() => puts(opened).every(({ aborted }) => aborted)).toBe(true);
});
