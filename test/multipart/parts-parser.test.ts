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

// More of them: PARSER_CASES=100000 npx vitest run test/multipart/parts-parser.test.ts --testTimeout=3600000
const CASES = Number(process.env['PARSER_CASES'] ?? 400);
const SEED = Number(process.env['PARSER_SEED'] ?? 20261124);
const MAX_LARGE_BYTES = 40_000;
const CHUNK_BYTES = 64 * 1024;

/** Short, so that there are few places to cut a body at. */
const BOUNDARY = 'b';
const END = '--b--\r\n';
const NO_LIMITS = { boundary: BOUNDARY, maxParts: 1000, maxFieldBytes: 1_000_000 };

interface Field {
  readonly name: string;
  readonly text: string;
}

/** Bytes are characters of Latin-1 here: two strings compare faster than two buffers, and can be read. */
interface FilePart {
  readonly name: string;
  readonly fileName: string | undefined;
  readonly mediaType: string;
  content: string;
  ended: boolean;
}

/** What a parser tells, in its order. */
type Told = Field | FilePart | Error | 'end';

/** Handlers that keep what they are told. */
function record(told: Told[]): PartsHandlers {
  return {
    field: ({ name }, text) => told.push({ name, text }),
    file: ({ name, fileName, mediaType }) => {
      const part: FilePart = { name, fileName, mediaType, content: '', ended: false };
      told.push(part);
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
    end: () => told.push('end'),
    beginField: () => {},
    fieldGrew: () => {},
    fail: (error) => told.push(error),
  };
}

function parse(chunks: readonly (string | Buffer)[], options: Partial<PartsOptions> = {}): Told[] {
  const told: Told[] = [];
  const parser = new PartsParser({ ...NO_LIMITS, ...options }, record(told));
  for (const chunk of chunks) {
    parser.write(Buffer.from(chunk));
  }
  parser.end();
  return told;
}

/** A delimiter, and the part behind it up to the next one. */
function part(lines: string, content = ''): string {
  return `--b\r\n${lines}\r\n\r\n${content}\r\n`;
}

const disposition = (name: string) => `Content-Disposition: form-data; name="${name}"`;
const field = (name: string, text: string) => part(disposition(name), text);
const file = (name: string, content: string) => part(`${disposition(name)}; filename="n"`, content);

/** A file that has begun may never end. */
function isWhole(told: Told): boolean {
  return typeof told === 'object' && !(told instanceof Error) && (!('ended' in told) || told.ended);
}

const toldField = (name: string, text: string): Field => ({ name, text });
const toldFile = (name: string, content: string, ended = true): FilePart => ({
  name,
  fileName: 'n',
  mediaType: 'application/octet-stream',
  content,
  ended,
});

/** The body in pieces of so many bytes. */
function cutInto(body: Buffer, bytes: number): Buffer[] {
  return Array.from({ length: Math.ceil(body.length / bytes) }, (_, index) =>
    body.subarray(index * bytes, (index + 1) * bytes),
  );
}

/** Whole, in two at every place, in pieces of one size, which is every size: what must make no difference. */
function* everyCut(body: Buffer): Iterable<{ how: string; chunks: Buffer[] }> {
  yield { how: 'whole', chunks: [body] };
  for (let at = 1; at < body.length; at += 1) {
    yield { how: `in two at ${at}`, chunks: [body.subarray(0, at), body.subarray(at)] };
    yield { how: `in pieces of ${at}`, chunks: cutInto(body, at) };
  }
}

/** One body with all that a parser can be led astray by. Each string but the first begins with a delimiter. */
const COMPACT = [
  'preamble --b\r\n\r--b\r\n--\r\n',
  '--b \t\r\nContent-Disposition: form-data; name="t"\r\n\r\n\r\nt\r\n-\r\n--\r\r\n',
  '--b\r\nContent-Disposition: form-data; name="f"; filename="ü"\r\nContent-Type: image/png\r\n\r\n--\r\n-b\n--b\r\r\n\r\n\r\n',
  '--b\r\nContent-Disposition: form-data; name="e"; filename="n"\r\n\r\n\r\n',
  // The last line break of its header is the one before the delimiter.
  '--b\t\r\nContent-Disposition: form-data; name="n"; filename="n"\r\n\r\n',
  '--b\r\nContent-Disposition: form-data; name="c"; filename="n"\r\n\r\n\r\r\n',
  '--b-- \r\n\r\n--b\r\nepilogue',
] as const;
const COMPACT_BODY = Buffer.from(COMPACT.join(''));
const COMPACT_PARTS: readonly Told[] = [
  toldField('t', '\r\nt\r\n-\r\n--\r'),
  {
    name: 'f',
    fileName: 'ü',
    mediaType: 'image/png',
    content: '--\r\n-b\n--b\r\r\n\r\n',
    ended: true,
  },
  toldFile('e', ''),
  toldFile('n', ''),
  toldFile('c', '\r'),
  'end',
];

describe('The parts of a body', () => {
  it('are the same wherever it is cut', () => {
    for (const { how, chunks } of everyCut(COMPACT_BODY)) {
      expect(parse(chunks), how).toEqual(COMPACT_PARTS);
    }
  });

  it('are not whole before the line behind them is, wherever the body breaks off', () => {
    let at = 0;
    const wholeAt = COMPACT.map((segment) => {
      const line = segment.startsWith('--b--') ? '--b--' : segment.slice(0, segment.indexOf('\r\n') + 2);
      const end = at + line.length;
      at += Buffer.byteLength(segment);
      return end;
    }).slice(2);
    const complete = wholeAt.at(-1) as number;
    // With half of the line break behind it, what could be the end of the body is none again.
    const halfBreak = complete + ' \r'.length;
    for (let length = 0; length <= COMPACT_BODY.length; length += 1) {
      const body = COMPACT_BODY.subarray(0, length);
      for (const chunks of [[body], cutInto(body, 1)]) {
        const told = parse(chunks);
        const last = told.pop();
        const isComplete = length >= complete && length !== halfBreak;
        if (isComplete) {
          expect(last, `broken off at ${length}`).toBe('end');
        } else {
          expect(last, `broken off at ${length}`).toBeInstanceOf(MalformedRequestError);
        }
        const whole = told.filter(isWhole);
        expect(whole, `broken off at ${length}`).toEqual(
          COMPACT_PARTS.slice(
            0,
            wholeAt.filter((end) => end <= length).length - (length === halfBreak ? 1 : 0),
          ),
        );
      }
    }
  });

  it('may have no content, with a line break of their own and without', () => {
    expect(parse([`${file('a', '')}${END}`])).toEqual([toldFile('a', ''), 'end']);
    expect(parse([`${file('a', '').slice(0, -2)}${END}`])).toEqual([toldFile('a', ''), 'end']);
    expect(parse([`${field('a', '').slice(0, -2)}${field('b', '')}${END}`])).toEqual([
      toldField('a', ''),
      toldField('b', ''),
      'end',
    ]);
  });

  it.each([
    ['nothing', ''],
    ['a blank', ' '],
    ['many blanks and tabs', ' \t'.repeat(100)],
  ])('are told with %s behind the delimiters', (_what, padding) => {
    const body = Buffer.from(
      `--b${padding}${field('a', 'x').slice(3)}--b${padding}${file('b', 'y').slice(3)}--b--${padding}\r\n`,
    );
    for (const { how, chunks } of everyCut(body)) {
      expect(parse(chunks), how).toEqual([toldField('a', 'x'), toldFile('b', 'y'), 'end']);
    }
  });

  it.each([
    ...['x', '-', '-x', ' x', '\t--', ' --', '\n', '\r', '\0', ':'].map((behind) => `${behind}\r\n`),
    ...['', '\n', ' \n', 'x\n', '\n\n', '\r', '\r\r', '\rx'],
  ])('are refused with %j behind a delimiter, and the one before it does not end', (behind) => {
    const first = Buffer.from(`--b${behind}${file('a', 'x').slice(5)}${END}`);
    const second = Buffer.from(`${file('a', 'x')}--b${behind}${file('b', 'y').slice(5)}${END}`);
    for (const { how, chunks } of everyCut(first)) {
      expect(parse(chunks), how).toEqual([expect.any(MalformedRequestError)]);
    }
    for (const { how, chunks } of everyCut(second)) {
      expect(parse(chunks), how).toEqual([toldFile('a', 'x', false), expect.any(MalformedRequestError)]);
    }
  });

  it.each([
    ['nothing', '', ''],
    ['a line break', '\r\n', '\r\n'],
    ['text', 'This is a multipart message.\r\n', 'An epilogue.\r\n'],
    ['a delimiter that does not begin its line', 'x--b\r\n --b\r\n\r--b\r\n\n--b\r\n', '\r\nx--b\r\n'],
    ['the beginnings of delimiters', '--\r\n\r\n-\r\n--\r\n', '\r\n--'],
    ['parts behind the last delimiter', '', `\r\n${field('x', 'x')}${END}`],
  ])('are told alone, with %s around them', (_what, preamble, epilogue) => {
    const body = Buffer.from(`${preamble}${field('a', 'x')}${END}${epilogue}`);
    for (const { how, chunks } of everyCut(body)) {
      expect(parse(chunks), how).toEqual([toldField('a', 'x'), 'end']);
    }
  });

  it.each(['', ' \t', '\r\n', ' \r\n', '\t\r\n\r\nx'])(
    'are told alone, with %j behind the last delimiter',
    (behind) => {
      const body = Buffer.from(`${file('a', 'x')}--b--${behind}`);
      for (const { how, chunks } of everyCut(body)) {
        expect(parse(chunks), how).toEqual([toldFile('a', 'x'), 'end']);
      }
    },
  );

  it.each(['\r', '\n', '-', 'x', ' x', '\r\r\n', 'x\r\n', '--\r\n', '\n\n', ' \r', ' -- '])(
    'are refused with %j behind the last delimiter, and the one before it does not end',
    (behind) => {
      const body = Buffer.from(`${file('a', 'x')}--b--${behind}`);
      for (const { how, chunks } of everyCut(body)) {
        expect(parse(chunks), how).toEqual([toldFile('a', 'x', false), expect.any(MalformedRequestError)]);
      }
    },
  );

  it('are none in a body of the last delimiter alone', () => {
    expect(parse([END])).toEqual(['end']);
    expect(parse([`preamble\r\n${END}`])).toEqual(['end']);
  });

  it.each(['', '-', '--', '--x', 'preamble', '--\r\nb--', `-${END}`, `\n${END}`, `\r${END}`])(
    'are not to be found in %j',
    (body) => {
      expect(parse([body])).toEqual([expect.any(MalformedRequestError)]);
    },
  );

  it.each([
    ['another part follows', `--b\r\n${disposition('x')}\r\n${file('b', 'y')}${END}`],
    ['another part follows at once', `--b\r\n${file('b', 'y')}${END}`],
    ['a delimiter stands', `--b\r\n${disposition('x')}\r\n--b: x\r\n\r\n${END}`],
    ['a delimiter begins', `--b\r\n--b: x\r\n${disposition('x')}\r\n\r\n${END}`],
    ['the body ends', `--b\r\n${disposition('x')}\r\n${END}\r\n\r\n`],
  ])('are refused if %s within a header', (_what, rest) => {
    const body = Buffer.from(`${file('a', 'x')}${rest}`);
    for (const { how, chunks } of everyCut(body)) {
      expect(parse(chunks), how).toEqual([toldFile('a', 'x'), expect.any(MalformedRequestError)]);
    }
  });

  it('are refused as soon as it is certain that there is no header', () => {
    const begin = Buffer.from('--b\r\n\r\n');
    for (const chunks of [[begin], cutInto(begin, 1)]) {
      const told: Told[] = [];
      const parser = new PartsParser(NO_LIMITS, record(told));
      for (const chunk of chunks) {
        parser.write(chunk);
      }
      expect(told).toEqual([expect.any(MalformedRequestError)]);
    }
  });

  // To gather 64 MB, chunk by chunk, would take far longer.
  it.each([
    ['before them', '', 0],
    // The last bytes of a chunk may be the beginning of a delimiter.
    ['in them', file('a', '').slice(0, -2), 1000 * CHUNK_BYTES - '\r\n-'.length],
    ['behind them', END, 0],
  ])('are read without keeping what stands %s', { timeout: 5_000 }, (_where, begin, expected) => {
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

  it('are text in the charset that a field before them names for all', () => {
    const latin1 = Buffer.from(`${field('_charset_', 'iso-8859-1')}${field('a', 'é')}${END}`, 'latin1');
    expect(parse([latin1])).toEqual([toldField('_charset_', 'iso-8859-1'), toldField('a', 'é'), 'end']);
    const own = `${disposition('a')}\r\nContent-Type: text/plain; charset=utf-8`;
    expect(parse([`${field('_charset_', 'iso-8859-1')}${part(own, 'é')}${END}`])).toEqual([
      toldField('_charset_', 'iso-8859-1'),
      toldField('a', 'é'),
      'end',
    ]);
  });

  it('have names with what browsers escape in them', () => {
    const header = 'Content-Disposition: form-data; name="a%22b"; filename="say %22hi%22%0D%0A100%25.png"';
    expect(parse([`${part(header, 'x')}${END}`])).toEqual([
      { ...toldFile('a"b', 'x'), fileName: 'say "hi"\r\n100%25.png' },
      'end',
    ]);
  });

  it('are text in the charset that they name', () => {
    const latin1 = Buffer.from(
      part(`${disposition('a')}\r\nContent-Type: text/plain; charset=iso-8859-1`, 'é') + END,
      'latin1',
    );
    expect(parse([latin1])).toEqual([toldField('a', 'é'), 'end']);
    const noText = Buffer.from(`${field('a', 'é')}${END}`, 'latin1');
    expect(parse([noText])).toEqual([expect.any(MalformedRequestError)]);
  });
});

describe('A limit', () => {
  /** A part whose header has so many bytes. */
  function withHeaderOf(bytes: number): Buffer {
    const lines = `${disposition('a')}; filename="n"\r\nX-Long: `;
    return Buffer.from(`${part(`${lines}${'x'.repeat(bytes - lines.length)}`, 'hello')}${END}`);
  }

  /** Around the header's end, which is where it matters; and byte by byte. */
  function* cutsBehindHeader(body: Buffer): Iterable<Buffer[]> {
    const from = MAX_PART_HEADER_BYTES - 10;
    for (let at = from; at < from + 40; at += 1) {
      yield [body.subarray(0, at), body.subarray(at)];
    }
    yield [body];
    yield cutInto(body, 1);
  }

  it('lets a header pass that has exactly as many bytes, wherever it is cut', () => {
    for (const chunks of cutsBehindHeader(withHeaderOf(MAX_PART_HEADER_BYTES))) {
      expect(parse(chunks)).toEqual([toldFile('a', 'hello'), 'end']);
    }
  });

  it('refuses a header of one byte more, wherever it is cut', () => {
    for (const chunks of cutsBehindHeader(withHeaderOf(MAX_PART_HEADER_BYTES + 1))) {
      expect(parse(chunks)).toEqual([expect.any(RequestTooLargeError)]);
    }
  });

  it('refuses a header that does not end before it is gathered', () => {
    const told: Told[] = [];
    const parser = new PartsParser(NO_LIMITS, record(told));
    parser.write(Buffer.from(`--b\r\n${'x'.repeat(MAX_PART_HEADER_BYTES + 3)}`));
    expect(told).toEqual([]);
    parser.write(Buffer.from('x'));
    expect(told).toEqual([expect.any(RequestTooLargeError)]);
  });

  it('lets exactly as many parts pass, and refuses one more', () => {
    const body = [field('a', 'x'), file('b', 'y'), field('c', 'z')].join('');
    const told = [toldField('a', 'x'), toldFile('b', 'y'), toldField('c', 'z')];
    expect(parse([`${body}${END}`], { maxParts: 3 })).toEqual([...told, 'end']);
    for (const more of [field('d', ''), file('d', '')]) {
      expect(parse([`${body}${more}${END}`], { maxParts: 3 })).toEqual([
        ...told,
        expect.any(RequestTooLargeError),
      ]);
    }
  });

  it('lets a field of exactly as many bytes pass and refuses one more, however it is cut', () => {
    const exactly = Buffer.from(`${field('a', '12345')}${field('b', 'ü345')}${END}`);
    for (const { how, chunks } of everyCut(exactly)) {
      expect(parse(chunks, { maxFieldBytes: 5 }), how).toEqual([
        toldField('a', '12345'),
        toldField('b', 'ü345'),
        'end',
      ]);
    }
    const more = Buffer.from(`${field('a', '12345')}${field('b', 'ü3456')}${END}`);
    for (const { how, chunks } of everyCut(more)) {
      expect(parse(chunks, { maxFieldBytes: 5 }), how).toEqual([
        toldField('a', '12345'),
        expect.any(RequestTooLargeError),
      ]);
    }
  });

  it('of a field is none of a file', () => {
    expect(parse([`${file('a', '123456')}${END}`], { maxFieldBytes: 5 })).toEqual([
      toldFile('a', '123456'),
      'end',
    ]);
  });
});

describe('A failure', () => {
  const WELL = `${file('w', 'well')}${END}`;

  it.each([
    ['a malformed part', `--b\r\nX\r\n\r\n${WELL}`, MalformedRequestError],
    ['a field that is too large', `${field('a', '123456')}${WELL}`, RequestTooLargeError],
    ['a delimiter that is none', `--bx\r\n${WELL}`, MalformedRequestError],
  ])('is the last that is told: %s', (_what, broken, expected) => {
    const told: Told[] = [];
    const parser = new PartsParser({ ...NO_LIMITS, maxFieldBytes: 5 }, record(told));
    // The last answer lets the body flow past.
    expect([broken, WELL, `\r\n${WELL}`, 'x'].map((chunk) => parser.write(Buffer.from(chunk)))).toEqual([
      true,
      true,
      true,
      true,
    ]);
    parser.end();
    parser.end();
    expect(told).toEqual([expect.any(expected)]);
  });

  it('of the body at its end is told once', () => {
    const told: Told[] = [];
    const parser = new PartsParser(NO_LIMITS, record(told));
    parser.write(Buffer.from(file('a', 'half')));
    parser.end();
    parser.end();
    parser.write(Buffer.from(END));
    expect(told).toEqual([toldFile('a', 'half', false), expect.any(MalformedRequestError)]);
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
  ])('of the one who is told of %s is one of the parser', (_what, handlers) => {
    const told: Told[] = [];
    const parser = new PartsParser(NO_LIMITS, { ...record(told), ...handlers });
    parser.write(Buffer.from(`${field('a', 'x')}${file('b', 'y')}${END}`));
    parser.end();
    expect(told.filter((one) => one instanceof Error)).toEqual([failure]);
    expect(told.at(-1)).toBe(failure);
    const before = [...told];
    parser.write(Buffer.from(`\r\n${field('a', 'x')}`));
    parser.end();
    expect(told).toEqual(before);
  });
});

describe('The content of a file', () => {
  /** A parser whose files answer every write with what `answers` says of their names. */
  function answering(answers: Readonly<Record<string, boolean>>) {
    const files = ({ name }: { name: string }): PartContent => ({
      write: () => answers[name] ?? true,
      end: () => {},
    });
    const parser = new PartsParser(NO_LIMITS, { ...record([]), file: files });
    return (chunk: string) => parser.write(Buffer.from(chunk));
  }

  it('makes the sender pause, and go on', () => {
    const answers = { a: false };
    const write = answering(answers);
    expect(write(file('a', 'x').slice(0, -2))).toBe(false);
    expect(write('more')).toBe(false);
    answers.a = true;
    expect(write('more')).toBe(true);
  });

  it('does not make the sender pause for a chunk of which it gets nothing', () => {
    const write = answering({ a: false });
    expect(write(file('a', 'x').slice(0, -2))).toBe(false);
    // It would wait forever: who got nothing cannot ask for more again.
    expect(write('\r\n')).toBe(true);
    expect(write('-')).toBe(true);
    expect(write('x')).toBe(false);
  });

  it('does not make the sender pause before it has begun', () => {
    const write = answering({ a: false });
    expect(write(file('a', '').slice(0, -2))).toBe(true);
    expect(write('\r\n-')).toBe(true);
    expect(write('x')).toBe(false);
  });

  it('holds the body back no more when its part has ended', () => {
    const write = answering({ a: false });
    expect(write(file('a', 'x').slice(0, -2))).toBe(false);
    expect(write(`\r\n${field('b', 'y')}`)).toBe(true);
    const last = answering({ a: false });
    expect(last(`${file('a', 'x')}${END}`)).toBe(true);
  });

  it('holds the body back until its end is certain', () => {
    const write = answering({ a: false });
    expect(write(`${file('a', 'x')}--b `)).toBe(false);
    expect(write('\r\n')).toBe(true);
  });

  it('answers for itself in a chunk with several', () => {
    const last = file('c', 'z').slice(0, -2);
    expect(answering({ a: false, b: false })(`${file('a', 'x')}${file('b', 'y')}${last}`)).toBe(true);
    expect(answering({ c: false })(`${file('a', 'x')}${file('b', 'y')}${last}`)).toBe(false);
  });

  it('flows past if nobody takes it', () => {
    const told: Told[] = [];
    const parser = new PartsParser(NO_LIMITS, { ...record(told), file: () => undefined });
    expect(parser.write(Buffer.from(`${file('a', 'x').slice(0, -2)}`))).toBe(true);
    expect(parser.write(Buffer.from(`more\r\n${field('b', 'y')}${END}`))).toBe(true);
    parser.end();
    expect(told).toEqual([toldField('b', 'y'), 'end']);
  });

  it('is handed on as it lies in the chunks, uncopied', () => {
    const taken: Buffer[] = [];
    const content = { write: (bytes: Buffer) => taken.push(bytes) > 0, end: () => {} };
    const parser = new PartsParser(NO_LIMITS, { ...record([]), file: () => content });
    const head = file('a', '').slice(0, -2);
    const chunks = [`${head}first`, 'second', `third\r\n${head}fourth`].map(inMemoryOfItsOwn);
    for (const chunk of chunks) {
      parser.write(chunk);
    }
    expect(taken.map(String)).toEqual(['first', 'second', 'third', 'fourth']);
    const [first, second, third] = chunks;
    const lieIn = [first, second, third, third];
    expect(taken.map(({ buffer }, index) => buffer === lieIn[index]?.buffer)).toEqual([
      true,
      true,
      true,
      true,
    ]);
  });
});

/** Not in Node's pool, where buffers that have nothing to do with each other share their memory. */
function inMemoryOfItsOwn(text: string): Buffer {
  const bytes = Buffer.alloc(text.length);
  bytes.write(text);
  return bytes;
}

/** What RFC 2046 allows in a boundary; a blank only within it. */
const BOUNDARY_CHARACTERS = "0123456789abcXYZ'()+_,-./:=?";

interface RandomBody {
  readonly boundary: string;
  readonly chunks: readonly Buffer[];
  readonly parts: readonly (Field | FilePart)[];
}

/** A well-formed body, full of what looks like its delimiters. */
function makeBody(seed: number): RandomBody {
  const random = randomFrom(seed);
  const below = (limit: number) => Math.floor(random() * limit);
  const pick = <Item>(items: readonly Item[]) => items[below(items.length)] as Item;
  const boundary = makeBoundary();
  const delimiter = `\r\n--${boundary}`;
  const parts = Array.from({ length: 1 + below(6) }, makePart);
  const segments = parts.map((one) =>
    Buffer.concat([
      Buffer.from(`--${boundary}\r\n${headerOf(one)}\r\n\r\n`),
      'text' in one ? Buffer.from(one.text) : Buffer.from(one.content, 'latin1'),
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

  /** Does not hold the delimiter at the beginning of a line, which is the one thing that a content may not. */
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
      // Tiny pieces of a large body take long and say no more than those of a small one.
      const bytes = 1 + below(whole.length > 10_000 ? Math.max(largest, 100) : largest);
      chunks.push(whole.subarray(from, from + bytes));
      from += bytes;
    }
    return chunks;
  }
}

function headerOf(one: Field | FilePart): string {
  return 'text' in one
    ? disposition(one.name)
    : `${disposition(one.name)}; filename="${one.fileName}"\r\nContent-Type: ${one.mediaType}`;
}

/** The parts of a body as busboy tells them, in its order. */
async function parseByBusboy({ boundary, chunks }: RandomBody): Promise<(Field | FilePart)[]> {
  const told: (Field | FilePart)[] = [];
  const busboy = new Busboy({
    headers: { 'content-type': `multipart/form-data; boundary="${boundary}"` },
    limits: { fieldSize: Number.POSITIVE_INFINITY },
  });
  busboy.on('field', (name, text) => told.push({ name, text }));
  busboy.on('file', (name, stream, fileName, _encoding, mediaType) => {
    const filePart: FilePart = { name, fileName, mediaType, content: '', ended: false };
    told.push(filePart);
    stream.setEncoding('latin1');
    stream.on('data', (bytes: string) => {
      filePart.content += bytes;
    });
    stream.on('end', () => {
      filePart.ended = true;
    });
  });
  await pipeline(Readable.from(chunks), busboy);
  return told;
}

describe('Compared with busboy', () => {
  it(`the parts of ${CASES} random bodies are the same`, async () => {
    for (let seed = SEED; seed < SEED + CASES; seed += 1) {
      const body = makeBody(seed);
      const how = `PARSER_SEED=${seed} PARSER_CASES=1`;
      expect(parse(body.chunks, { boundary: body.boundary }), how).toEqual([...body.parts, 'end']);
      expect(await parseByBusboy(body), how).toEqual(body.parts);
    }
  });
});
