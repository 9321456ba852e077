import { createHash } from 'node:crypto';
import { GetObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { CACHE_CONTROL, mediaTypeOf } from '../storage.ts';
import { isIncompleteRequest, toS3Failure } from './errors.ts';

/** Puts one object. Rejects with the client's errors. */
export type PutObject = (key: string, body: Buffer, signal: AbortSignal) => Promise<void>;

/** Returns a function that puts objects into a bucket. It detects whether the store supports `If-None-Match`. */
export function createPutObject(client: S3Client, bucket: string): PutObject {
  let conditional = true;

  return async (key, body, signal) => {
    const put = (ifNoneMatch?: '*') =>
      client.send(
        new PutObjectCommand({
          Bucket: bucket,
          Key: key,
          Body: body,
          ContentType: mediaTypeOf(key),
          CacheControl: CACHE_CONTROL,
          ContentMD5: md5(body),
          ...(ifNoneMatch && { IfNoneMatch: ifNoneMatch }),
        }),
        { abortSignal: signal },
      );

    /** Returns whether the object already exists, because an earlier attempt put it and its response was lost. */
    const alreadyExists = async (): Promise<boolean> => {
      const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }), {
        abortSignal: signal,
      });
      return body.equals((await Body?.transformToByteArray()) ?? Buffer.alloc(0));
    };

    if (!conditional) {
      await put();
      return;
    }
    try {
      await put('*');
    } catch (error) {
      if (toS3Failure(error)?.status === 412 && (await alreadyExists())) {
        return;
      }
      if (!mayRejectCondition(error)) {
        throw error;
      }
      await put();
      conditional = false;
    }
  };
}

/** Returns whether a store may have rejected a put because it does not support the condition. */
function mayRejectCondition(error: unknown): boolean {
  const failure = toS3Failure(error);
  return (
    failure?.status === 501 ||
    (failure?.status === 400 && failure.code !== 'BadDigest' && !isIncompleteRequest(error))
  );
}

/** Returns the MD5 in base64, for `Content-MD5`. Every store supports this checksum. */
export function md5(bytes: string | Uint8Array): string {
  return createHash('md5').update(bytes).digest('base64');
}
