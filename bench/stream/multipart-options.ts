import type { MultipartOptions } from '../../src/multipart/read-multipart-request.ts';

const MAX_FILE_BYTES = 5 * 1024 * 1024;
const MAX_FIELD_BYTES = 32 * 1024;

/**
 * Returns the default options of Portrait's parser.
 * @param spoolDirectory stays empty, because each request has only one file.
 */
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
