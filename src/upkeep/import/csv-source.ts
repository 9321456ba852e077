import { createReadStream } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { pipeline } from 'node:stream';
import { CsvError, type Info, parse } from 'csv-parse';
import { ImportSourceError } from '../errors.ts';
import type { ImportEntry, ImportSource } from './import-entry.ts';

/** The columns of the CSV file. The last two can be missing. */
const COLUMNS = ['userId', 'file', 'name', 'altText'];
const REQUIRED_COLUMNS = ['userId', 'file'];
/** Maximum bytes of a record. The longest path that Linux accepts has 4,096 bytes. */
const MAX_RECORD_BYTES = 64 * 1024;

/** Maximum characters of a column's name in an error. */
const MAX_QUOTED_LENGTH = 40;

const LINE_FAULTS: Readonly<Record<string, string>> = {
  CSV_RECORD_INCONSISTENT_COLUMNS:
    'does not have as many fields as the header. Put fields that contain a comma in quotes',
  CSV_QUOTE_NOT_CLOSED: 'has a quote that is never closed. Write a quote inside of a field as two quotes',
  CSV_INVALID_CLOSING_QUOTE: 'has a misplaced quote. Write a quote inside of a field as two quotes',
  INVALID_OPENING_QUOTE: 'has a misplaced quote. Put the whole field in quotes',
  CSV_MAX_RECORD_SIZE: `has more than ${MAX_RECORD_BYTES} bytes. Check its quotes`,
};

interface CsvRecord {
  readonly record: Readonly<Record<string, string>>;
  readonly info: Info;
}

/**
 * Opens a CSV file (RFC 4180, UTF-8) with the columns `userId`, `name`, `file` and `altText`. Paths of files are
 * relative to the CSV file. Reads the whole file once to check and count its records, so that a fault on the last line
 * stops an import before its first picture. Never has more than a few records in memory.
 * Rejects with ImportSourceError, or with an error of the file system.
 */
export async function openCsvSource(path: string): Promise<ImportSource> {
  let total = 0;
  for await (const _ of readEntries(path)) {
    total += 1;
  }
  return { total, entries: () => readEntries(path) };
}

async function* readEntries(path: string): AsyncIterable<ImportEntry> {
  let hasHeader = false;
  const parser = parse({
    bom: true,
    info: true,
    // By default, the first line decides, and a later CRLF would add a character to the last field.
    record_delimiter: ['\r\n', '\n', '\r'],
    skip_empty_lines: true,
    max_record_size: MAX_RECORD_BYTES,
    columns(header: string[]) {
      hasHeader = true;
      return checkHeader(path, header);
    },
  });
  // The loop below throws the error of any of these streams, and a loop that ends early closes them.
  const records: AsyncIterable<CsvRecord> = pipeline(
    createReadStream(path),
    decoderOf(path),
    parser,
    () => {},
  );
  try {
    for await (const { record, info } of records) {
      const { userId = '', file = '', name = '', altText = '' } = record;
      yield {
        file,
        line: info.lines,
        path: resolve(dirname(path), file),
        userId,
        name: name === '' ? null : name,
        altText: altText === '' ? undefined : altText,
      };
    }
  } catch (error) {
    throw error instanceof CsvError ? new ImportSourceError(explain(path, error)) : error;
  }
  if (!hasHeader) {
    throw new ImportSourceError(`The file ${path} is empty. Its first line must name the columns.`);
  }
}

/** Returns a function that decodes a stream. A file in another encoding would give users wrong ids. */
function decoderOf(path: string): (chunks: AsyncIterable<Buffer>) => AsyncIterable<string> {
  return async function* decodeUtf8(chunks) {
    const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
    try {
      for await (const chunk of chunks) {
        yield decoder.decode(chunk, { stream: true });
      }
      yield decoder.decode();
    } catch (error) {
      throw error instanceof TypeError
        ? new ImportSourceError(`The file ${path} is not UTF-8. Save it as UTF-8.`)
        : error;
    }
  };
}

/** Returns the header if its columns are known. Throws ImportSourceError. */
function checkHeader(path: string, header: string[]): string[] {
  const unknown = header.find((column) => !COLUMNS.includes(column));
  const missing = REQUIRED_COLUMNS.find((column) => !header.includes(column));
  const repeated = header.find((column, index) => header.indexOf(column) < index);
  const fault =
    (unknown !== undefined && `has an unknown column "${unknown.slice(0, MAX_QUOTED_LENGTH)}"`) ||
    (missing !== undefined && `has no column "${missing}"`) ||
    (repeated !== undefined && `has two columns "${repeated}"`);
  if (fault !== false) {
    throw new ImportSourceError(
      `Line 1 of ${path} ${fault}. Separate the columns userId, name, file and altText by commas.`,
    );
  }
  return header;
}

function explain(path: string, { code, lines, message }: CsvError & { readonly lines?: number }): string {
  const fault = LINE_FAULTS[code];
  return fault === undefined ? `${path}: ${message}.` : `Line ${lines} of ${path} ${fault}.`;
}
