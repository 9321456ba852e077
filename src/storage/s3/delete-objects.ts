import { DeleteObjectsCommand, type S3Client } from '@aws-sdk/client-s3';
import { md5 } from './put-object.ts';

/** Maximum number of keys in one request. */
export const MAX_KEYS_PER_REQUEST = 1000;

/** Deletes objects with one request. Rejects with the client's errors, even if only some objects remain. */
export async function deleteObjects(
  client: S3Client,
  bucket: string,
  keys: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  const command = new DeleteObjectsCommand({
    Bucket: bucket,
    Delete: { Quiet: true, Objects: keys.map((Key) => ({ Key })) },
  });
  // This request must have a checksum, and every store supports MD5. It replaces the client's own checksum, see
  // https://github.com/aws/aws-sdk-js-v3/blob/main/supplemental-docs/MD5_FALLBACK.md
  command.middlewareStack.add(
    (next) => (args) => {
      useMd5(args.request as ChecksummedRequest);
      return next(args);
    },
    { step: 'build', priority: 'low', name: 'useMd5' },
  );
  const { Errors: [first] = [] } = await client.send(command, { abortSignal: signal });
  if (first !== undefined) {
    throw Object.assign(new Error(`${first.Key} could not be deleted: ${first.Message}`), {
      name: first.Code ?? 'Error',
    });
  }
}

interface ChecksummedRequest {
  readonly headers: Record<string, string>;
  readonly body: string;
}

function useMd5({ headers, body }: ChecksummedRequest): void {
  for (const name of Object.keys(headers)) {
    if (/^x-amz-(sdk-)?checksum-/i.test(name)) {
      delete headers[name];
    }
  }
  headers['content-md5'] = md5(body);
}
