import { S3Client } from '@aws-sdk/client-s3';

export interface S3ClientOptions {
  /** Address of a store that is not AWS. AWS by default. */
  readonly endpoint: string | undefined;
  /** AWS region. By default, the client finds it in the environment or the profile. */
  readonly region: string | undefined;
  /** True to put the name of the bucket in the path of URLs, not in the host. */
  readonly forcePathStyle: boolean;
  /** By default, the client finds them in the environment, profile, web identity, container or instance. */
  readonly credentials: S3Credentials | undefined;
  readonly timeouts: S3Timeouts;
}

export interface S3Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string | undefined;
}

/** Timeouts in milliseconds. */
export interface S3Timeouts {
  /** Time to connect. */
  readonly connect: number;
  /** Time without a byte in either direction. */
  readonly idle: number;
  /** Time from a request to the first byte of its response. */
  readonly answer: number;
  /** Time for a check of the store, including retries. */
  readonly check: number;
  /** Time for any other call, including retries. Putting all files of a picture is one call. */
  readonly call: number;
}

/** Maximum number of attempts, including the first. The client waits longer before each one, with jitter. */
const MAX_ATTEMPTS = 3;

/**
 * Creates a client for one store. Callers limit the number of its connections. The client does not, because waiting
 * for a free connection would count toward the connect timeout.
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
    // Many stores don't support the newer checksums, so every write has a Content-MD5 instead.
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
