import type { MultipartOptions } from '../../src/multipart/read-multipart-request.ts';

const MAX_FILE_BYTES = 5 * 1024 * 1024;
const MAX_FIELD_BYTES = 32 * 1024;

/** What Portrait's parser is told, as it is by default. @param spoolDirectory is not written to: there is one file a request. */
export function multipartOptions(spoolDirectory: string): MultipartOptions {
  return {
    maxFileBytes: MAX_FILE_BYTES,
    maxFiles: 1,
    maxFieldBytes: MAX_FIELD_BYTES,
    maxBodyBytes: MAX_FILE_BYTES + 2 * MAX_FIELD_BYTES,
    idleTimeout: 30_000,
    spoolDirectory,
  };
}
