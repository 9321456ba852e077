import { S3Client } from '@aws-sdk/client-s3';

export interface S3ClientOptions {
  /** Of another vendor; without it AWS is asked. */
  readonly endpoint: string | undefined;
  /** Without it, as the AWS conventions have it. */
  readonly region: string | undefined;
  /** Whether the bucket is named in the path, and not in the host. */
  readonly forcePathStyle: boolean;
  /** Without them, as the AWS conventions have it: environment, profile, web identity, container, instance. */
  readonly credentials: S3Credentials | undefined;
  readonly timeouts: S3Timeouts;
}

export interface S3Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string | undefined;
}

/** In milliseconds. */
export interface S3Timeouts {
  /** To connect. */
  readonly connect: number;
  /** Without a byte in either direction. */
  readonly idle: number;
  /** From a request to the first byte of its answer. */
  readonly answer: number;
  /** For a check of the store, all attempts together. */
  readonly check: number;
  /** For any other call, all attempts together; for all files of a picture together. */
  readonly call: number;
}

/** Its first attempt counts. The client waits longer before each, by chance. */
const MAX_ATTEMPTS = 3;

/**
 * A client for one store. How many connections it opens is bounded by its callers: waiting for a connection would
 * count as a failure to connect.
 */
export function createS3Client({ timeouts, ...options }: S3ClientOptions): S3Client {
  const { endpoint, region, credentials, forcePathStyle } = options;
  return new S3Client({
    ...(endpoint !== undefined && { endpoint }),
    ...(region !== undefined && { region }),
    ...(credentials !== undefined && {
      credentials: {
        accessKeyId: credentials.accessKeyId,
        secretAccessKey: credentials.secretAccessKey,
        ...(credentials.sessionToken !== undefined && { sessionToken: credentials.sessionToken }),
      },
    }),
    forcePathStyle,
    retryMode: 'standard',
    maxAttempts: MAX_ATTEMPTS,
    // The newer checksums are unknown to many stores; every write carries a Content-MD5 instead.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    requestHandler: {
      connectionTimeout: timeouts.connect,
      socketTimeout: timeouts.idle,
      requestTimeout: timeouts.answer,
      throwOnRequestTimeout: true,
      httpAgent: { maxSockets: Number.POSITIVE_INFINITY },
      httpsAgent: { maxSockets: Number.POSITIVE_INFINITY },
    },
  });
}
