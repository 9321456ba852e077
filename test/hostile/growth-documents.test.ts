import { parse, specifiedRules, validate } from 'graphql';
import { expect, test } from 'vitest';
import { createDocumentCache } from '../../src/graphql/document-cache.ts';
import { oneUsePerFile } from '../../src/graphql/file-uses.ts';
import { prepareOperation } from '../../src/graphql/operation-limits.ts';
import { parseDocument } from '../../src/graphql/parse-document.ts';
import { schema } from '../../src/graphql/schema.ts';
import { ignoringErrors, type Place, reading, testGrowth } from '../support/growth.ts';

const times = (count: number, text: (index: number) => string, separator = ' ') =>
  Array.from({ length: count }, (_, index) => text(index)).join(separator);

const DOCUMENTS: readonly Place[] = [
  ...['a ', '#\n', '\n', '{', '"a" ', '"""\n a\n"""', '"\\u0041" ', '...a ', '@a ', '[', '$a:Int '].map(
    (part) => ({
      where: `a document with many ${JSON.stringify(part)}`,
      size: 8 * 1024,
      work: reading(
        (size) => `query { viewer { id } } ${part.repeat((size - 24) / part.length)}`,
        ignoringErrors((text) => parseDocument(text)),
      ),
    }),
  ),
];

/** Documents near a limit. At twice the size, the server rejects them or takes at most twice as long. */
const SHAPES: readonly {
  readonly what: string;
  readonly size: number;
  readonly make: (size: number) => string;
}[] = [
  { what: 'fields of the same name', size: 249, make: (size) => `{ viewer { ${'id '.repeat(size)} } }` },
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
    what: 'nested fragments',
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
    what: 'nested inline fragments',
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

/** All checks of a document before it runs. */
const SHAPE_PLACES: readonly Place[] = SHAPES.map(({ what, size, make }) => ({
  where: `validation and cost of a document with many ${what}`,
  size,
  work: reading(
    make,
    ignoringErrors((text) => {
      const document = parseDocument(text);
      if (validate(schema, document, RULES, { maxErrors: 10 }).length === 0) {
        prepareOperation({ schema, document });
      }
    }),
  ),
}));

testGrowth([...DOCUMENTS, ...SHAPE_PLACES]);

test('The document cache stays within its byte limit, and has the latest document', () => {
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
