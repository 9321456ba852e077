import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Busboy } from '@fastify/busboy';
import { describe, expect, it } from 'vitest';
import { MalformedRequestError, RequestTooLargeError } from '../../src/multipart/errors.ts';
import { MAX_PART_HEADER_BYTES } from '../../src/multipart/part-header.ts';
import {
  type PartContent,
  type PartsHandlers,
  type PartsOptions,
  PartsParser,
} from '../../src/multipart/parts-parser.ts';
import { randomFrom } from '../support/random-from.ts';

// To run more cases: PARSER_CASES=100000 npx vitest run test/multipart/parts-parser.test.ts --testTimeout=3600000
const CASES = Number(process.env['PARSER_CASES'] ?? 400);
const SEED = Number(process.env['PARSER_SEED'] ?? 20261124);
const MAX_LARGE_BYTES = 40_000;
const CHUNK_BYTES = 64 * 1024;

/** A short boundary, so that a body has few places at which a test can split it. */
const BOUNDARY = 'b';
const END = '--b--\r\n';
const NO_LIMITS = { boundary: BOUNDARY, maxParts: 1000, maxFieldBytes: 1_000_000 };

interface Field {
  readonly name: string;
  readonly text: string;
}

/** A file. Its content is a Latin-1 string, because strings are readable and compare faster than buffers. */
interface FilePart {
  readonly name: string;
  readonly fileName: string | undefined;
  readonly mediaType: string;
  content: string;
  ended: boolean;
}

/** An event that a parser reports to its handlers. */
type ParserEvent = Field | FilePart | Error | 'end';

/** Returns handlers that record all events. */
function record(events: ParserEvent[]): PartsHandlers {
  return {
    field: ({ name }, text) => events.push({ name, text }),
    file: ({ name, fileName, mediaType }) => {
      const part: FilePart = { name, fileName, mediaType, content: '', ended: false };
      events.push(part);
      return {
        write: (bytes) => {
          part.content += bytes.toString('latin1');
          return true;
        },
        end: () => {
          part.ended = true;
        },
      };
    },
    end: () => events.push('end'),
    beginField: () => {},
    fieldGrew: () => {},
    fail: (error) => events.push(error),
  };
}

function parse(chunks: readonly (string | Buffer)[], options: Partial<PartsOptions> = {}): ParserEvent[] {
  const events: ParserEvent[] = [];
  const parser = new PartsParser({ ...NO_LIMITS, ...options }, record(events));
  for (const chunk of chunks) {
    parser.write(Buffer.from(chunk));
  }
  parser.end();
  return events;
}

/** Returns a delimiter and its part, up to the next delimiter. */
function part(lines: string, content = ''): string {
  return `--b\r\n${lines}\r\n\r\n${content}\r\n`;
}

const disposition = (name: string) => `Content-Disposition: form-data; name="${name}"`;
const field = (name: string, text: string) => part(disposition(name), text);
const file = (name: string, content: string) => part(`${disposition(name)}; filename="n"`, content);

/** Returns whether an event is a complete part. A file can begin and never end. */
function isWhole(event: ParserEvent): boolean {
  return typeof event === 'object' && !(event instanceof Error) && (!('ended' in event) || event.ended);
}

const fieldEvent = (name: string, text: string): Field => ({ name, text });
const fileEvent = (name: string, content: string, ended = true): FilePart => ({
  name,
  fileName: 'n',
  mediaType: 'application/octet-stream',
  content,
  ended,
});

/** Splits a body into pieces of this many bytes. */
function splitInto(body: Buffer, bytes: number): Buffer[] {
  return Array.from({ length: Math.ceil(body.length / bytes) }, (_, index) =>
    body.subarray(index * bytes, (index + 1) * bytes),
  );
}

/** Yields a body whole, split in two at every place, and in pieces of every size. The parts must always be the same. */
function* everySplit(body: Buffer): Iterable<{ how: string; chunks: Buffer[] }> {
  yield { how: 'whole', chunks: [body] };
  for (let at = 1; at < body.length; at += 1) {
    yield { how: `in two at ${at}`, chunks: [body.subarray(0, at), body.subarray(at)] };
    yield { how: `in pieces of ${at}`, chunks: splitInto(body, at) };
  }
}

/** A body with everything that can mislead a parser. Each string except the first begins with a delimiter. */
const COMPACT = [
  'preamble --b\r\n\r--b\r\n--\r\n',
  '--b \t\r\nContent-Disposition: form-data; name="t"\r\n\r\n\r\nt\r\n-\r\n--\r\r\n',
  '--b\r\nContent-Disposition: form-data; name="f"; filename="ü"\r\nContent-Type: image/png\r\n\r\n--\r\n-b\n--b\r\r\n\r\n\r\n',
  '--b\r\nContent-Disposition: form-data; name="e"; filename="n"\r\n\r\n\r\n',
  // The last line break of this header is also the line break before the delimiter.
  '--b\t\r\nContent-Disposition: form-data; name="n"; filename="n"\r\n\r\n',
  '--b\r\nContent-Disposition: form-data; name="c"; filename="n"\r\n\r\n\r\r\n',
  '--b-- \r\n\r\n--b\r\nepilogue',
] as const;
const COMPACT_BODY = Buffer.from(COMPACT.join(''));
const COMPACT_PARTS: readonly ParserEvent[] = [
  fieldEvent('t', '\r\nt\r\n-\r\n--\r'),
  {
    name: 'f',
    fileName: 'ü',
    mediaType: 'image/png',
    content: '--\r\n-b\n--b\r\r\n\r\n',
    ended: true,
  },
  fileEvent('e', ''),
  fileEvent('n', ''),
  fileEvent('c', '\r'),
  'end',
];

describe('The parts of a body', () => {
  it('are the same wherever it is split', () => {
    for (const { how, chunks } of everySplit(COMPACT_BODY)) {
      expect(parse(chunks), how).toEqual(COMPACT_PARTS);
    }
  });

  it('are complete only if the delimiter line after them is complete, wherever the body is truncated', () => {
    let at = 0;
    const wholeAt = COMPACT.map((segment) => {
      const line = segment.startsWith('--b--') ? '--b--' : segment.slice(0, segment.indexOf('\r\n') + 2);
      const end = at + line.length;
      at += Buffer.byteLength(segment);
      return end;
    }).slice(2);
    const complete = wholeAt.at(-1) as number;
    // With half of a line break after it, the last delimiter no longer ends the body.
    const halfBreak = complete + ' \r'.length;
    for (let length = 0; length <= COMPACT_BODY.length; length += 1) {
      const body = COMPACT_BODY.subarray(0, length);
      for (const chunks of [[body], splitInto(body, 1)]) {
        const events = parse(chunks);
        const last = events.pop();
        const isComplete = length >= complete && length !== halfBreak;
        if (isComplete) {
          expect(last, `truncated at ${length}`).toBe('end');
        } else {
          expect(last, `truncated at ${length}`).toBeInstanceOf(MalformedRequestError);
        }
        const whole = events.filter(isWhole);
        expect(whole, `truncated at ${length}`).toEqual(
          COMPACT_PARTS.slice(
            0,
            wholeAt.filter((end) => end <= length).length - (length === halfBreak ? 1 : 0),
          ),
        );
      }
    }
  });

  it('may be empty, with or without a separate line break', () => {
    expect(parse([`${file('a', '')}${END}`])).toEqual([fileEvent('a', ''), 'end']);
    expect(parse([`${file('a', '').slice(0, -2)}${END}`])).toEqual([fileEvent('a', ''), 'end']);
    expect(parse([`${field('a', '').slice(0, -2)}${field('b', '')}${END}`])).toEqual([
      fieldEvent('a', ''),
      fieldEvent('b', ''),
      'end',
    ]);
  });

  it.each([
    ['nothing', ''],
    ['a space', ' '],
    ['many spaces and tabs', ' \t'.repeat(100)],
  ])('are read with %s after the delimiters', (_what, padding) => {
    const body = Buffer.from(
      `--b${padding}${field('a', 'x').slice(3)}--b${padding}${file('b', 'y').slice(3)}--b--${padding}\r\n`,
    );
    for (const { how, chunks } of everySplit(body)) {
      expect(parse(chunks), how).toEqual([fieldEvent('a', 'x'), fileEvent('b', 'y'), 'end']);
    }
  });

  it.each([
    ...['x', '-', '-x', ' x', '\t--', ' --', '\n', '\r', '\0', ':'].map((suffix) => `${suffix}\r\n`),
    ...['', '\n', ' \n', 'x\n', '\n\n', '\r', '\r\r', '\rx'],
  ])('are rejected with %j after a delimiter, and the part before it does not end', (suffix) => {
    const first = Buffer.from(`--b${suffix}${file('a', 'x').slice(5)}${END}`);
    const second = Buffer.from(`${file('a', 'x')}--b${suffix}${file('b', 'y').slice(5)}${END}`);
    for (const { how, chunks } of everySplit(first)) {
      expect(parse(chunks), how).toEqual([expect.any(MalformedRequestError)]);
    }
    for (const { how, chunks } of everySplit(second)) {
      expect(parse(chunks), how).toEqual([fileEvent('a', 'x', false), expect.any(MalformedRequestError)]);
    }
  });

  it.each([
    ['nothing', '', ''],
    ['a line break', '\r\n', '\r\n'],
    ['text', 'This is a multipart message.\r\n', 'An epilogue.\r\n'],
    ['a delimiter that does not begin its line', 'x--b\r\n --b\r\n\r--b\r\n\n--b\r\n', '\r\nx--b\r\n'],
    ['the beginnings of delimiters', '--\r\n\r\n-\r\n--\r\n', '\r\n--'],
    ['parts after the last delimiter', '', `\r\n${field('x', 'x')}${END}`],
  ])('are all that the parser reports with %s around them', (_what, preamble, epilogue) => {
    const body = Buffer.from(`${preamble}${field('a', 'x')}${END}${epilogue}`);
    for (const { how, chunks } of everySplit(body)) {
      expect(parse(chunks), how).toEqual([fieldEvent('a', 'x'), 'end']);
    }
  });

  it.each(['', ' \t', '\r\n', ' \r\n', '\t\r\n\r\nx'])(
    'are all that the parser reports with %j after the last delimiter',
    (suffix) => {
      const body = Buffer.from(`${file('a', 'x')}--b--${suffix}`);
      for (const { how, chunks } of everySplit(body)) {
        expect(parse(chunks), how).toEqual([fileEvent('a', 'x'), 'end']);
      }
    },
  );

  it.each(['\r', '\n', '-', 'x', ' x', '\r\r\n', 'x\r\n', '--\r\n', '\n\n', ' \r', ' -- '])(
    'are rejected with %j after the last delimiter, and the last part does not end',
    (suffix) => {
      const body = Buffer.from(`${file('a', 'x')}--b--${suffix}`);
      for (const { how, chunks } of everySplit(body)) {
        expect(parse(chunks), how).toEqual([fileEvent('a', 'x', false), expect.any(MalformedRequestError)]);
      }
    },
  );

  it('may be missing if the body contains the last delimiter', () => {
    expect(parse([END])).toEqual(['end']);
    expect(parse([`preamble\r\n${END}`])).toEqual(['end']);
  });

  it.each(['', '-', '--', '--x', 'preamble', '--\r\nb--', `-${END}`, `\n${END}`, `\r${END}`])(
    'cannot be found in %j',
    (body) => {
      expect(parse([body])).toEqual([expect.any(MalformedRequestError)]);
    },
  );

  it.each([
    ['another part follows', `--b\r\n${disposition('x')}\r\n${file('b', 'y')}${END}`],
    ['another part follows immediately', `--b\r\n${file('b', 'y')}${END}`],
    ['a delimiter begins a later line', `--b\r\n${disposition('x')}\r\n--b: x\r\n\r\n${END}`],
    ['a delimiter begins the first line', `--b\r\n--b: x\r\n${disposition('x')}\r\n\r\n${END}`],
    ['the body ends', `--b\r\n${disposition('x')}\r\n${END}\r\n\r\n`],
  ])('are rejected if %s within a header', (_what, rest) => {
    const body = Buffer.from(`${file('a', 'x')}${rest}`);
    for (const { how, chunks } of everySplit(body)) {
      expect(parse(chunks), how).toEqual([fileEvent('a', 'x'), expect.any(MalformedRequestError)]);
    }
  });

  it('are rejected as soon as it is certain that a part has no header', () => {
    const begin = Buffer.from('--b\r\n\r\n');
    for (const chunks of [[begin], splitInto(begin, 1)]) {
      const events: ParserEvent[] = [];
      const parser = new PartsParser(NO_LIMITS, record(events));
      for (const chunk of chunks) {
        parser.write(chunk);
      }
      expect(events).toEqual([expect.any(MalformedRequestError)]);
    }
  });

  // Collecting 64 MB chunk by chunk would take far longer than the timeout.
  it.each([
    ['before them', '', 0],
    // The last bytes of a chunk may be the beginning of a delimiter.
    ['in them', file('a', '').slice(0, -2), 1000 * CHUNK_BYTES - '\r\n-'.length],
    ['after them', END, 0],
  ])('are read without buffering the bytes %s', { timeout: 5_000 }, (_where, begin, expected) => {
    let bytes = 0;
    const content: PartContent = {
      write: (piece) => {
        bytes += piece.length;
        return true;
      },
      end: () => {},
    };
    const parser = new PartsParser(NO_LIMITS, { ...record([]), file: () => content });
    parser.write(Buffer.from(begin));
    const chunk = Buffer.alloc(CHUNK_BYTES, 'x\r\n-');
    for (let count = 0; count < 1000; count += 1) {
      parser.write(chunk);
    }
    expect(bytes).toBe(expected);
  });

  it('are decoded with the charset of an earlier _charset_ field unless they name another', () => {
    const latin1 = Buffer.from(`${field('_charset_', 'iso-8859-1')}${field('a', 'é')}${END}`, 'latin1');
    expect(parse([latin1])).toEqual([fieldEvent('_charset_', 'iso-8859-1'), fieldEvent('a', 'é'), 'end']);
    const own = `${disposition('a')}\r\nContent-Type: text/plain; charset=utf-8`;
    expect(parse([`${field('_charset_', 'iso-8859-1')}${part(own, 'é')}${END}`])).toEqual([
      fieldEvent('_charset_', 'iso-8859-1'),
      fieldEvent('a', 'é'),
      'end',
    ]);
  });

  it.each([
    ['an empty _charset_ field', field('_charset_', ''), ''],
    ['an empty charset', '', '; charset=""'],
  ])('are decoded as UTF-8 with %s', (_what, before, parameters) => {
    const header = `${disposition('a')}\r\nContent-Type: text/plain${parameters}`;
    expect(parse([`${before}${part(header, 'é')}${END}`]).at(-2)).toEqual(fieldEvent('a', 'é'));
  });

  it.each(['', ' ', ' ; charset=utf-8'])('are text if their Content-Type is empty: "%s"', (contentType) => {
    const header = `${disposition('a')}\r\nContent-Type:${contentType}`;
    expect(parse([`${part(header, 'é')}${END}`])).toEqual([fieldEvent('a', 'é'), 'end']);
    const named = `${disposition('a')}; filename="n"\r\nContent-Type:${contentType}`;
    expect(parse([`${part(named, 'x')}${END}`])).toEqual([fileEvent('a', 'x'), 'end']);
  });

  it.each([
    '; filename="blob"\r\nContent-Type: application/json',
    '; filename="o.json"\r\nContent-Type: application/octet-stream',
    '; filename=""',
    '\r\nContent-Type: application/octet-stream',
    '\r\nContent-Type: image/png; charset=iso-8859-1',
  ])('are text fields whatever their header says, if the options name them: %j', (header) => {
    const body = `${part(`${disposition('a')}${header}`, 'é')}${END}`;
    expect(parse([body], { fieldNames: new Set(['a']) })).toEqual([fieldEvent('a', 'é'), 'end']);
    expect(parse([body], { fieldNames: new Set(['b']) })).toEqual([
      expect.objectContaining({ ended: true }),
      'end',
    ]);
  });

  it('have names in which the escapes of browsers are decoded', () => {
    const header = 'Content-Disposition: form-data; name="a%22b"; filename="say %22hi%22%0D%0A100%25.png"';
    expect(parse([`${part(header, 'x')}${END}`])).toEqual([
      { ...fileEvent('a"b', 'x'), fileName: 'say "hi"\r\n100%25.png' },
      'end',
    ]);
  });

  it('are decoded with the charset that they name', () => {
    const latin1 = Buffer.from(
      part(`${disposition('a')}\r\nContent-Type: text/plain; charset=iso-8859-1`, 'é') + END,
      'latin1',
    );
    expect(parse([latin1])).toEqual([fieldEvent('a', 'é'), 'end']);
    const noText = Buffer.from(`${field('a', 'é')}${END}`, 'latin1');
    expect(parse([noText])).toEqual([expect.any(MalformedRequestError)]);
  });
});

describe('A limit', () => {
  /** Returns a body with a part whose header has this many bytes. */
  function withHeaderOf(bytes: number): Buffer {
    const lines = `${disposition('a')}; filename="n"\r\nX-Long: `;
    return Buffer.from(`${part(`${lines}${'x'.repeat(bytes - lines.length)}`, 'hello')}${END}`);
  }

  /** Yields a body split around the end of its header, where it matters, as well as whole and in single bytes. */
  function* splitsAroundHeaderEnd(body: Buffer): Iterable<Buffer[]> {
    const from = MAX_PART_HEADER_BYTES - 10;
    for (let at = from; at < from + 40; at += 1) {
      yield [body.subarray(0, at), body.subarray(at)];
    }
    yield [body];
    yield splitInto(body, 1);
  }

  it('accepts a header of exactly the maximum size, wherever it is split', () => {
    for (const chunks of splitsAroundHeaderEnd(withHeaderOf(MAX_PART_HEADER_BYTES))) {
      expect(parse(chunks)).toEqual([fileEvent('a', 'hello'), 'end']);
    }
  });

  it('rejects a header of one more byte, wherever it is split', () => {
    for (const chunks of splitsAroundHeaderEnd(withHeaderOf(MAX_PART_HEADER_BYTES + 1))) {
      expect(parse(chunks)).toEqual([expect.any(RequestTooLargeError)]);
    }
  });

  it('rejects a header that is too large before it ends', () => {
    const events: ParserEvent[] = [];
    const parser = new PartsParser(NO_LIMITS, record(events));
    parser.write(Buffer.from(`--b\r\n${'x'.repeat(MAX_PART_HEADER_BYTES + 3)}`));
    expect(events).toEqual([]);
    parser.write(Buffer.from('x'));
    expect(events).toEqual([expect.any(RequestTooLargeError)]);
  });

  it('accepts exactly the maximum number of parts and rejects one more', () => {
    const body = [field('a', 'x'), file('b', 'y'), field('c', 'z')].join('');
    const events = [fieldEvent('a', 'x'), fileEvent('b', 'y'), fieldEvent('c', 'z')];
    expect(parse([`${body}${END}`], { maxParts: 3 })).toEqual([...events, 'end']);
    for (const more of [field('d', ''), file('d', '')]) {
      expect(parse([`${body}${more}${END}`], { maxParts: 3 })).toEqual([
        ...events,
        expect.any(RequestTooLargeError),
      ]);
    }
  });

  it('accepts a field of exactly the maximum size and rejects one more byte, however the body is split', () => {
    const exactly = Buffer.from(`${field('a', '12345')}${field('b', 'ü345')}${END}`);
    for (const { how, chunks } of everySplit(exactly)) {
      expect(parse(chunks, { maxFieldBytes: 5 }), how).toEqual([
        fieldEvent('a', '12345'),
        fieldEvent('b', 'ü345'),
        'end',
      ]);
    }
    const more = Buffer.from(`${field('a', '12345')}${field('b', 'ü3456')}${END}`);
    for (const { how, chunks } of everySplit(more)) {
      expect(parse(chunks, { maxFieldBytes: 5 }), how).toEqual([
        fieldEvent('a', '12345'),
        expect.any(RequestTooLargeError),
      ]);
    }
  });

  it('of a field applies to a file that is a field by its name', () => {
    const [error, ...others] = parse([`${file('a', 'x'.repeat(100))}${END}`], {
      maxFieldBytes: 50,
      fieldNames: new Set(['a']),
    });
    expect(error).toBeInstanceOf(RequestTooLargeError);
    expect((error as Error).message).toContain('send it under another name');
    expect(others).toEqual([]);
  });

  it('of a field does not apply to a file', () => {
    expect(parse([`${file('a', '123456')}${END}`], { maxFieldBytes: 5 })).toEqual([
      fileEvent('a', '123456'),
      'end',
    ]);
  });
});

describe('A failure', () => {
  const WELL_FORMED = `${file('w', 'well')}${END}`;

  it.each([
    ['a malformed part', `--b\r\nX\r\n\r\n${WELL_FORMED}`, MalformedRequestError],
    ['a field that is too large', `${field('a', '123456')}${WELL_FORMED}`, RequestTooLargeError],
    ['an invalid delimiter', `--bx\r\n${WELL_FORMED}`, MalformedRequestError],
  ])('is the last event: %s', (_what, broken, expected) => {
    const events: ParserEvent[] = [];
    const parser = new PartsParser({ ...NO_LIMITS, maxFieldBytes: 5 }, record(events));
    // Every write returns true, so that the rest of the body is drained.
    expect(
      [broken, WELL_FORMED, `\r\n${WELL_FORMED}`, 'x'].map((chunk) => parser.write(Buffer.from(chunk))),
    ).toEqual([true, true, true, true]);
    parser.end();
    parser.end();
    expect(events).toEqual([expect.any(expected)]);
  });

  it('at the end of a truncated body is reported once', () => {
    const events: ParserEvent[] = [];
    const parser = new PartsParser(NO_LIMITS, record(events));
    parser.write(Buffer.from(file('a', 'half')));
    parser.end();
    parser.end();
    parser.write(Buffer.from(END));
    expect(events).toEqual([fileEvent('a', 'half', false), expect.any(MalformedRequestError)]);
  });

  const failure = new Error('The handler failed.');
  const fails = () => {
    throw failure;
  };
  it.each<[string, Partial<PartsHandlers>]>([
    ['a field', { field: fails }],
    ['a file', { file: fails }],
    ["a file's content", { file: () => ({ write: fails, end: () => {} }) }],
    ["a file's end", { file: () => ({ write: () => true, end: fails }) }],
    ['the end', { end: fails }],
  ])('of the handler of %s is reported like a failure of the parser', (_what, handlers) => {
    const events: ParserEvent[] = [];
    const parser = new PartsParser(NO_LIMITS, { ...record(events), ...handlers });
    parser.write(Buffer.from(`${field('a', 'x')}${file('b', 'y')}${END}`));
    parser.end();
    expect(events.filter((event) => event instanceof Error)).toEqual([failure]);
    expect(events.at(-1)).toBe(failure);
    const before = [...events];
    parser.write(Buffer.from(`\r\n${field('a', 'x')}`));
    parser.end();
    expect(events).toEqual(before);
  });
});

describe('The content of a file', () => {
  /** Returns the `write` of a parser. Each write to a file returns the result given for the file's name. */
  function writerWith(results: Readonly<Record<string, boolean>>) {
    const files = ({ name }: { name: string }): PartContent => ({
      write: () => results[name] ?? true,
      end: () => {},
    });
    const parser = new PartsParser(NO_LIMITS, { ...record([]), file: files });
    return (chunk: string) => parser.write(Buffer.from(chunk));
  }

  it('makes the sender pause and resume', () => {
    const results = { a: false };
    const write = writerWith(results);
    expect(write(file('a', 'x').slice(0, -2))).toBe(false);
    expect(write('more')).toBe(false);
    results.a = true;
    expect(write('more')).toBe(true);
  });

  it('does not make the sender pause for a chunk that contains none of it', () => {
    const write = writerWith({ a: false });
    expect(write(file('a', 'x').slice(0, -2))).toBe(false);
    // The sender would pause forever, because a reader that received nothing never asks for more.
    expect(write('\r\n')).toBe(true);
    expect(write('-')).toBe(true);
    expect(write('x')).toBe(false);
  });

  it('does not make the sender pause before it has begun', () => {
    const write = writerWith({ a: false });
    expect(write(file('a', '').slice(0, -2))).toBe(true);
    expect(write('\r\n-')).toBe(true);
    expect(write('x')).toBe(false);
  });

  it('does not make the sender pause after its part has ended', () => {
    const write = writerWith({ a: false });
    expect(write(file('a', 'x').slice(0, -2))).toBe(false);
    expect(write(`\r\n${field('b', 'y')}`)).toBe(true);
    const last = writerWith({ a: false });
    expect(last(`${file('a', 'x')}${END}`)).toBe(true);
  });

  it('makes the sender pause until its end is certain', () => {
    const write = writerWith({ a: false });
    expect(write(`${file('a', 'x')}--b `)).toBe(false);
    expect(write('\r\n')).toBe(true);
  });

  it('makes the sender pause only if it is the last of several in a chunk', () => {
    const last = file('c', 'z').slice(0, -2);
    expect(writerWith({ a: false, b: false })(`${file('a', 'x')}${file('b', 'y')}${last}`)).toBe(true);
    expect(writerWith({ c: false })(`${file('a', 'x')}${file('b', 'y')}${last}`)).toBe(false);
  });

  it('is discarded if the handler does not take it', () => {
    const events: ParserEvent[] = [];
    const parser = new PartsParser(NO_LIMITS, { ...record(events), file: () => undefined });
    expect(parser.write(Buffer.from(`${file('a', 'x').slice(0, -2)}`))).toBe(true);
    expect(parser.write(Buffer.from(`more\r\n${field('b', 'y')}${END}`))).toBe(true);
    parser.end();
    expect(events).toEqual([fieldEvent('b', 'y'), 'end']);
  });

  it('is passed on without copies, as slices of the chunks', () => {
    const taken: Buffer[] = [];
    const content = { write: (bytes: Buffer) => taken.push(bytes) > 0, end: () => {} };
    const parser = new PartsParser(NO_LIMITS, { ...record([]), file: () => content });
    const head = file('a', '').slice(0, -2);
    const chunks = [`${head}first`, 'second', `third\r\n${head}fourth`].map(inSeparateMemory);
    for (const chunk of chunks) {
      parser.write(chunk);
    }
    expect(taken.map(String)).toEqual(['first', 'second', 'third', 'fourth']);
    const [first, second, third] = chunks;
    const sources = [first, second, third, third];
    expect(taken.map(({ buffer }, index) => buffer === sources[index]?.buffer)).toEqual([
      true,
      true,
      true,
      true,
    ]);
  });
});

/** Returns a buffer outside of Node's pool, in which unrelated buffers share memory. */
function inSeparateMemory(text: string): Buffer {
  const bytes = Buffer.alloc(text.length);
  bytes.write(text);
  return bytes;
}

/** Some of the characters that RFC 2046 allows everywhere in a boundary. Spaces are allowed except at its end. */
const BOUNDARY_CHARACTERS = "0123456789abcXYZ'()+_,-./:=?";

interface RandomBody {
  readonly boundary: string;
  readonly chunks: readonly Buffer[];
  readonly parts: readonly (Field | FilePart)[];
}

/** Returns a well-formed body with many sequences that resemble its delimiters. */
function makeBody(seed: number): RandomBody {
  const random = randomFrom(seed);
  const below = (limit: number) => Math.floor(random() * limit);
  const pick = <Item>(items: readonly Item[]) => items[below(items.length)] as Item;
  const boundary = makeBoundary();
  const delimiter = `\r\n--${boundary}`;
  const parts = Array.from({ length: 1 + below(6) }, makePart);
  const segments = parts.map((made) =>
    Buffer.concat([
      Buffer.from(`--${boundary}\r\n${headerOf(made)}\r\n\r\n`),
      'text' in made ? Buffer.from(made.text) : Buffer.from(made.content, 'latin1'),
      Buffer.from('\r\n'),
    ]),
  );
  const preamble = random() < 0.3 ? `${makeContent(textPieces(), 3)}\r\n` : '';
  const epilogue = random() < 0.5 ? `${pick(['', ' \t'])}\r\n${makeContent(textPieces(), 3)}` : '';
  const body = Buffer.concat([Buffer.from(preamble), ...segments, Buffer.from(`--${boundary}--${epilogue}`)]);
  return { boundary, chunks: cutAtRandom(body), parts };

  function makeBoundary(): string {
    if (random() < 0.2) {
      return pick(['-', '--', '----', '--b', 'b', '-b-', 'a b', '----WebKitFormBoundaryX3bY6RbW']);
    }
    return Array.from({ length: 1 + below(70) }, () => pick([...BOUNDARY_CHARACTERS])).join('');
  }

  function textPieces(): readonly (() => string)[] {
    return [
      () => pick(['\r', '\n', '\r\n', '\r\n\r\n', '-', '--', '\r\n--', ' ', '\t', '\0', 'a', 'ü', '你好']),
      () => delimiter.slice(0, below(delimiter.length)),
      () => delimiter.slice(2, below(delimiter.length)),
      () => `x--${boundary}${pick(['', '\r\n', '--', ' \r\n'])}`,
      () => 'x'.repeat(below(50)),
    ];
  }

  function bytePieces(): readonly (() => string)[] {
    return [
      ...textPieces().map((make) => () => Buffer.from(make()).toString('latin1')),
      () => Array.from({ length: below(60) }, () => String.fromCharCode(below(256))).join(''),
      () => (random() < 0.1 ? pick(['\r', '-', '\0', 'x']).repeat(below(MAX_LARGE_BYTES)) : ''),
    ];
  }

  /** Returns content without a delimiter at the beginning of a line, the only sequence that it cannot contain. */
  function makeContent(pieces: readonly (() => string)[], maxPieces = 40): string {
    for (;;) {
      const content = Array.from({ length: below(maxPieces) }, () => pick(pieces)()).join('');
      if (!`\r\n${content}`.includes(delimiter)) {
        return content;
      }
    }
  }

  function makePart(_: unknown, index: number): Field | FilePart {
    const name = `part ${index}`;
    const empty = random() < 0.1;
    if (random() < 0.4) {
      return { name, text: empty ? '' : makeContent(textPieces()) };
    }
    const content = empty ? '' : makeContent(bytePieces());
    return {
      name,
      fileName: pick(['a.png', 'ü.txt', 'a b']),
      mediaType: pick(['image/png', 'text/plain', 'application/octet-stream']),
      content,
      ended: true,
    };
  }

  function cutAtRandom(whole: Buffer): Buffer[] {
    const largest = pick([1, 3, 10, 100, 1000, 70_000]);
    const chunks: Buffer[] = [];
    for (let from = 0; from < whole.length; ) {
      // Tiny pieces of a large body are slow and show no more than tiny pieces of a small body.
      const bytes = 1 + below(whole.length > 10_000 ? Math.max(largest, 100) : largest);
      chunks.push(whole.subarray(from, from + bytes));
      from += bytes;
    }
    return chunks;
  }
}

function headerOf(made: Field | FilePart): string {
  return 'text' in made
    ? disposition(made.name)
    : `${disposition(made.name)}; filename="${made.fileName}"\r\nContent-Type: ${made.mediaType}`;
}

/** Returns the parts of a body in the order in which busboy reports them. */
async function parseByBusboy({ boundary, chunks }: RandomBody): Promise<(Field | FilePart)[]> {
  const events: (Field | FilePart)[] = [];
  const busboy = new Busboy({
    headers: { 'content-type': `multipart/form-data; boundary="${boundary}"` },
    limits: { fieldSize: Number.POSITIVE_INFINITY },
  });
  busboy.on('field', (name, text) => events.push({ name, text }));
  busboy.on('file', (name, stream, fileName, _encoding, mediaType) => {
    const filePart: FilePart = { name, fileName, mediaType, content: '', ended: false };
    events.push(filePart);
    stream.setEncoding('latin1');
    stream.on('data', (bytes: string) => {
      filePart.content += bytes;
    });
    stream.on('end', () => {
      filePart.ended = true;
    });
  });
  await pipeline(Readable.from(chunks), busboy);
  return events;
}

describe('The parser and busboy', () => {
  it(`read the same parts from ${CASES} random bodies`, async () => {
    for (let seed = SEED; seed < SEED + CASES; seed += 1) {
      const body = makeBody(seed);
      const how = `PARSER_SEED=${seed} PARSER_CASES=1`;
      expect(parse(body.chunks, { boundary: body.boundary }), how).toEqual([...body.parts, 'end']);
      expect(await parseByBusboy(body), how).toEqual(body.parts);
    }
  });
});
