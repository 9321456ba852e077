import { createHash } from 'node:crypto';
import { TEST_LIMITS } from '../support/multipart-server.ts';
import { BOUNDARY, fieldPart, fileHead } from '../support/wire.ts';

/** A request on the wire and its expected response. */
export interface WireCase {
  readonly title: string;
  readonly body: string | Buffer;
  /** Headers that are added to those of a usual upload or replace them. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Whether the body is sent in chunks, without a Content-Length. */
  readonly chunked?: boolean;
  readonly answer: Accepted | Rejected;
}

interface Accepted {
  readonly data: Readonly<Record<string, unknown>>;
}

interface Rejected {
  readonly status: number;
  readonly code: string;
  /** Part of the error message. */
  readonly says?: string;
}

export const TAKE = 'mutation ($file: File!) { take(file: $file) { fileName mediaType bytes sha256 } }';
const TAKE_OPTIONAL = 'mutation ($file: File) { takeOptional(file: $file) }';
const TAKE_LIST = 'mutation ($files: [File!]!) { takeList(files: $files) { fileName bytes } }';
const TAKE_NESTED = 'mutation ($picture: Picture!) { takeNested(picture: $picture) { bytes } }';
const TAKE_INLINE =
  'mutation ($file: File!) { takeNested(picture: { title: "me", file: $file }) { fileName bytes } }';
const IGNORE = 'mutation ($file: File!) { ignore(file: $file) }';
const takeTwo = (order: string) =>
  `mutation ($a: File!, $b: File!) { takeTwo(a: $a, b: $b, order: ${order}) { bytes sha256 } }`;

const END = `--${BOUNDARY}--\r\n`;
const MALFORMED = { status: 400, code: 'BAD_REQUEST' } as const;
const TOO_LARGE = { status: 413, code: 'REQUEST_TOO_LARGE' } as const;

function operations(query: string, variables: unknown = { file: null }): string {
  return fieldPart('operations', JSON.stringify({ query, variables }));
}

function map(paths: Readonly<Record<string, unknown>> = { 0: ['variables.file'] }): string {
  return fieldPart('map', JSON.stringify(paths));
}

function file(name = '0', content = 'hello', fileName = 'a.txt'): string {
  return `${fileHead(name, fileName)}${content}\r\n`;
}

/** The body of an upload of one file, as a client library sends it. */
export const USUAL = `${operations(TAKE)}${map()}${file()}${END}`;

/** The same body with spaces and tabs after every delimiter (RFC 2046, section 5.1.1). */
export const PADDED = USUAL.replaceAll(`--${BOUNDARY}`, (delimiter) => `${delimiter} \t `).replace(
  `--${BOUNDARY} \t --`,
  `--${BOUNDARY}-- \t `,
);

export function taken(content: string | Buffer, fileName: string | null = 'a.txt') {
  return {
    fileName,
    mediaType: 'application/octet-stream',
    bytes: Buffer.byteLength(content),
    sha256: sha256(content),
  };
}

function sha256(content: string | Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}

/** Returns a part with these header lines. */
function rawPart(lines: readonly string[], content = 'hello'): string {
  return `--${BOUNDARY}\r\n${lines.join('\r\n')}\r\n\r\n${content}\r\n`;
}

const DISPOSITION = 'Content-Disposition: form-data; name="0"; filename="a.txt"';
const withFile = (lines: readonly string[], content?: string) =>
  `${operations(TAKE)}${map()}${rawPart(lines, content)}${END}`;
const ONE = { data: { take: taken('hello') } };

const ACCEPTED: readonly WireCase[] = [
  { title: 'one file', body: USUAL, answer: ONE },
  {
    title: 'a list of files',
    body: `${operations(TAKE_LIST, { files: [null, null] })}${map({ a: ['variables.files.0'], b: ['variables.files.1'] })}${file('a', 'one', '1.txt')}${file('b', 'three', '2.txt')}${END}`,
    answer: {
      data: {
        takeList: [
          { fileName: '1.txt', bytes: 3 },
          { fileName: '2.txt', bytes: 5 },
        ],
      },
    },
  },
  {
    title: 'a file in a nested input',
    body: `${operations(TAKE_NESTED, { picture: { file: null } })}${map({ 0: ['variables.picture.file'] })}${file()}${END}`,
    answer: { data: { takeNested: { bytes: 5 } } },
  },
  {
    title: 'a variable inside an inline object',
    body: `${operations(TAKE_INLINE)}${map()}${file()}${END}`,
    answer: { data: { takeNested: { fileName: 'a.txt', bytes: 5 } } },
  },
  ...['AB', 'BA', 'TOGETHER'].flatMap((order): WireCase[] => [
    {
      title: `one file at two places, read ${order}`,
      body: `${operations(takeTwo(order), { a: null, b: null })}${map({ 0: ['variables.a', 'variables.b'] })}${file('0', 'x'.repeat(90_000))}${END}`,
      answer: {
        data: {
          takeTwo: [1, 2].map(() => ({ bytes: 90_000, sha256: sha256('x'.repeat(90_000)) })),
        },
      },
    },
    {
      title: `two files, read ${order}`,
      body: `${operations(takeTwo(order), { a: null, b: null })}${map({ a: ['variables.a'], b: ['variables.b'] })}${file('a', 'x'.repeat(70_000))}${file('b', 'second')}${END}`,
      answer: {
        data: {
          takeTwo: (order === 'BA' ? ['second', 'x'.repeat(70_000)] : ['x'.repeat(70_000), 'second']).map(
            (content) => ({ bytes: content.length, sha256: sha256(content) }),
          ),
        },
      },
    },
  ]),
  {
    title: 'no file, and an empty map',
    body: `${operations('{ ready }', {})}${map({})}${END}`,
    answer: { data: { ready: true } },
  },
  {
    title: 'no file, an empty map, and an unknown part after it',
    body: `${operations('{ ready }', {})}${map({})}${fieldPart('csrf', 'x')}${END}`,
    answer: { data: { ready: true } },
  },
  {
    title: 'parts that the map does not name, as text and as a file',
    body: `${operations(TAKE)}${map()}${fieldPart('csrf', 'x')}${file('other', 'not taken')}${file()}${END}`,
    answer: ONE,
  },
  {
    title: 'a file name in UTF-8',
    body: `${operations(TAKE)}${map()}${file('0', 'hello', '你好.png')}${END}`,
    answer: { data: { take: taken('hello', '你好.png') } },
  },
  {
    title: 'a missing variable',
    body: `${operations(TAKE, {})}${map()}${file()}${END}`,
    answer: ONE,
  },
  {
    title: 'no file for a nullable argument',
    body: `${operations(TAKE_OPTIONAL)}${map({})}${END}`,
    answer: { data: { takeOptional: 0 } },
  },
  {
    title: 'an object in place of the file',
    body: `${operations(TAKE, { file: {} })}${map()}${file()}${END}`,
    answer: ONE,
  },
  {
    title: 'a file that no resolver reads',
    body: `${operations(IGNORE)}${map()}${file('0', 'x'.repeat(90_000))}${END}`,
    answer: { data: { ignore: true } },
  },
  { title: 'a file without a Content-Type', body: withFile([DISPOSITION]), answer: ONE },
  { title: 'a chunked body', body: USUAL, chunked: true, answer: ONE },
  ...['1', 'file', 'blob-0', 'variables.file', 'ключ', ''].map(
    (name): WireCase => ({
      title: `a part named ${JSON.stringify(name)}`,
      body: `${operations(TAKE)}${map({ [name]: ['variables.file'] })}${file(name)}${END}`,
      answer: ONE,
    }),
  ),
  {
    title: 'a file of exactly the maximum size',
    body: `${operations(TAKE)}${map()}${file('0', 'x'.repeat(TEST_LIMITS.maxFileBytes))}${END}`,
    answer: { data: { take: taken('x'.repeat(TEST_LIMITS.maxFileBytes)) } },
  },
  {
    title: 'a file with sequences that resemble its end',
    body: `${operations(TAKE)}${map()}${file('0', `\r\n--${BOUNDARY.slice(0, -1)}\r\n--\r\n\r\n--`)}${END}`,
    answer: { data: { take: taken(`\r\n--${BOUNDARY.slice(0, -1)}\r\n--\r\n\r\n--`) } },
  },
  // Syntax that RFC 2046 and RFC 7578 allow.
  {
    title: 'text before the first delimiter and after the last',
    body: `This is a multipart message.\r\n${USUAL}An epilogue.\r\n`,
    answer: ONE,
  },
  { title: 'spaces and tabs between a delimiter and its line break', body: PADDED, answer: ONE },
  {
    title: 'a file that contains a delimiter and spaces, but within a line',
    body: `${operations(TAKE)}${map()}${file('0', `x--${BOUNDARY}  \r\n--${BOUNDARY.slice(0, -1)}  \r\n`)}${END}`,
    answer: { data: { take: taken(`x--${BOUNDARY}  \r\n--${BOUNDARY.slice(0, -1)}  \r\n`) } },
  },
  {
    title: 'a part without content, whose header ends with the line break of the next delimiter',
    body: `${operations(TAKE)}${map()}${fieldPart('csrf', '').slice(0, -'\r\n'.length)}${file()}${END}`,
    answer: ONE,
  },
  {
    title: 'no line break after the last delimiter',
    body: USUAL.slice(0, -2),
    answer: ONE,
  },
  {
    title: 'a capitalized media type and parameter',
    body: USUAL,
    headers: { 'Content-Type': `Multipart/Form-Data; Boundary=${BOUNDARY}` },
    answer: ONE,
  },
  {
    title: 'a quoted boundary after another parameter',
    body: USUAL,
    headers: { 'Content-Type': `multipart/form-data; charset=utf-8; boundary="${BOUNDARY}"` },
    answer: ONE,
  },
  {
    title: 'a quoted boundary with spaces and punctuation',
    body: USUAL.replaceAll(BOUNDARY, "a b'()+_,-./:=?"),
    headers: { 'Content-Type': `multipart/form-data; boundary="a b'()+_,-./:=?"` },
    answer: ONE,
  },
  {
    title: 'a boundary of 70 characters',
    body: USUAL.replaceAll(BOUNDARY, 'b'.repeat(70)),
    headers: { 'Content-Type': `multipart/form-data; boundary=${'b'.repeat(70)}` },
    answer: ONE,
  },
  {
    title: 'capitalized header names and a capitalized disposition',
    body: withFile(['CONTENT-DISPOSITION: Form-Data; NAME="0"; FileName="a.txt"']),
    answer: ONE,
  },
  {
    title: 'a header folded over two lines',
    body: withFile(['Content-Disposition: form-data;', ' name="0"; filename="a.txt"']),
    answer: ONE,
  },
  {
    title: 'parameters without quotes',
    body: withFile(['Content-Disposition: form-data; name=0; filename=a.txt']),
    answer: ONE,
  },
  {
    title: 'quotes and backslashes in a file name',
    body: withFile([String.raw`Content-Disposition: form-data; name="0"; filename="a\"b\\c\d.txt"`]),
    answer: { data: { take: taken('hello', String.raw`a"b\c\d.txt`) } },
  },
  ...[
    { header: 'filename="12" vinyl.jpg"', fileName: '12" vinyl.jpg' },
    { header: 'filename="my "best" photo.webp"', fileName: 'my "best" photo.webp' },
    { header: String.raw`filename="me\"`, fileName: 'me\\' },
    { header: `filename="a"b".jpg"; filename*=utf-8''na%C3%AFve.jpg`, fileName: 'naïve.jpg' },
    { header: 'filename=my photo.jpg', fileName: 'my photo.jpg' },
    { header: 'filename="=?utf-8?B?ZmzDvGdlbC5wbmc=?="', fileName: 'flügel.png' },
  ].map(
    ({ header, fileName }): WireCase => ({
      title: `a file name that is not escaped, or encoded: ${header}`,
      body: withFile([`Content-Disposition: form-data; name="0"; ${header}`]),
      answer: { data: { take: taken('hello', fileName) } },
    }),
  ),
  {
    title: 'a semicolon in a file name',
    body: withFile(['Content-Disposition: form-data; name="0"; filename="a;b.txt"']),
    answer: { data: { take: taken('hello', 'a;b.txt') } },
  },
  {
    title: 'an extended file name in addition to the plain name',
    body: withFile([`${DISPOSITION}; filename*=utf-8''na%C3%AFve.txt`]),
    answer: { data: { take: taken('hello', 'naïve.txt') } },
  },
  {
    title: 'a file without a file name, recognized by its media type',
    body: withFile(['Content-Disposition: form-data; name="0"', 'Content-Type: application/octet-stream']),
    answer: { data: { take: taken('hello', null) } },
  },
  {
    title: 'an empty file name',
    body: withFile(['Content-Disposition: form-data; name="0"; filename=""']),
    answer: { data: { take: taken('hello', '') } },
  },
  {
    title: 'a Content-Transfer-Encoding that changes nothing',
    body: withFile([DISPOSITION, 'Content-Transfer-Encoding: binary']),
    answer: ONE,
  },
  {
    title: 'part headers that have no meaning here',
    body: withFile([DISPOSITION, 'X-Other: yes', 'Content-Length: 5']),
    answer: ONE,
  },
  {
    title: 'operations and map labeled as JSON in UTF-8',
    body: `${[
      ['operations', JSON.stringify({ query: TAKE, variables: { file: null } })],
      ['map', '{"0":["variables.file"]}'],
    ]
      .map(
        ([name, json]) =>
          `--${BOUNDARY}\r\nContent-Disposition: form-data; name="${name}"\r\nContent-Type: application/json; charset=utf-8\r\n\r\n${json}\r\n`,
      )
      .join('')}${file()}${END}`,
    answer: ONE,
  },
  ...[
    ['Blobs of JSON', '; filename="blob"', 'application/json'],
    ['files of unknown type', '; filename="o.json"', 'application/octet-stream'],
    ['files without a name', '; filename=""', 'application/json'],
    ['application/octet-stream', '', 'application/octet-stream'],
    ['parts with an empty Content-Type', '', ''],
    ['UTF-8 that is labeled as US-ASCII', '', 'text/plain; charset=US-ASCII'],
  ].map(
    ([what, fileName, type]): WireCase => ({
      title: `operations and map as ${what}`,
      body: `${rawPart(
        [`Content-Disposition: form-data; name="operations"${fileName}`, `Content-Type: ${type}`],
        JSON.stringify({ query: TAKE, variables: { file: null }, extensions: { note: '日本' } }),
      )}${rawPart(
        [`Content-Disposition: form-data; name="map"${fileName}`, `Content-Type: ${type}`],
        '{"0":["variables.file"]}',
      )}${file()}${END}`,
      answer: ONE,
    }),
  ),
  ...['id', '__proto__', 'constructor', ''].map(
    (key): WireCase => ({
      title: `operations with the unknown key ${JSON.stringify(key)}`,
      body: `${fieldPart('operations', `{${JSON.stringify(key)}:{"x":1},"query":${JSON.stringify(TAKE)},"variables":{"file":null}}`)}${map()}${file()}${END}`,
      answer: ONE,
    }),
  ),
  ...[undefined, null].map(
    (variables): WireCase => ({
      title: `operations ${variables === null ? 'whose variables are null' : 'without variables'}`,
      body: `${fieldPart('operations', JSON.stringify({ query: TAKE, variables }))}${map()}${file()}${END}`,
      answer: ONE,
    }),
  ),
  {
    title: 'a byte order mark before the JSON',
    body: `${fieldPart('operations', `\ufeff${JSON.stringify({ query: TAKE, variables: { file: null } })}`)}${map()}${file()}${END}`,
    answer: ONE,
  },
];

const naming = (field: string) => ({ ...MALFORMED, says: `"${field}"` });

const MALFORMED_CASES: readonly WireCase[] = [
  { title: 'no operations', body: `${map()}${file()}${END}`, answer: naming('operations') },
  ...['small', 'x'.repeat(90_000)].map(
    (content): WireCase => ({
      title: `operations that are not JSON before a file of ${content.length} bytes`,
      body: `${fieldPart('operations', '{"query":')}${map()}${file('0', content)}${END}`,
      answer: { ...MALFORMED, says: 'not valid JSON' },
    }),
  ),
  ...['null', 'true', '""', '1', '[]', '[null]', '"{}"', ''].map(
    (json): WireCase => ({
      title: `operations that are ${json || 'empty'}`,
      body: `${fieldPart('operations', json)}${map()}${file()}${END}`,
      answer: naming('operations'),
    }),
  ),
  {
    title: 'operations without a query',
    body: `${fieldPart('operations', '{"variables":{"file":null}}')}${map()}${file()}${END}`,
    answer: MALFORMED,
  },
  {
    title: 'operations as a file without a query',
    body: `${fileHead('operations', 'o.json')}{}\r\n${map()}${file()}${END}`,
    answer: { ...MALFORMED, says: 'no "query"' },
  },
  {
    title: 'a picture that is sent as operations',
    body: Buffer.concat([
      Buffer.from(fileHead('operations', 'me.png', 'image/png')),
      Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
      Buffer.from(`\r\n${map()}${END}`),
    ]),
    answer: { ...MALFORMED, says: '"operations" is not text' },
  },
  ...['operations', 'map'].map(
    (name): WireCase => ({
      title: `a file whose part is named ${name}`,
      body: `${operations(TAKE)}${map({ [name]: ['variables.file'] })}${file(name)}${END}`,
      answer: { ...MALFORMED, says: `the part name "${name}"` },
    }),
  ),
  {
    title: 'operations that are not UTF-8',
    body: Buffer.concat([
      Buffer.from(fieldPart('operations', '').slice(0, -2)),
      Buffer.from([0x7b, 0xff, 0x7d, 0x0d, 0x0a]),
      Buffer.from(`${map()}${file()}${END}`),
    ]),
    answer: { ...MALFORMED, says: 'not text' },
  },
  {
    title: 'a batch',
    body: `${fieldPart('operations', JSON.stringify([{ query: TAKE, variables: { file: null } }]))}${map({ 0: ['0.variables.file'] })}${file()}${END}`,
    answer: MALFORMED,
  },
  { title: 'no map', body: `${operations(TAKE)}${file()}${END}`, answer: naming('map') },
  {
    title: 'no map and no file',
    body: `${operations('{ ready }', {})}${END}`,
    answer: naming('map'),
  },
  ...['{', 'null', '[]', 'true', '""', '{"0":"variables.file"}', '{"0":[]}', '{"0":[1]}', '{"0":null}'].map(
    (json): WireCase => ({
      title: `a map that is ${json}`,
      body: `${operations(TAKE)}${fieldPart('map', json)}${file()}${END}`,
      answer: naming('map'),
    }),
  ),
  {
    title: 'a map as a file without entries',
    body: `${operations(TAKE)}${fileHead('map', 'm.json')}{}\r\n${END}`,
    answer: { status: 400, code: 'BAD_USER_INPUT' },
  },
  {
    title: 'a path through a scalar',
    body: `${operations(TAKE, '')}${map()}${file()}${END}`,
    answer: naming('variables.file'),
  },
  ...[
    'query',
    'operationName',
    'variables',
    'variables.nothing.file',
    'variables.file.name',
    '__proto__',
    '__proto__.x',
    'constructor.prototype.x',
    'variables.__proto__',
    'variables.__proto__.x',
    'variables.constructor.prototype.x',
    'variables.files.2',
    'variables.files.20000000',
    'variables.files.4294967294',
    'variables.files.-1',
    'variables.files.length',
    '0.variables.file',
    '',
  ].map(
    (path): WireCase => ({
      title: `the path ${JSON.stringify(path)}`,
      body: `${operations(TAKE_LIST, { files: [null, null] })}${map({ 0: [path] })}${file()}${END}`,
      answer: { ...MALFORMED, says: 'cannot be used' },
    }),
  ),
  {
    title: 'a path that is listed twice',
    body: `${operations(TAKE)}${map({ 0: ['variables.file'], 1: ['variables.file'] })}${file()}${file('1')}${END}`,
    answer: { ...MALFORMED, says: 'listed twice' },
  },
  {
    title: 'the map before operations',
    body: `${map()}${operations(TAKE)}${file()}${END}`,
    answer: { ...MALFORMED, says: 'must be sent first' },
  },
  {
    title: 'a file before the map',
    body: `${operations(TAKE)}${file()}${map()}${END}`,
    answer: { ...MALFORMED, says: 'before the files' },
  },
  {
    title: 'operations twice',
    body: `${operations(TAKE)}${operations('{ ready }')}${map()}${file()}${END}`,
    answer: { ...MALFORMED, says: 'twice' },
  },
  {
    title: 'the map twice',
    body: `${operations(TAKE)}${map()}${map()}${file()}${END}`,
    answer: { ...MALFORMED, says: 'twice' },
  },
  {
    title: 'a part twice in the map',
    body: `${operations(TAKE)}${fieldPart('map', '{"0":["variables.file"], "\\u0030" : ["variables.file"]}')}${file()}${END}`,
    answer: { ...MALFORMED, says: 'the same part twice' },
  },
  {
    title: 'a file twice',
    body: `${operations(TAKE)}${map()}${file()}${file()}${END}`,
    answer: { ...MALFORMED, says: 'twice' },
  },
  {
    title: 'operations again after an empty map',
    body: `${operations('{ ready }', {})}${map({})}${operations('{ ready }', {})}${END}`,
    answer: { ...MALFORMED, says: 'was sent twice' },
  },
  {
    title: 'no last delimiter after an empty map',
    body: `${operations('{ ready }', {})}${map({})}`,
    answer: MALFORMED,
  },
  {
    title: 'half a header after an empty map',
    body: `${operations('{ ready }', {})}${map({})}--${BOUNDARY}\r\nContent-Dis`,
    answer: MALFORMED,
  },
  {
    title: 'a picture as text that exceeds the field limit, in place of the file',
    body: `${operations(TAKE)}${map()}${fieldPart('0', 'A'.repeat(40_000))}${END}`,
    answer: { status: 400, code: 'FILE_MISSING', says: 'text' },
  },
  {
    title: 'operations again after the file',
    body: `${operations(TAKE)}${map()}${file()}${operations('{ ready }')}${END}`,
    answer: { ...MALFORMED, says: 'twice' },
  },
  ...[TAKE, TAKE_OPTIONAL].map(
    (query): WireCase => ({
      title: `a file that never arrives, for ${query === TAKE ? 'File!' : 'File'}`,
      body: `${operations(query)}${map()}${END}`,
      answer: { status: 400, code: 'FILE_MISSING', says: 'that "map" names is missing' },
    }),
  ),
  {
    title: 'an empty file',
    body: `${operations(TAKE)}${map()}${file('0', '')}${END}`,
    answer: { status: 400, code: 'FILE_MISSING', says: 'empty' },
  },
  {
    title: 'an empty file whose header ends with the line break of the next delimiter',
    body: `${operations(TAKE)}${map()}${fileHead('0', 'a.txt')}${END}`,
    answer: { status: 400, code: 'FILE_MISSING', says: 'empty' },
  },
  {
    title: 'text in place of a file',
    body: `${operations(TAKE)}${map()}${fieldPart('0', 'me.png')}${END}`,
    answer: { status: 400, code: 'FILE_MISSING', says: 'text' },
  },
  {
    title: 'a string in place of a file',
    body: `${operations(TAKE, { file: 'me.png' })}${map({})}${END}`,
    answer: { status: 400, code: 'BAD_USER_INPUT', says: 'multipart/form-data' },
  },
  {
    title: 'an object in place of a file that the map does not name',
    body: `${operations(TAKE, { file: {} })}${map({})}${END}`,
    answer: { status: 400, code: 'BAD_USER_INPUT', says: 'multipart/form-data' },
  },
  {
    title: 'a file as a literal in the document',
    body: `${operations('mutation { take(file: "me.png") { bytes } }')}${map()}${file()}${END}`,
    answer: { status: 400, code: 'BAD_USER_INPUT', says: 'multipart/form-data' },
  },
  {
    title: 'a body that ends within a header',
    body: `${operations(TAKE)}${map()}--${BOUNDARY}\r\nContent-Dispo`,
    answer: MALFORMED,
  },
  {
    title: 'a body that ends within operations',
    body: `${operations(TAKE).slice(0, -20)}`,
    answer: MALFORMED,
  },
  {
    title: 'a body that ends within a file',
    body: `${operations(TAKE)}${map()}${fileHead('0', 'a.txt')}half`,
    answer: MALFORMED,
  },
  {
    title: 'a body that ends after a file, without the last delimiter',
    body: USUAL.slice(0, -END.length),
    answer: MALFORMED,
  },
  {
    title: 'a last delimiter with one dash',
    body: `${USUAL.slice(0, -END.length)}--${BOUNDARY}-\r\n`,
    answer: MALFORMED,
  },
  ...['x', '-x', ' x', ' --', '\n', '\r\r\n'].map(
    (suffix): WireCase => ({
      title: `a delimiter followed by ${JSON.stringify(suffix)} in its line`,
      body: `${operations(TAKE)}${map()}${file().replace(BOUNDARY, `${BOUNDARY}${suffix}`)}${END}`,
      answer: { ...MALFORMED, says: 'alone on its line' },
    }),
  ),
  { title: 'an empty body', body: '', answer: MALFORMED },
  { title: 'a body that consists of the last delimiter', body: END, answer: naming('operations') },
  {
    title: 'a boundary that differs from the Content-Type',
    body: USUAL.replaceAll(BOUNDARY, 'other'),
    answer: MALFORMED,
  },
  { title: 'bare line feeds', body: USUAL.replaceAll('\r\n', '\n'), answer: MALFORMED },
  {
    title: 'a part whose header has no colon',
    body: withFile(['Content-Disposition form-data; name="0"']),
    answer: MALFORMED,
  },
  {
    title: 'a part without any header',
    body: `${operations(TAKE)}${map()}--${BOUNDARY}\r\n\r\nhello\r\n${END}`,
    answer: MALFORMED,
  },
  {
    title: 'a part that is interrupted by another within its header',
    body: `${operations(TAKE)}${map()}--${BOUNDARY}\r\nContent-Type: text/plain\r\n${file()}${END}`,
    answer: MALFORMED,
  },
  {
    title: 'a part without a name',
    body: withFile(['Content-Disposition: form-data; filename="a.txt"']),
    answer: { ...MALFORMED, says: '"name"' },
  },
  {
    title: 'a part that is an attachment',
    body: withFile(['Content-Disposition: attachment; name="0"; filename="a.txt"']),
    answer: { ...MALFORMED, says: 'form-data' },
  },
  {
    title: 'a part with two dispositions',
    body: withFile([DISPOSITION, DISPOSITION]),
    answer: { ...MALFORMED, says: 'twice' },
  },
  {
    title: 'a part with two names',
    body: withFile(['Content-Disposition: form-data; name="0"; name="1"; filename="a.txt"']),
    answer: { ...MALFORMED, says: 'twice' },
  },
  ...['form-data; filename="a"; name="1"; x="; name="0"', 'form-data; name="0"; filename="a"; name="1""'].map(
    (disposition): WireCase => ({
      title: `a file name that could contain a second name: ${disposition}`,
      body: withFile([`Content-Disposition: ${disposition}`]),
      answer: MALFORMED,
    }),
  ),
  {
    title: 'a quote that does not end',
    body: withFile(['Content-Disposition: form-data; name="0; filename=a.txt']),
    answer: { ...MALFORMED, says: 'cannot be read' },
  },
  {
    title: 'a file in base64',
    body: withFile([DISPOSITION, 'Content-Transfer-Encoding: base64'], 'aGVsbG8='),
    answer: { ...MALFORMED, says: 'base64' },
  },
  {
    title: 'operations in an unknown charset',
    body: `--${BOUNDARY}\r\nContent-Disposition: form-data; name="operations"\r\nContent-Type: text/plain; charset=klingon\r\n\r\n{}\r\n${map()}${END}`,
    answer: { ...MALFORMED, says: 'klingon' },
  },
  {
    title: 'no boundary',
    body: USUAL,
    headers: { 'Content-Type': 'multipart/form-data' },
    answer: { ...MALFORMED, says: 'boundary' },
  },
  {
    title: 'an empty boundary',
    body: USUAL,
    headers: { 'Content-Type': 'multipart/form-data; boundary=""' },
    answer: { ...MALFORMED, says: 'boundary' },
  },
  {
    title: 'two boundaries',
    body: USUAL,
    headers: { 'Content-Type': `multipart/form-data; boundary=${BOUNDARY}; boundary=x` },
    answer: { ...MALFORMED, says: 'twice' },
  },
  ...['multipart/mixed', 'multipart/related', 'text/plain', 'multipart/form-data-x', ''].map(
    (type): WireCase => ({
      title: type ? `the media type ${type}` : 'no media type',
      body: USUAL,
      headers: { 'Content-Type': type && `${type}; boundary=${BOUNDARY}` },
      answer: { status: 415, code: 'UNSUPPORTED_MEDIA_TYPE' },
    }),
  ),
];

const LIMITS: readonly WireCase[] = [
  ...[false, true].map(
    (chunked): WireCase => ({
      title: `a file that is one byte too large, ${chunked ? 'in chunks' : 'with a Content-Length'}`,
      body: `${operations(TAKE)}${map()}${file('0', 'x'.repeat(TEST_LIMITS.maxFileBytes + 1))}${END}`,
      chunked,
      answer: { status: 413, code: 'FILE_TOO_LARGE' },
    }),
  ),
  {
    title: 'a Content-Length above the maximum of any body',
    body: `${operations(TAKE)}${map()}${file('0', 'x'.repeat(200_000))}${END}`,
    answer: { status: 413, code: 'FILE_TOO_LARGE' },
  },
  {
    title: 'a chunked body that exceeds the maximum of any body before its first part',
    body: `${'x'.repeat(200_000)}\r\n${USUAL}`,
    chunked: true,
    answer: TOO_LARGE,
  },
  {
    title: 'too many files in the map',
    body: `${operations(TAKE_LIST, { files: [null, null, null, null] })}${map(Object.fromEntries([0, 1, 2, 3].map((index) => [index, [`variables.files.${index}`]])))}${END}`,
    answer: { status: 413, code: 'TOO_MANY_FILES' },
  },
  {
    title: 'one file at too many places',
    body: `${operations(TAKE_LIST, { files: [null, null, null, null] })}${map({ 0: [0, 1, 2, 3].map((index) => `variables.files.${index}`) })}${file()}${END}`,
    answer: { status: 413, code: 'TOO_MANY_FILES' },
  },
  {
    title: 'too many files among the parts',
    body: `${operations(TAKE)}${map()}${['1', '2', '3', '0'].map((name) => file(name)).join('')}${END}`,
    answer: { status: 413, code: 'TOO_MANY_FILES' },
  },
  ...['operations', 'map'].map(
    (name): WireCase => ({
      title: `a picture that is sent as ${name} and exceeds the maximum size of a field`,
      body: `${name === 'map' ? operations(TAKE) : ''}${fileHead(name, 'me.png')}${'x'.repeat(90_000)}\r\n${END}`,
      answer: { ...TOO_LARGE, says: 'send it under another name' },
    }),
  ),
  ...['operations', 'map', 'other'].map(
    (name): WireCase => ({
      title: `the field ${name} above the maximum size`,
      body: `${name === 'operations' ? '' : operations(TAKE)}${fieldPart(name, ' '.repeat(TEST_LIMITS.maxFieldBytes + 1))}${END}`,
      answer: TOO_LARGE,
    }),
  ),
  {
    title: 'too many parts',
    body: `${operations(TAKE)}${map()}${Array.from({ length: 20 }, (_, index) => fieldPart(`f${index}`, 'x')).join('')}${file()}${END}`,
    answer: TOO_LARGE,
  },
  {
    title: 'a part with too many headers',
    body: withFile([DISPOSITION, ...Array.from({ length: 30 }, (_, index) => `X-${index}: x`)]),
    answer: TOO_LARGE,
  },
  ...[9_000, 90_000].map(
    (bytes): WireCase => ({
      title: `a part with a header of ${bytes} bytes`,
      body: withFile([DISPOSITION, `X-Long: ${'x'.repeat(bytes)}`]),
      answer: TOO_LARGE,
    }),
  ),
  {
    title: 'a boundary of 71 characters',
    body: USUAL.replaceAll(BOUNDARY, 'b'.repeat(71)),
    headers: { 'Content-Type': `multipart/form-data; boundary=${'b'.repeat(71)}` },
    answer: TOO_LARGE,
  },
  {
    title: 'one file under 50 aliases',
    body: `${operations(`mutation ($file: File!) { ${Array.from({ length: 50 }, (_, index) => `a${index}: take(file: $file) { bytes }`).join(' ')} }`)}${map()}${file()}${END}`,
    answer: { status: 413, code: 'TOO_MANY_FILES' },
  },
];

export const WIRE_CASES = {
  'is accepted with': ACCEPTED,
  'is rejected as malformed with': MALFORMED_CASES,
  'is rejected by a limit with': LIMITS,
} as const;
