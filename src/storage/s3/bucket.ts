import type { Readable } from 'node:stream';
import { GetObjectCommand, HeadObjectCommand, ListObjectsV2Command } from '@aws-sdk/client-s3';
import pLimit from 'p-limit';
import type { Logger } from '../../telemetry/logger.ts';
import { StorageBusyError } from '../errors.ts';
import type { ByteRange, FileDescription, OpenedFile, ReadFile } from '../storage.ts';
import { createS3Client, type S3ClientOptions } from './client.ts';
import { deleteObjects, MAX_KEYS_PER_REQUEST } from './delete-objects.ts';
import { asContractError, isMissing } from './errors.ts';
import { createPutObject } from './put-object.ts';
import { readBody } from './read-body.ts';

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
 * Objects of one bucket. Every call ends within the timeouts. Calls reject with the errors of the storage contract,
 * or with the client's error if the configuration is wrong.
 */
export interface Bucket {
  /**
   * Puts all objects. If it rejects, some may exist. After a StorageBusyError, some may appear even later. After any
   * other error, all requests have ended.
   */
  put(objects: readonly ObjectToPut[]): Promise<void>;
  delete(keys: readonly string[]): Promise<void>;
  /** Yields objects in the order of their keys, page by page. */
  list(prefix: string): AsyncIterable<StoredObject>;
  /** Returns whether any key begins with the prefix. */
  has(prefix: string): Promise<boolean>;
  /** Lists one key like {@link has}, with the shorter timeout of a check. */
  check(prefix: string): Promise<void>;
  /** Reads an object in one piece, or only its description if it is larger than `maxBytes`. */
  read(key: string, maxBytes: number, signal: AbortSignal): Promise<ReadFile | null>;
  describe(key: string, signal: AbortSignal): Promise<FileDescription | null>;
  /** Returns whether a key exists. Unlike the other calls, it does not log failures. */
  hasKey(key: string, signal: AbortSignal): Promise<boolean>;
  open(key: string, signal: AbortSignal, range?: ByteRange): Promise<OpenedFile | null>;
  close(): void;
}

/** Concurrent puts over all pictures. Each put is a request with its own connection. */
const MAX_CONCURRENT_PUTS = 64;

/** Opens a bucket without connecting to it. */
export function openBucket({ bucket, logger, ...options }: BucketOptions): Bucket {
  const { timeouts } = options;
  const client = createS3Client(options);
  const putObject = createPutObject(client, bucket);
  const limitPuts = pLimit(MAX_CONCURRENT_PUTS);
  const running = new Set<AbortController>();

  /** Runs a call. Aborts it after the timeout, when the bucket is closed, or when the caller's signal is aborted. */
  async function call<T>(
    timeout: number,
    work: (call: AbortController) => Promise<T>,
    callerSignal?: AbortSignal,
    logs = true,
  ): Promise<T> {
    callerSignal?.throwIfAborted();
    const controller = new AbortController();
    const abort = () => controller.abort();
    const timer = setTimeout(abort, timeout);
    callerSignal?.addEventListener('abort', abort, { once: true });
    running.add(controller);
    try {
      return await work(controller);
    } catch (error) {
      callerSignal?.throwIfAborted();
      const fault = asContractError(error);
      if (logs && fault !== error) {
        // Clients get only the consequence. The log shows operators the cause.
        logger.warn({ err: fault }, 'A request to the bucket failed; failing the operation that sent it');
      }
      throw fault;
    } finally {
      clearTimeout(timer);
      callerSignal?.removeEventListener('abort', abort);
      running.delete(controller);
    }
  }

  function listPage(prefix: string, options: { maxKeys?: number; after?: string; timeout?: number }) {
    const { maxKeys, after, timeout = timeouts.call } = options;
    const command = new ListObjectsV2Command({
      Bucket: bucket,
      Prefix: prefix,
      ...(maxKeys !== undefined && { MaxKeys: maxKeys }),
      ...(after !== undefined && { ContinuationToken: after }),
    });
    return call(timeout, ({ signal }) => client.send(command, { abortSignal: signal }));
  }

  function headObject(key: string, abortSignal: AbortSignal) {
    const command = new HeadObjectCommand({ Bucket: bucket, Key: key });
    return client.send(command, { abortSignal }).catch(ignoreMissing);
  }

  function getObject(key: string, abortSignal: AbortSignal, range?: ByteRange) {
    const command = new GetObjectCommand({
      Bucket: bucket,
      Key: key,
      ...(range && { Range: `bytes=${range.start}-${range.end}` }),
    });
    return client.send(command, { abortSignal }).catch(ignoreMissing);
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
            // An aborted put may still take effect, so abort only if the outcome is unknown anyway.
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
      await listPage(prefix, { maxKeys: 1, timeout: timeouts.check });
    },

    read: (key, maxBytes, signal) =>
      call(
        timeouts.call,
        async (controller) => {
          const object = await getObject(key, controller.signal);
          if (object === null) {
            return null;
          }
          const description = descriptionOf(object);
          const body = object.Body as Readable;
          if (description.size > maxBytes) {
            body.destroy();
            return { ...description, bytes: null };
          }
          return { ...description, bytes: await readBody(body, description.size, controller.signal) };
        },
        signal,
      ),

    async describe(key, signal) {
      const head = await call(timeouts.call, (controller) => headObject(key, controller.signal), signal);
      return head === null ? null : descriptionOf(head);
    },

    hasKey: (key, signal) =>
      call(
        timeouts.call,
        async (controller) => (await headObject(key, controller.signal)) !== null,
        signal,
        false,
      ),

    async open(key, signal, range) {
      const object = await call(
        timeouts.call,
        (controller) => getObject(key, controller.signal, range),
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
  LastModified?: Date | undefined;
}): FileDescription {
  const { ContentLength, LastModified } = object;
  if (ContentLength === undefined || LastModified === undefined) {
    throw new Error('The store sent an object without its length or modification time.');
  }
  return { size: ContentLength, modifiedAt: LastModified };
}
