import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { ByteRange } from '../../storage/storage.ts';

/** Status of the response to a request for an existing file, and the range for 206. */
export type Outcome =
  | { readonly status: 200 | 304 | 412 | 416 }
  | { readonly status: 206; readonly range: ByteRange };

interface Validators {
  /** ETag with its quotation marks. */
  readonly etag?: string;
  readonly modifiedAt: Date;
}

/** A file that preconditions and ranges refer to. */
export interface Target extends Required<Validators> {
  /** Size in bytes. */
  readonly size: number;
}

const CONDITIONS = [
  'if-match',
  'if-unmodified-since',
  'if-none-match',
  'if-modified-since',
  'range',
] as const;

/** Returns whether the response depends on the ETag, date or size of the file. */
export function isConditional(headers: IncomingHttpHeaders): boolean {
  return CONDITIONS.some((name) => headers[name] !== undefined);
}

/** Evaluates the preconditions of a request in the order of RFC 9110, section 13.2.2. Ignores multiple ranges. */
export function evaluatePreconditions(
  { method, headers }: Pick<IncomingMessage, 'method' | 'headers'>,
  file: Target,
): Outcome {
  if (!isExpected(headers, file)) {
    return { status: 412 };
  }
  if (isNotModified(headers, file)) {
    return { status: 304 };
  }
  const range = findRange({ method, headers }, file);
  if (range === 'ignored') {
    return { status: 200 };
  }
  return range === 'unsatisfiable' ? { status: 416 } : { status: 206, range };
}

/**
 * Evaluates If-Match and If-None-Match. Use it for a URL whose content can be older than before, because then a date
 * does not identify a version.
 */
export function evaluateEntityTags(
  { 'if-match': ifMatch, 'if-none-match': ifNoneMatch }: IncomingHttpHeaders,
  etag: string,
): 200 | 304 | 412 {
  if (ifMatch !== undefined && !matchesStrongly(ifMatch, etag)) {
    return 412;
  }
  return ifNoneMatch !== undefined && matchesWeakly(ifNoneMatch, etag) ? 304 : 200;
}

/**
 * Returns the range of a file that a request asks for. Returns `ignored` if the response is the whole file, and
 * `unsatisfiable` if the file does not have the range.
 * @param file can lack an entity tag if the tag is weak.
 */
export function findRange(
  { method, headers }: Pick<IncomingMessage, 'method' | 'headers'>,
  file: Validators & { readonly size: number },
): ByteRange | 'ignored' | 'unsatisfiable' {
  // Only GET has ranges: RFC 9110, section 14.2.
  return method !== 'GET' || headers.range === undefined || !matchesIfRange(headers, file)
    ? 'ignored'
    : parseRange(headers.range, file.size);
}

/** Returns whether the file fulfills If-Match, or else If-Unmodified-Since. */
function isExpected(headers: IncomingHttpHeaders, { etag, modifiedAt }: Target): boolean {
  const ifMatch = headers['if-match'];
  if (ifMatch !== undefined) {
    return matchesStrongly(ifMatch, etag);
  }
  const since = secondsOf(headers['if-unmodified-since']);
  return since === undefined || secondsOf(modifiedAt) <= since;
}

/** Returns whether the client already has the file, by If-None-Match or else If-Modified-Since. */
function isNotModified(headers: IncomingHttpHeaders, { etag, modifiedAt }: Target): boolean {
  const ifNoneMatch = headers['if-none-match'];
  if (ifNoneMatch !== undefined) {
    return matchesWeakly(ifNoneMatch, etag);
  }
  const since = secondsOf(headers['if-modified-since']);
  return since !== undefined && secondsOf(modifiedAt) <= since;
}

/**
 * Returns whether a client that has a part of the file can get the rest, by If-Range. The comparison is strong, so a
 * weak entity tag never matches: RFC 9110, section 13.1.5.
 */
function matchesIfRange(headers: IncomingHttpHeaders, { etag, modifiedAt }: Validators): boolean {
  const ifRange = headers['if-range']?.toString().trim();
  if (ifRange === undefined) {
    return true;
  }
  // A date has no quotation mark.
  return ifRange.includes('"')
    ? ifRange === etag && !ifRange.startsWith('W/')
    : secondsOf(ifRange) === secondsOf(modifiedAt);
}

/** Returns whether If-Match names an entity tag: RFC 9110, section 13.1.1. */
function matchesStrongly(ifMatch: string, etag: string): boolean {
  return ifMatch.trim() === '*' || etagsIn(ifMatch).includes(etag);
}

/** Returns whether If-None-Match names an entity tag: RFC 9110, section 13.1.2. */
function matchesWeakly(ifNoneMatch: string, etag: string): boolean {
  return (
    ifNoneMatch === etag ||
    ifNoneMatch.trim() === '*' ||
    etagsIn(ifNoneMatch).map(stripWeakPrefix).includes(stripWeakPrefix(etag))
  );
}

function etagsIn(header: string): string[] {
  return header.match(/(?:W\/)?"[^"]*"/g) ?? [];
}

/** Returns an ETag without `W/`, which proxies add when they compress a response. */
function stripWeakPrefix(etag: string): string {
  return etag.replace(/^W\//, '');
}

/** Returns whole seconds, because HTTP dates have no fractions, or undefined for an invalid date. */
function secondsOf(date: Date): number;
function secondsOf(date: string | undefined): number | undefined;
function secondsOf(date: Date | string | undefined): number | undefined {
  if (date === undefined) {
    return undefined;
  }
  const milliseconds = date instanceof Date ? date.getTime() : Date.parse(date);
  return Number.isNaN(milliseconds) ? undefined : Math.floor(milliseconds / 1000);
}

/** @param size size of the whole file in bytes. */
function parseRange(header: string, size: number): ByteRange | 'ignored' | 'unsatisfiable' {
  const [, first, last] = /^bytes=(\d*)-(\d*)$/.exec(header.trim()) ?? [];
  if (first === undefined || last === undefined || (first === '' && last === '')) {
    return 'ignored';
  }
  if (first !== '' && last !== '' && Number(first) > Number(last)) {
    return 'ignored';
  }
  const start = first === '' ? Math.max(0, size - Number(last)) : Number(first);
  const end = first === '' || last === '' ? size - 1 : Math.min(Number(last), size - 1);
  return start > end ? 'unsatisfiable' : { start, end };
}
