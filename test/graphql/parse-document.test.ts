import { expect, it } from 'vitest';
import { parseDocument } from '../../src/graphql/parse-document.ts';

it('Fields of different operations are not compared, so a document can have 60 operations', () => {
  const operations = Array.from(
    { length: 60 },
    (_, index) => `query q${index} { viewer { id avatarUrl(size: 64) profilePicture { id url } } }`,
  );
  expect(parseDocument(operations.join(' ')).definitions).toHaveLength(60);
});

it('Fields of a fragment are compared with fields of the operations that use it', () => {
  const fields = (name: string) => Array.from({ length: 60 }, () => `x: avatarUrl(size: ${name})`).join(' ');
  const fragment = `fragment f on User { ${fields('2')} }`;
  expect(() => parseDocument(`{ viewer { ${fields('1')} } } ${fragment}`)).not.toThrow();
  expect(() => parseDocument(`{ viewer { ${fields('1')} ...f } } ${fragment}`)).toThrow(
    'comparisons of fields with the same name',
  );
});
