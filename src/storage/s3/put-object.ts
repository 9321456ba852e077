import { createHash } from 'node:crypto';
import { GetObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { CACHE_CONTROL, mediaTypeOf } from '../storage.ts';
import { isCut, toS3Failure } from './errors.ts';

/** Puts one object. Rejects with the client's errors. */
export type PutObject = (key: string, body: Buffer, signal: AbortSignal) => Promise<void>;

/** Makes the function that puts into a bucket, and that learns whether its store knows `If-None-Match`. */
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

    /** Whether the object stands there already: put by an earlier attempt, whose answer was lost. */
    const isThere = async (): Promise<boolean> => {
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
      if (toS3Failure(error)?.status === 412 && (await isThere())) {
        return;
      }
      if (!refusesCondition(error)) {
        throw error;
      }
      await put();
      conditional = false;
    }
  };
}

/** Whether a store may have refused a put because it does not know the condition. */
function refusesCondition(error: unknown): boolean {
  const failure = toS3Failure(error);
  return (
    failure?.status === 501 || (failure?.status === 400 && failure.code !== 'BadDigest' && !isCut(error))
  );
}

/** As `Content-MD5` wants it: the one checksum that every store knows. */
export function md5(bytes: string | Uint8Array): string {
  return createHash('md5').update(bytes).digest('base64');
}
