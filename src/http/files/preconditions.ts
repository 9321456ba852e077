import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { ByteRange, FileDescription } from '../../storage/storage.ts';

/** What a request comes to, once the file is known. */
export type Outcome =
  | { readonly status: 200 | 304 | 412 | 416 }
  | { readonly status: 206; readonly range: ByteRange };

interface Validators {
  readonly etag?: string;
  readonly modifiedAt: Date;
}

const CONDITIONS = [
  'if-match',
  'if-unmodified-since',
  'if-none-match',
  'if-modified-since',
  'range',
] as const;

/** Whether the answer depends on what the file is. */
export function isConditional(headers: IncomingHttpHeaders): boolean {
  return CONDITIONS.some((name) => headers[name] !== undefined);
}

/** Weighs the conditions of a request in the order of RFC 9110, section 13.2.2. Several ranges count as none. */
export function evaluatePreconditions(
  { method, headers }: Pick<IncomingMessage, 'method' | 'headers'>,
  file: FileDescription,
): Outcome {
  if (!matches(headers, file)) {
    return { status: 412 };
  }
  if (isKnown(headers, file)) {
    return { status: 304 };
  }
  const range = findRange({ method, headers }, file);
  if (range === 'ignored') {
    return { status: 200 };
  }
  return range === 'beyond' ? { status: 416 } : { status: 206, range };
}

/**
 * Returns the range of a file that a request asks for. Returns `ignored` if the response is the whole file, and `beyond`
 * if the file has no such range. @param file its entity tag may be missing, if it is weak.
 */
export function findRange(
  { method, headers }: Pick<IncomingMessage, 'method' | 'headers'>,
  file: Validators & { readonly size: number },
): ByteRange | 'ignored' | 'beyond' {
  // Only GET has ranges: RFC 9110, section 14.2.
  return method !== 'GET' || headers.range === undefined || !isSameAsBefore(headers, file)
    ? 'ignored'
    : parseRange(headers.range, file.size);
}

function matches(headers: IncomingHttpHeaders, { etag, modifiedAt }: FileDescription): boolean {
  const ifMatch = headers['if-match'];
  if (ifMatch !== undefined) {
    return ifMatch.trim() === '*' || etagsIn(ifMatch).includes(etag);
  }
  const since = secondsOf(headers['if-unmodified-since']);
  return since === undefined || secondsOf(modifiedAt) <= since;
}

/** Whether the client has the file already. */
function isKnown(headers: IncomingHttpHeaders, { etag, modifiedAt }: FileDescription): boolean {
  const ifNoneMatch = headers['if-none-match'];
  if (ifNoneMatch !== undefined) {
    return ifNoneMatch.trim() === '*' || etagsIn(ifNoneMatch).map(withoutWeak).includes(withoutWeak(etag));
  }
  const since = secondsOf(headers['if-modified-since']);
  return since !== undefined && secondsOf(modifiedAt) <= since;
}

/**
 * Returns whether a client that has a part of the file may get the rest. The comparison is the strong one, so a weak
 * entity tag never matches: RFC 9110, section 13.1.5.
 */
function isSameAsBefore(headers: IncomingHttpHeaders, { etag, modifiedAt }: Validators): boolean {
  const ifRange = headers['if-range']?.toString().trim();
  if (ifRange === undefined) {
    return true;
  }
  // A date has no quotation mark.
  return ifRange.includes('"')
    ? ifRange === etag && !ifRange.startsWith('W/')
    : secondsOf(ifRange) === secondsOf(modifiedAt);
}

function etagsIn(header: string): string[] {
  return header.match(/(?:W\/)?"[^"]*"/g) ?? [];
}

/** A proxy that compresses makes an ETag weak. */
function withoutWeak(etag: string): string {
  return etag.replace(/^W\//, '');
}

/** HTTP's dates have no fractions. Undefined if it is no date. */
function secondsOf(date: Date): number;
function secondsOf(date: string | undefined): number | undefined;
function secondsOf(date: Date | string | undefined): number | undefined {
  const milliseconds = date instanceof Date ? date.getTime() : Date.parse(date ?? '');
  return Number.isNaN(milliseconds) ? undefined : Math.floor(milliseconds / 1000);
}

/** @param size of the whole file, in bytes. */
function parseRange(header: string, size: number): ByteRange | 'ignored' | 'beyond' {
  const [, first, last] = /^bytes=(\d*)-(\d*)$/.exec(header.trim()) ?? [];
  if (first === undefined || last === undefined || (first === '' && last === '')) {
    return 'ignored';
  }
  if (first !== '' && last !== '' && Number(first) > Number(last)) {
    return 'ignored';
  }
  const start = first === '' ? Math.max(0, size - Number(last)) : Number(first);
  const end = first === '' || last === '' ? size - 1 : Math.min(Number(last), size - 1);
  return start > end ? 'beyond' : { start, end };
}
