import { expect, test } from 'vitest';
import { MalformedRequestError, TooManyFilesError } from '../../src/multipart/errors.ts';
import {
  type Operations,
  parseMap,
  parseOperations,
  placeUploads,
} from '../../src/multipart/place-uploads.ts';
import { Upload } from '../../src/multipart/upload.ts';

const MAX_FILES = 3;
const QUERY = 'mutation ($file: File!) { take(file: $file) }';

test.for([
  { what: 'one operation', operations: { query: QUERY, variables: { file: null } } },
  { what: 'an operation without variables', operations: { query: QUERY } },
  { what: 'a batch', operations: [{ query: QUERY }, { query: QUERY, operationName: 'Take' }] },
  // The executor checks the content of an operation.
  { what: 'an object that is not an operation', operations: {} },
])('$what is read unchanged from the field "operations"', ({ operations }) => {
  expect(parseOperations(JSON.stringify(operations))).toEqual(operations);
});

test.for(['', '{', 'undefined', `{'query':''}`, 'NaN', '{"query":"{a}"}}'])(
  'the field "operations" is rejected if it is not JSON: %j',
  (json) => {
    expect(() => parseOperations(json)).toThrow(
      new MalformedRequestError('The field "operations" is not valid JSON. Encode it with a JSON library.'),
    );
  },
);

test.for(['null', 'true', 'false', '""', '"{}"', '1', '0', '[]', '[null]', '[[{}]]', '[{},1]', '[{},[]]'])(
  'the field "operations" is rejected if it is neither an object nor a list of objects: %s',
  (json) => {
    expect(() => parseOperations(json)).toThrow(MalformedRequestError);
    expect(() => parseOperations(json)).toThrow('must be a JSON object with "query" and "variables"');
  },
);

test.for([
  { what: 'no file', map: {} },
  { what: 'one file', map: { 0: ['variables.file'] } },
  { what: 'one file at two paths', map: { 'blob-0': ['variables.a', 'variables.b'] } },
  {
    what: 'the maximum number of files',
    map: { a: ['variables.a'], b: ['variables.b'], '': ['variables.c'] },
  },
])('the field "map" is read with $what', ({ map }) => {
  expect(parseMap(JSON.stringify(map), MAX_FILES)).toEqual(new Map(Object.entries(map)));
});

test('a part of any name can be mapped, even if every object has a property of that name', () => {
  const json = '{"__proto__":["variables.a"],"constructor":["variables.b"]}';
  expect([...parseMap(json, MAX_FILES)]).toEqual([
    ['__proto__', ['variables.a']],
    ['constructor', ['variables.b']],
  ]);
});

test.for(['', '{', '{"0":[variables.file]}', 'undefined'])(
  'the field "map" is rejected if it is not JSON: %j',
  (json) => {
    expect(() => parseMap(json, MAX_FILES)).toThrow(
      new MalformedRequestError('The field "map" is not valid JSON. Encode it with a JSON library.'),
    );
  },
);

test.for(['null', '[]', 'true', '""', '1', '[["variables.file"]]'])(
  'the field "map" is rejected if it is not an object: %s',
  (json) => {
    expect(() => parseMap(json, MAX_FILES)).toThrow(MalformedRequestError);
    expect(() => parseMap(json, MAX_FILES)).toThrow('The field "map" must be a JSON object');
  },
);

test.for([
  '"variables.file"',
  '{}',
  'null',
  'true',
  '0',
  '[]',
  '[1]',
  '[null]',
  '["variables.a",{}]',
  '[[]]',
])('the field "map" is rejected if an entry is not a list of paths: %s', (entry) => {
  const json = `{"0":["variables.file"],"me":${entry}}`;
  expect(() => parseMap(json, MAX_FILES)).toThrow(MalformedRequestError);
  expect(() => parseMap(json, MAX_FILES)).toThrow('the entry "me" must be a list of paths');
});

test.for(['operations', 'map', '_charset_'])(
  'the field "map" is rejected if a file has the part name of a field: %s',
  (part) => {
    const json = JSON.stringify({ [part]: ['variables.file'] });
    expect(() => parseMap(json, MAX_FILES)).toThrow(MalformedRequestError);
    expect(() => parseMap(json, MAX_FILES)).toThrow(`the part name "${part}", which is the name of a field`);
  },
);

test.for([
  {
    what: 'four files at one path each',
    map: { 0: ['variables.a'], 1: ['variables.b'], 2: ['variables.c'], 3: ['variables.d'] },
  },
  {
    what: 'one file at four paths',
    map: { 0: ['variables.a', 'variables.b', 'variables.c', 'variables.d'] },
  },
])('the field "map" is rejected if it names one path too many: $what', ({ map }) => {
  expect(() => parseMap(JSON.stringify(map), MAX_FILES)).toThrow(new TooManyFilesError(MAX_FILES));
});

/** Operations before and after the uploads are placed. `<part>` stands for an upload in `becomes`. */
interface Placed {
  readonly what: string;
  readonly operations: Operations;
  readonly map: Readonly<Record<string, readonly string[]>>;
  readonly becomes: unknown;
}

test.for<Placed>([
  {
    what: 'one file',
    operations: { query: QUERY, variables: { file: null, crop: { x: 0 } } },
    map: { 0: ['variables.file'] },
    becomes: { query: QUERY, variables: { file: '<0>', crop: { x: 0 } } },
  },
  {
    what: 'a list',
    operations: { variables: { files: [null, null] } },
    map: { a: ['variables.files.0'], b: ['variables.files.1'] },
    becomes: { variables: { files: ['<a>', '<b>'] } },
  },
  {
    what: 'a list with one item that stays null',
    operations: { variables: { files: [null, null, null] } },
    map: { a: ['variables.files.2'], b: ['variables.files.0'] },
    becomes: { variables: { files: ['<b>', null, '<a>'] } },
  },
  {
    what: 'a file in a nested input',
    operations: { variables: { input: { pictures: [{ file: null }] } } },
    map: { 0: ['variables.input.pictures.0.file'] },
    becomes: { variables: { input: { pictures: [{ file: '<0>' }] } } },
  },
  {
    what: 'one file at two paths',
    operations: { variables: { a: null, b: [null] } },
    map: { 0: ['variables.a', 'variables.b.0'] },
    becomes: { variables: { a: '<0>', b: ['<0>'] } },
  },
  {
    what: 'files in a batch',
    operations: [{ variables: { file: null } }, { variables: { files: [null] } }],
    map: { 0: ['0.variables.file'], 1: ['1.variables.files.0'] },
    becomes: [{ variables: { file: '<0>' } }, { variables: { files: ['<1>'] } }],
  },
  {
    what: 'no file',
    operations: { variables: { file: null } },
    map: {},
    becomes: { variables: { file: null } },
  },
  {
    what: 'a file whose variable is missing',
    operations: { variables: {} },
    map: { 0: ['variables.file'] },
    becomes: { variables: { file: '<0>' } },
  },
  {
    what: 'a file of an operation without variables',
    operations: { query: QUERY },
    map: { 0: ['variables.file', 'variables.other'] },
    becomes: { query: QUERY, variables: { file: '<0>', other: '<0>' } },
  },
  {
    what: 'a file of a batch, in which one operation has no variables and the other has null',
    operations: [{ query: QUERY }, { query: QUERY, variables: null }, { query: QUERY }],
    map: { 0: ['0.variables.file'], 1: ['1.variables.file'] },
    becomes: [
      { query: QUERY, variables: { file: '<0>' } },
      { query: QUERY, variables: { file: '<1>' } },
      { query: QUERY },
    ],
  },
  {
    what: 'a file in place of an object, as some clients serialize a File',
    operations: { variables: { file: {}, files: [{}] } },
    map: { 0: ['variables.file', 'variables.files.0'] },
    becomes: { variables: { file: '<0>', files: ['<0>'] } },
  },
  {
    what: 'a variable that has the name of a method',
    operations: { variables: {} },
    map: { 0: ['variables.toString', 'variables.hasOwnProperty'] },
    becomes: { variables: { toString: '<0>', hasOwnProperty: '<0>' } },
  },
])('$what: each upload is placed at its paths, and nothing else changes', ({ operations, map, becomes }) => {
  const placed = structuredClone(operations);
  let created = 0;
  const uploads = placeUploads(placed, new Map(Object.entries(map)), () => {
    created += 1;
    return newUpload();
  });
  expect([...uploads.keys()]).toEqual(Object.keys(map));
  expect(created).toBe(Object.values(map).flat().length);
  expect(new Set([...uploads.values()].flat()).size).toBe(created);
  expect(JSON.parse(withMarks(placed, uploads))).toEqual(becomes);
});

interface Rejected {
  readonly path: string;
  readonly variables?: unknown;
  readonly operations?: Operations;
}

test.for<Rejected>([
  { path: 'variables.file', variables: '' },
  { path: 'variables.file', variables: 1 },
  { path: 'variables.a.file', variables: null },
  { path: 'variables.a.file', operations: { query: QUERY } },
  { path: '0.variables.a.file', operations: [{ query: QUERY }] },
  { path: 'variables.a.file', variables: { a: '' } },
  { path: 'variables.a.file', variables: { a: null } },
  { path: 'variables.a.0', variables: { a: 'text' } },
  { path: 'variables.a.length', variables: { a: 'text' } },
  { path: 'variables.a.b.file', variables: { a: {} } },
  { path: 'variables..file', variables: {} },
  { path: 'variables.file.', variables: { file: null } },
  { path: 'variables.toString.file', variables: {} },
])('the path "$path" is rejected because it leads through a value that is not an object: %j', (rejected) => {
  expect(messageFor(rejected)).toContain('It does not exist in "operations"');
});

test.for<Rejected>([
  { path: '' },
  { path: '.' },
  { path: 'variables' },
  { path: 'query' },
  { path: 'query.file' },
  { path: 'operationName' },
  { path: 'extensions.file' },
  { path: ' variables.file' },
  { path: 'Variables.file' },
  { path: '.variables.file' },
  { path: '0.variables.file' },
  { path: 'variables.file', operations: [{ variables: { file: null } }] },
  { path: '0', operations: [{ variables: { file: null } }] },
  { path: '0.variables', operations: [{ variables: { file: null } }] },
  { path: '0.query.file', operations: [{ query: QUERY, variables: { file: null } }] },
])('the path "$path" is rejected because it does not point into the variables', (rejected) => {
  expect(messageFor(rejected)).toContain('It does not point into "variables"');
});

test.for<Rejected>([
  { path: '1.variables.file', operations: [{ variables: { file: null } }] },
  { path: '00.variables.file', operations: [{ variables: { file: null } }] },
  { path: '-1.variables.file', operations: [{ variables: { file: null } }] },
  { path: 'length.variables.file', operations: [{ variables: { file: null } }] },
])('the path "$path" is rejected because the batch has no such operation', (rejected) => {
  expect(messageFor(rejected)).toContain('It does not exist in "operations"');
});

test.for([
  ...['1', '2', '20000000', '4294967294', '4294967295', '4294967296', '9007199254740993', '1e1', '1e400'],
  ...[
    '-1',
    '-0',
    '00',
    '01',
    '+0',
    '0x0',
    '0.0',
    ' 0',
    '0 ',
    '',
    'length',
    'push',
    'at',
    '__proto__',
    '\u0660',
  ],
])('the index "%s", which the list does not have, is rejected, and no list grows', (index) => {
  const operations = { variables: { files: [null], lists: [[null]] } };
  for (const path of [
    `variables.files.${index}`,
    `variables.lists.${index}.0`,
    `variables.lists.0.${index}`,
  ]) {
    expect(messageFor({ path, operations })).toContain('It does not exist in "operations"');
  }
  expect(operations).toEqual({ variables: { files: [null], lists: [[null]] } });
  expect(Object.keys(operations.variables.files)).toEqual(['0']);
});

test.for([
  '__proto__',
  '__proto__.x',
  'constructor',
  'constructor.x',
  'constructor.prototype',
  'constructor.prototype.x',
  'a.__proto__',
  'a.__proto__.x',
  'a.constructor.prototype.x',
  'list.__proto__.x',
  'list.0.__proto__.x',
  'list.constructor.prototype.x',
  'sent.__proto__',
  'sent.__proto__.x',
])('the path "variables.%s" is rejected, and no prototype changes', (path) => {
  // Written as JSON, because the key `__proto__` of an object literal would set the prototype.
  const json = '{"variables":{"a":{},"list":[{}],"sent":{"__proto__":{"x":null}},"__proto__":{"x":null}}}';
  const operations = parseOperations(json);
  expect(messageFor({ path: `variables.${path}`, operations })).toContain('It does not exist');
  expect(withMarks(operations)).toBe(json);
  expect(({} as Record<string, unknown>)['x']).toBeUndefined();
  expect(([] as unknown as Record<string, unknown>)['x']).toBeUndefined();
});

test.for<Rejected>([
  { path: 'variables.__proto__', operations: { query: QUERY } },
  { path: 'variables.__proto__.x', operations: { query: QUERY } },
  { path: '__proto__.variables.file' },
  { path: 'constructor.prototype.x' },
  { path: '__proto__.variables.file', operations: [{ variables: { file: null } }] },
  { path: 'constructor.prototype.x', operations: [{ variables: { file: null } }] },
])('the path "$path" is rejected, and no prototype changes', (rejected) => {
  expect(messageFor(rejected)).toContain('cannot be used');
  expect(({} as Record<string, unknown>)['x']).toBeUndefined();
  expect(({} as Record<string, unknown>)['file']).toBeUndefined();
});

test.for(['text', '', 0, 1, true, false, [], [null]])(
  'a file does not replace a value that the client sent in its place: %j',
  (value) => {
    expect(messageFor({ path: 'variables.file', variables: { file: value } })).toContain('must be null');
    expect(messageFor({ path: 'variables.files.0', variables: { files: [value] } })).toContain(
      'must be null',
    );
  },
);

test.for([
  { what: 'twice for one part', map: { 0: ['variables.file', 'variables.file'] } },
  { what: 'for two parts', map: { 0: ['variables.file'], 1: ['variables.file'] } },
])('a path that is listed $what is rejected', ({ map }) => {
  const place = () =>
    placeUploads({ variables: { file: null } }, new Map(Object.entries(map)), () => newUpload());
  expect(place).toThrow(MalformedRequestError);
  expect(place).toThrow('It is listed twice.');
});

test('a path that leads through another upload is rejected', () => {
  const map = new Map([
    ['0', ['variables.file']],
    ['1', ['variables.file.name']],
  ]);
  expect(() => placeUploads({ variables: { file: null } }, map, newUpload)).toThrow(MalformedRequestError);
});

function newUpload(): Upload {
  return new Upload(() => {});
}

/** Returns the error message that rejects a path. */
function messageFor({
  path,
  variables = { file: null },
  operations = { query: QUERY, variables },
}: Rejected): string {
  try {
    placeUploads(operations, new Map([['0', [path]]]), newUpload);
  } catch (error) {
    expect(error).toBeInstanceOf(MalformedRequestError);
    return (error as Error).message;
  }
  return expect.fail(`The path ${JSON.stringify(path)} was accepted.`);
}

/** Returns operations as JSON, with each upload replaced by the name of its part. */
function withMarks(
  operations: Operations,
  uploads: ReadonlyMap<string, readonly Upload[]> = new Map(),
): string {
  const parts = new Map([...uploads].flatMap(([part, placed]) => placed.map((upload) => [upload, part])));
  return JSON.stringify(operations, (_key, value: unknown) =>
    value instanceof Upload ? `<${parts.get(value)}>` : value,
  );
}
