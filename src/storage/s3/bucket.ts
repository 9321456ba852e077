import type { Readable } from 'node:stream';
import { GetObjectCommand, HeadObjectCommand, ListObjectsV2Command } from '@aws-sdk/client-s3';
import pLimit from 'p-limit';
import type { Logger } from '../../telemetry/logger.ts';
import { StorageBusyError } from '../errors.ts';
import type { ByteRange, FileDescription, OpenedFile } from '../storage.ts';
import { createS3Client, type S3ClientOptions } from './client.ts';
import { deleteObjects, MAX_KEYS_PER_REQUEST } from './delete-objects.ts';
import { asContractError, isMissing } from './errors.ts';
import { createPutObject } from './put-object.ts';

export interface BucketOptions extends S3ClientOptions {
  readonly bucket: string;
  readonly logger: Logger;
}

export interface ObjectToPut {
  readonly key: string;
  read(): Promise<Buffer>;
}

export interface StoredObject {
  readonly key: string;
  readonly modifiedAt: Date;
}

/**
 * The objects of one bucket. Every call ends within the time-outs, and rejects with the errors of the storage
 * contract, or with the client's if the configuration is at fault.
 */
export interface Bucket {
  /**
   * Puts all or rejects; then some may be there. With StorageBusyError some may even arrive later; else what was begun
   * has ended.
   */
  put(objects: readonly ObjectToPut[]): Promise<void>;
  delete(keys: readonly string[]): Promise<void>;
  /** In the order of their keys, page by page. */
  list(prefix: string): AsyncIterable<StoredObject>;
  /** Whether any key begins so. */
  has(prefix: string): Promise<boolean>;
  /** As has, but within the shorter time of a check. */
  check(prefix: string): Promise<void>;
  describe(key: string, signal: AbortSignal): Promise<FileDescription | null>;
  open(key: string, signal: AbortSignal, range?: ByteRange): Promise<OpenedFile | null>;
  close(): void;
}

/** Of all pictures together: each is a request with a connection of its own. */
const PUTS_AT_ONCE = 64;

export function openBucket({ bucket, logger, ...options }: BucketOptions): Bucket {
  const { timeouts } = options;
  const client = createS3Client(options);
  const putObject = createPutObject(client, bucket);
  const limitPuts = pLimit(PUTS_AT_ONCE);
  const running = new Set<AbortController>();

  /** Runs a call until it ends, its time is over, the bucket is closed, or whoever asked for it has left. */
  async function call<T>(
    milliseconds: number,
    work: (call: AbortController) => Promise<T>,
    asker?: AbortSignal,
  ): Promise<T> {
    asker?.throwIfAborted();
    const controller = new AbortController();
    const abandon = () => controller.abort();
    const timer = setTimeout(abandon, milliseconds);
    asker?.addEventListener('abort', abandon, { once: true });
    running.add(controller);
    try {
      return await work(controller);
    } catch (error) {
      asker?.throwIfAborted();
      const fault = asContractError(error);
      if (fault !== error) {
        // Clients are told what it means for them, whoever runs the server what it was.
        logger.warn({ err: fault }, 'A call of the bucket failed');
      }
      throw fault;
    } finally {
      clearTimeout(timer);
      asker?.removeEventListener('abort', abandon);
      running.delete(controller);
    }
  }

  function listPage(prefix: string, options: { maxKeys?: number; after?: string; milliseconds?: number }) {
    const { maxKeys, after, milliseconds = timeouts.call } = options;
    const command = new ListObjectsV2Command({
      Bucket: bucket,
      Prefix: prefix,
      ...(maxKeys !== undefined && { MaxKeys: maxKeys }),
      ...(after !== undefined && { ContinuationToken: after }),
    });
    return call(milliseconds, ({ signal }) => client.send(command, { abortSignal: signal }));
  }

  return {
    put: (objects) =>
      call(timeouts.call, async (controller) => {
        const failures: unknown[] = [];
        const putOne = async ({ key, read }: ObjectToPut): Promise<void> => {
          try {
            if (failures.length === 0) {
              await putObject(key, await read(), controller.signal);
            }
          } catch (error) {
            failures.push(error);
            // What is aborted may arrive nevertheless, so that is done only if the outcome is unknown already.
            if (isBusy(error)) {
              controller.abort();
            }
          }
        };
        await limitPuts.map(objects, putOne);
        if (failures.length > 0) {
          throw failures.find(isBusy) ?? failures[0];
        }
      }),

    async delete(keys) {
      for (let start = 0; start < keys.length; start += MAX_KEYS_PER_REQUEST) {
        const batch = keys.slice(start, start + MAX_KEYS_PER_REQUEST);
        await call(timeouts.call, ({ signal }) => deleteObjects(client, bucket, batch, signal));
      }
    },

    async *list(prefix) {
      let after: string | undefined;
      do {
        const page = await listPage(prefix, { ...(after !== undefined && { after }) });
        for (const { Key, LastModified } of page.Contents ?? []) {
          if (Key !== undefined && LastModified !== undefined) {
            yield { key: Key, modifiedAt: LastModified };
          }
        }
        after = page.NextContinuationToken;
      } while (after !== undefined);
    },

    has: async (prefix) => ((await listPage(prefix, { maxKeys: 1 })).Contents ?? []).length > 0,

    async check(prefix) {
      await listPage(prefix, { maxKeys: 1, milliseconds: timeouts.check });
    },

    async describe(key, signal) {
      const command = new HeadObjectCommand({ Bucket: bucket, Key: key });
      const head = await call(
        timeouts.call,
        (controller) => client.send(command, { abortSignal: controller.signal }).catch(ignoreMissing),
        signal,
      );
      return head === null ? null : descriptionOf(head);
    },

    async open(key, signal, range) {
      const command = new GetObjectCommand({
        Bucket: bucket,
        Key: key,
        ...(range && { Range: `bytes=${range.start}-${range.end}` }),
      });
      const object = await call(
        timeouts.call,
        (controller) => client.send(command, { abortSignal: controller.signal }).catch(ignoreMissing),
        signal,
      );
      return object === null ? null : { ...descriptionOf(object), body: object.Body as Readable };
    },

    close() {
      for (const controller of running) {
        controller.abort();
      }
      client.destroy();
    },
  };
}

function isBusy(error: unknown): boolean {
  return asContractError(error) instanceof StorageBusyError;
}

function ignoreMissing(error: unknown): null {
  if (isMissing(error)) {
    return null;
  }
  throw error;
}

function descriptionOf(object: {
  ContentLength?: number | undefined;
  ETag?: string | undefined;
  LastModified?: Date | undefined;
}): FileDescription {
  const { ContentLength, ETag, LastModified } = object;
  if (ContentLength === undefined || ETag === undefined || LastModified === undefined) {
    throw new Error('The store does not tell the length, the ETag or the time of an object.');
  }
  return { size: ContentLength, etag: ETag, modifiedAt: LastModified };
}
