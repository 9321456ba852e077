import type { IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { type DocumentNode, execute, GraphQLError, parse, specifiedRules, validate } from 'graphql';
import { afterAll, describe, expect, test } from 'vitest';
import { createClientAddress } from '../../src/auth/client-address.ts';
import { isCrossSite } from '../../src/auth/cross-site.ts';
import { isLoopbackHostHeader } from '../../src/auth/loopback.ts';
import { identifyByToken } from '../../src/auth/token.ts';
import { openSqliteDatabase } from '../../src/database/sqlite/sqlite-database.ts';
import { createDocumentCache } from '../../src/graphql/document-cache.ts';
import { toClientError } from '../../src/graphql/errors.ts';
import { oneUsePerFile } from '../../src/graphql/file-uses.ts';
import { refuseOperation } from '../../src/graphql/operation-limits.ts';
import { parseDocument } from '../../src/graphql/parse-document.ts';
import { schema } from '../../src/graphql/schema.ts';
import { createUrls } from '../../src/graphql/urls.ts';
import { prefersHtml, qualityOf } from '../../src/http/accept.ts';
import { decodePath } from '../../src/http/files/decode-path.ts';
import { evaluatePreconditions } from '../../src/http/files/preconditions.ts';
import { namesOneHost } from '../../src/http/host-header.ts';
import { mediaTypeOf } from '../../src/http/refuse-from-headers.ts';
import { parseJsonRequest, parseQuery } from '../../src/http/yoga/parse-params.ts';
import { GrowingBuffer } from '../../src/multipart/growing-buffer.ts';
import { parseParameters } from '../../src/multipart/parameters.ts';
import { readPartHeader } from '../../src/multipart/part-header.ts';
import { PartsParser } from '../../src/multipart/parts-parser.ts';
import { parseMap, parseOperations, placeUploads } from '../../src/multipart/place-uploads.ts';
import { Upload } from '../../src/multipart/upload.ts';
import { areInitials, initialsOf } from '../../src/pictures/initials.ts';
import { secureFileName } from '../../src/pictures/secure-file-name.ts';
import { expectLinear } from '../support/growth.ts';
import { makeTemporaryFolder } from '../support/temporary-folder.ts';

const times = (count: number, text: (index: number) => string, separator = ' ') =>
  Array.from({ length: count }, (_, index) => text(index)).join(separator);

/** Returns a function that ignores a refusal of the input: a refusal has to be as cheap as everything else. */
const refusable = (run: () => unknown) => () => {
  try {
    run();
  } catch {}
};

interface Place {
  readonly where: string;
  /** Half of the largest input that is accepted, or that a header can hold. */
  readonly size: number;
  readonly work: (size: number) => () => unknown;
}

const header = (make: (size: number) => string, read: (value: string) => unknown) => (size: number) => {
  const value = make(size);
  return () => read(value);
};

const LOOPBACK = { remoteAddress: '127.0.0.1' };
const addressOf = createClientAddress(['loopback']);

const HEADERS: readonly Place[] = [
  ...[' ', ';', ',', 'a;q=0.5,', 'application/json ;'].map((part) => ({
    where: `Accept, of many "${part}"`,
    size: 8_000,
    work: header(
      (size) => `a${part.repeat(size / part.length)}b`,
      (value) => [qualityOf('application/json', value), prefersHtml(value)],
    ),
  })),
  ...['text/html ', ', ', ' ,'].map((part) => ({
    where: `Accept of a form, of many "${part}"`,
    size: 8_000,
    work: header((size) => part.repeat(size / part.length), prefersHtml),
  })),
  ...[' ', 'a', 'a ', 'a.'].map((part) => ({
    where: `Authorization, of many "${part}"`,
    size: 8_000,
    work: header(
      (size) => `Bearer ${part.repeat(size / part.length)}\tb c`,
      (authorization) => identify({ authorization }),
    ),
  })),
  ...['a=b;', 'a;', ' ', '='].map((part) => ({
    where: `Cookie, of many "${part}"`,
    size: 8_000,
    work: header(
      (size) => part.repeat(size / part.length),
      (cookie) => identify({ cookie }),
    ),
  })),
  ...[':', '1', ':1', '.'].map((part) => ({
    where: `Host, of many "${part}"`,
    size: 8_000,
    work: header(
      (size) => `a${part.repeat(size / part.length)}x`,
      (host) => [
        isLoopbackHostHeader(host),
        namesOneHost({ headersDistinct: { host: [host] }, httpVersion: '1.1' } as unknown as IncomingMessage),
        isCrossSite({ origin: `http://${host}`, host }, new Set()),
      ],
    ),
  })),
  ...['127.0.0.1,', ',', ' ', '1', '[', ':1'].map((part) => ({
    where: `X-Forwarded-For, of many "${part}"`,
    size: 8_000,
    work: header(
      (size) => part.repeat(size / part.length),
      (named) =>
        addressOf({ headers: { 'x-forwarded-for': named }, socket: LOOPBACK } as unknown as IncomingMessage),
    ),
  })),
  ...['"', '"a",', 'W/', ' '].map((part) => ({
    where: `If-None-Match, of many '${part}'`,
    size: 8_000,
    work: header(
      (size) => part.repeat(size / part.length),
      (etags) =>
        evaluatePreconditions(
          { method: 'GET', headers: { 'if-none-match': etags, 'if-match': etags, range: `bytes=${etags}` } },
          { etag: '"x"', modifiedAt: new Date(0), size: 1 },
        ),
    ),
  })),
  ...['; ', ';a=b', ';a="', '\\', 'a', ' '].map((part) => ({
    where: `Content-Type and a part's headers, of many '${part}'`,
    size: 4_000,
    work: header(
      (size) => `form-data; name="a${part.repeat(size / part.length)}"`,
      (value) => {
        refusable(() => parseParameters(value))();
        refusable(() => readPartHeader(`Content-Disposition: ${value}\r\nX: ${value}`))();
        return mediaTypeOf(value);
      },
    ),
  })),
  ...['%20', '/..', '%', 'a/'].map((part) => ({
    where: `a path, of many "${part}"`,
    size: 8_000,
    work: header((size) => part.repeat(size / part.length), decodePath),
  })),
  ...['&query=a', '&', '%22', '='].map((part) => ({
    where: `a query string, of many "${part}"`,
    size: 8_000,
    work: header(
      (size) => `variables={"a":"${part.repeat(size / part.length)}"}`,
      (search) => refusable(() => parseQuery(new URLSearchParams(search)))(),
    ),
  })),
];

const identify = identifyByToken({
  keys: { secret: 'a secret of more than 32 bytes, for tests' },
  cookie: 'token',
});

const BODIES: readonly Place[] = [
  ...['1,', '{},', '"a",', '[', '" ', '\\"'].map((part) => ({
    where: `JSON, of many '${part}'`,
    size: 128 * 1024,
    work: header(
      (size) => `{"variables":{"a":["${part.repeat(size / part.length)}"]}}`,
      (json) => refusable(() => parseJsonRequest(json))(),
    ),
  })),
  {
    where: 'a body in chunks of one byte',
    size: 128 * 1024,
    work: (size) => () => {
      const body = new GrowingBuffer();
      const chunk = Buffer.from('x');
      for (let count = 0; count < size; count += 1) {
        body.append(chunk);
      }
    },
  },
  ...[
    { what: 'preamble', head: '', part: 'x\r\n--' },
    { what: 'blanks behind a delimiter', head: '--b', part: ' ' },
    { what: 'a part’s header', head: '--b\r\nA: ', part: 'x' },
    { what: 'a field', head: '--b\r\nContent-Disposition: form-data; name="x"\r\n\r\n', part: '\r\n--' },
  ].flatMap(({ what, head, part }) =>
    [1, 4_096].map((chunkBytes) => ({
      where: `multipart, of a long ${what} in chunks of ${chunkBytes} bytes`,
      size: 4_096,
      work: (size: number) => {
        const body = Buffer.from(head + part.repeat(size / part.length));
        return () => parseParts(body, chunkBytes);
      },
    })),
  ),
  {
    where: 'operations and map, of a long path',
    size: 16 * 1024,
    work: (size) => {
      const depth = size / 8;
      const operations = `{"variables":${'{"a":'.repeat(depth)}null${'}'.repeat(depth)}}`;
      const map = JSON.stringify({ 0: [`variables${'.a'.repeat(depth)}`] });
      return refusable(() =>
        placeUploads(parseOperations(operations), parseMap(map, 1), () => new Upload(() => {})),
      );
    },
  },
  ...['\\"', '"', ':', ' '].map((part) => ({
    where: `map, of many '${part}'`,
    size: 16 * 1024,
    work: header(
      (size) => `{"${part.repeat(size / part.length)}":["a"]}`,
      (json) => refusable(() => parseMap(json, 1))(),
    ),
  })),
];

const NAMES: readonly Place[] = [
  ...['!', '\u{1f469}\u200d\u{1f4bb}', 'e\u0301', '\u0600a', 'a ', '\u0e33'].map((part) => ({
    where: `a name and an id, of many "${part}"`,
    size: 20_000,
    work: (size: number) => {
      const text = part.repeat(size / part.length);
      // Initials are cached by object, so each run needs a new one.
      return () => [initialsOf({ id: text, name: text }), areInitials(text)];
    },
  })),
  ...['.', ' ', 'a.', '..', '/', '\u00e9', '\u200b'].map((part) => ({
    where: `a file name, of many "${part}"`,
    size: 20_000,
    work: header(
      (size) => `a${part.repeat(size / part.length)}b`,
      (name) => secureFileName(name, 'jpg'),
    ),
  })),
];

const DOCUMENTS: readonly Place[] = [
  ...['a ', '#\n', '\n', '{', '"a" ', '"""\n a\n"""', '"\\u0041" ', '...a ', '@a ', '[', '$a:Int '].map(
    (part) => ({
      where: `a document, of many ${JSON.stringify(part)}`,
      size: 8 * 1024,
      work: header(
        (size) => `query { viewer { id } } ${part.repeat((size - 24) / part.length)}`,
        (text) => refusable(() => parseDocument(text))(),
      ),
    }),
  ),
];

/** Documents at the limits of their shape. One that is twice as large is refused, or takes twice as long. */
const SHAPES: readonly {
  readonly what: string;
  readonly size: number;
  readonly make: (size: number) => string;
}[] = [
  { what: 'fields of one name', size: 249, make: (size) => `{ viewer { ${'id '.repeat(size)} } }` },
  {
    what: 'fields that conflict',
    size: 124,
    make: (size) => `{ a: viewer { ${'x: id '.repeat(size)} } a: viewer { ${'x: name '.repeat(size)} } }`,
  },
  {
    what: 'fields with arguments',
    size: 200,
    make: (size) => `{ viewer { ${times(size, (index) => `avatarUrl(size: ${index % 2})`)} } }`,
  },
  {
    what: 'fields that do not exist',
    size: 400,
    make: (size) => `{ viewer { ${times(size, (index) => `avatarUr${index}`)} } }`,
  },
  {
    what: 'fragments that are spread side by side',
    size: 45,
    make: (size) =>
      `{ viewer { ${times(size, (i) => `...f${i}`)} } } ${times(size, (i) => `fragment f${i} on User { id name }`)}`,
  },
  {
    what: 'fragments inside each other',
    size: 45,
    make: (size) =>
      `{ viewer { ...f0 } } ${times(size, (i) => `fragment f${i} on User { id ...f${i + 1} ...f${i + 1} }`)} fragment f${size} on User { id }`,
  },
  {
    what: 'operations that share their fragments',
    size: 24,
    make: (size) =>
      `${times(size, (i) => `query q${i}($a: Int!) { viewer { ...f0 } }`)} ${times(
        size,
        (i) => `fragment f${i} on User { x${i}: avatarUrl(size: $a) ...f${i + 1} }`,
      )} fragment f${size} on User { id }`,
  },
  {
    what: 'variables',
    size: 90,
    make: (size) =>
      `query (${times(size, (i) => `$v${i}: Int!`)}) { viewer { ${times(size, (i) => `a${i}: avatarUrl(size: $v${i})`)} } }`,
  },
  {
    what: 'inline fragments inside each other',
    size: 150,
    make: (size) => `{ viewer { ${'... on User { id '.repeat(size)} ${'} '.repeat(size)} } }`,
  },
  {
    what: 'directives',
    size: 150,
    make: (size) => `{ viewer { ${'id @include(if: true) '.repeat(size)} } }`,
  },
];

const RULES = [...specifiedRules, oneUsePerFile];

/** Every check of a document before it runs. */
const SHAPE_PLACES: readonly Place[] = SHAPES.map(({ what, size, make }) => ({
  where: `validation and cost, of many ${what}`,
  size,
  work: header(
    make,
    refusableOf((text) => {
      const document = parseDocument(text);
      if (validate(schema, document, RULES, { maxErrors: 10 }).length === 0) {
        refuseOperation({ schema, document });
      }
    }),
  ),
}));

function refusableOf(run: (text: string) => void): (text: string) => void {
  return (text) => refusable(() => run(text))();
}

const OPERATIONS: readonly Place[] = [
  {
    where: 'variables, of many ids',
    size: 2_000,
    work: (size) => {
      const document = parse('query ($ids: [ID!]!) { users(ids: $ids) { id } }');
      const variableValues = { ids: Array(size).fill('a') };
      return () => refuseOperation({ schema, document, variableValues });
    },
  },
  {
    where: 'variables, of many values that do not fit',
    size: 2_000,
    work: (size) => {
      const document = parse(`${'\n'.repeat(1_000)}query ($ids: [ID!]!) { users(ids: $ids) { id } }`);
      const variableValues = { ids: Array(size).fill({}) };
      return () => refuseOperation({ schema, document, variableValues });
    },
  },
  {
    where: 'cost, of fragments through which there are 2^100 ways',
    size: 50,
    work: (size) => {
      const document = parse(
        `{ viewer { ...f0 } } ${times(size, (i) => `fragment f${i} on User { ...f${i + 1} ...f${i + 1} }`)} fragment f${size} on User { id }`,
      );
      return () => refuseOperation({ schema, document });
    },
  },
  {
    where: 'execution, of a hundred users under many aliases',
    size: 12,
    work: (size) => {
      const document = parse(
        `query ($ids: [ID!]!) { users(ids: $ids) { ${times(size, (i) => `a${i}: avatarUrl`)} } }`,
      );
      return () => runFor100Users(document);
    },
  },
  {
    where: 'errors, of many lines',
    size: 1_000,
    work: (size) => {
      const document = parse(`${'\n'.repeat(size)}{ viewer { id } }`);
      const nodes = document.definitions;
      return () => toClientError(new GraphQLError('x', { nodes }), 'id', () => {});
    },
  },
  {
    where: 'errors, of a long message',
    size: 100_000,
    work: (size) => {
      const message = 'x'.repeat(size);
      return () => toClientError(new GraphQLError(message), 'id', () => {});
    },
  },
];

const ids = Array.from({ length: 100 }, (_, index) => `${'!'.repeat(200)}${index}`);
const folder = await makeTemporaryFolder();
const database = openSqliteDatabase(join(folder.path, 'portrait.db'));
const contextValue = {
  parts: { database },
  urls: createUrls(
    () => 'http://127.0.0.1',
    () => 'http://127.0.0.1/static/pictures',
  ),
};

afterAll(async () => {
  await database.close();
  await folder[Symbol.asyncDispose]();
});

async function runFor100Users(document: DocumentNode): Promise<void> {
  const { errors } = await execute({ schema, document, contextValue, variableValues: { ids } });
  if (errors !== undefined) {
    throw errors[0];
  }
}

function parseParts(body: Buffer, chunkBytes: number): void {
  const parser = new PartsParser(
    { boundary: 'b', maxParts: 11, maxFieldBytes: 64 * 1024 },
    {
      beginField: () => {},
      fieldGrew: () => {},
      field: () => {},
      file: () => undefined,
      end: () => {},
      fail: () => {},
    },
  );
  for (let at = 0; at < body.length; at += chunkBytes) {
    parser.write(body.subarray(at, at + chunkBytes));
  }
  parser.end();
}

describe('Twice the input takes at most about twice the time', () => {
  test.for([...HEADERS, ...BODIES, ...NAMES, ...DOCUMENTS, ...SHAPE_PLACES, ...OPERATIONS])(
    '$where',
    async ({ size, work }) => {
      await expectLinear(size, work);
    },
  );
});

test('The document cache stays within its bytes, however large and many the documents are', () => {
  const cache = createDocumentCache(1_000_000);
  const documents = Array.from({ length: 300 }, (_, index) => `{ viewer { ${'id '.repeat(100 + index)} } }`);
  for (const text of documents) {
    cache.add(text, parse(text));
  }
  const kept = documents.filter((text) => cache.get(text) !== undefined);
  // A document of 400 fields takes 180 KB.
  expect(kept.length).toBeGreaterThan(3);
  expect(kept.length).toBeLessThan(8);
  expect(kept).toContain(documents.at(-1));
});
