const BOUNDARY = '----portrait-bench-boundary';

export interface UploadRequest {
  /** The mutation, with one variable `$file`. */
  readonly document: string;
  readonly file: Buffer;
  readonly fileName: string;
  readonly mediaType: string;
  /** Token of the user. Without it, the request is anonymous. */
  readonly token?: string;
}

/** Returns a complete HTTP request, head and body, as the GraphQL multipart request specification defines it. */
export function uploadRequest({ document, file, fileName, mediaType, token }: UploadRequest): Buffer {
  const field = (name: string, value: unknown) =>
    `--${BOUNDARY}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${JSON.stringify(value)}\r\n`;
  const body = Buffer.concat([
    Buffer.from(
      field('operations', { query: document, variables: { file: null } }) +
        field('map', { 0: ['variables.file'] }) +
        `--${BOUNDARY}\r\nContent-Disposition: form-data; name="0"; filename="${fileName}"\r\n` +
        `Content-Type: ${mediaType}\r\n\r\n`,
    ),
    file,
    Buffer.from(`\r\n--${BOUNDARY}--\r\n`),
  ]);
  const head = [
    'POST /graphql HTTP/1.1',
    'Host: 127.0.0.1',
    'Accept: application/graphql-response+json',
    // Apollo Server rejects multipart requests without this header, which pages of other sites cannot send.
    'Apollo-Require-Preflight: true',
    `Content-Type: multipart/form-data; boundary=${BOUNDARY}`,
    `Content-Length: ${body.length}`,
    ...(token === undefined ? [] : [`Authorization: Bearer ${token}`]),
  ];
  return Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`), body]);
}

/** Mutation with the fields that a frontend typically requests. */
export const UPLOAD_PICTURE = `mutation ($file: File!) {
  uploadProfilePicture(file: $file) {
    id
    avatarUrl
    profilePicture { id fileName altText width height url(size: 256) srcSet placeholder dominantColor }
  }
}`;
