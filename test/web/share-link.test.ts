import { expect, it } from 'vitest';
import { readLink, shareLink } from '../../src/web/graphiql/share-link.ts';

const PAGE = 'https://example.com/portrait/graphql?query=old#fragment';

it.for([
  { query: 'query ($id: ID!) { user(id: $id) { id } }', variables: '{ "id": "ada & bob" }' },
  { query: '{ viewer { id } } # 100 %', variables: '' },
])('a link opens the page with $query and $variables', (operation) => {
  const link = new URL(shareLink(PAGE, operation) ?? '');
  expect([link.origin + link.pathname, link.hash]).toEqual(['https://example.com/portrait/graphql', '']);
  expect(readLink(link.search)).toEqual(operation);
});

it('a link that servers could reject for its length does not exist', () => {
  expect(shareLink(PAGE, { query: '{ a }', variables: `{"a":"${'a'.repeat(7000)}"}` })).toBeUndefined();
});

it.for(['', '?variables={}', '?query='])('the search %j names no operation', (search) => {
  expect(readLink(search)).toBeUndefined();
});
