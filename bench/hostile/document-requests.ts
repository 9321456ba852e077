import { getIntrospectionQuery } from 'graphql';
import { graphqlRequest, type HostileRequest, repeat } from './hostile-request.ts';
import { EMOJI_USER, PICTURE_USER } from './seed-hostile.ts';

const USERS = 'query ($i: [ID!]!) { users(ids: $i)';
const aliases = (count: number, field: string) => repeat(count, (i) => `a${i}: ${field}`);
const breaks = (count: number) => '\n'.repeat(count);
const hundredTimes = (id: string) => ({ i: Array(100).fill(id) });

/** Returns requests with documents that are expensive to parse, validate or execute, or that cause expensive errors. */
export function documentRequests(): HostileRequest[] {
  const introspection = getIntrospectionQuery();
  const fragments = introspection.slice(introspection.indexOf('fragment FullType'));
  const documents: readonly [name: string, query: string, variables?: object][] = [
    [
      '65,000 line breaks, 43,000 invalid ids',
      `${breaks(65_000)}${USERS} { id } }`,
      { i: Array(43_000).fill({}) },
    ],
    ['110,000 line breaks, 390 unknown fields', `{${breaks(110_000)}${'viewer{nope} '.repeat(390)}}`],
    [
      '20,000 line breaks, 2,400 times url(size: 0)',
      `${breaks(20_000)}${USERS} { ${aliases(24, 'profilePicture { url(size: 0) }')} } }`,
      hundredTimes(PICTURE_USER),
    ],
    [
      'an id of 5,000 "!", 240 aliases',
      `query ($i: ID!) { user(id: $i) { ${aliases(240, 'avatarUrl')} } }`,
      { i: '!'.repeat(5000) },
    ],
    ['an id of 200,000 "!"', 'query ($i: ID!) { user(id: $i) { avatarUrl } }', { i: '!'.repeat(200_000) }],
    [
      'a name of 127 emoji, 4,800 times',
      `${USERS} { ${aliases(48, 'avatarUrl')} } }`,
      hundredTimes(EMOJI_USER),
    ],
    [
      'a comment of 245 KB with a non-Latin character',
      `#\u4e2d${'x'.repeat(245_000)}\n{ viewer { ${aliases(240, 'id')} } }`,
    ],
    [
      '329 fields that conflict with 329 others',
      `{ a: viewer { ${'x: id '.repeat(329)} } a: viewer { ${'x: name '.repeat(329)} } }`,
    ],
    [
      'conflicts inside nested fragments',
      `{ ${repeat(60, (i) => `...F${i}`)} } ${repeat(60, (i) => `fragment F${i} on Query { a: viewer { x: ${i % 2 ? 'id' : 'name'} ...G${i} } } fragment G${i} on User { x: ${i % 2 ? 'name' : 'id'} }`)}`,
    ],
    [
      'at the limits: 248 fields that conflict',
      `{ a: viewer { ${'x: id '.repeat(124)} } a: viewer { ${'x: name '.repeat(124)} } }`,
    ],
    [
      'at the limits: 90 fragments, and a conflict',
      `{ viewer { x: id ${repeat(90, (i) => `...F${i}`)} } } ${repeat(90, (i) => `fragment F${i} on User { x: ${i === 89 ? 'name' : 'id'} y${i}: id ...F${i + 1} }`)} fragment F90 on User { id }`,
    ],
    [
      'at the limits: 150 descriptions of each field of the schema',
      `{ __schema { types { fields { ${aliases(150, 'description')} } } } }`,
    ],
    [
      'at the limits: 4,800 avatars of users with ids of 255 "!"',
      `${USERS} { ${aliases(48, 'avatarUrl')} } }`,
      { i: Array.from({ length: 100 }, (_, index) => `${index}`.padStart(255, '!')) },
    ],
    ['at the limits: ten errors on 2,000 lines', `${breaks(1_990)}{ ${repeat(300, (i) => `nope${i}`)} }`],
    [
      'at the limits: 2,000 tokens without an error',
      `{ viewer { ${repeat(245, (i) => `a${i}: avatarUrl`)} } } #`,
    ],
    ['selections 120,000 deep', '{a'.repeat(120_000)],
    ['a list 100,000 deep', `{ user(id: ${'['.repeat(100_000)}${']'.repeat(100_000)}) { id } }`],
    [
      'a chain of 4,000 fragments',
      `{ viewer { ...F0 } } ${repeat(4000, (i) => `fragment F${i} on User { ...F${i + 1} }`)}`,
    ],
    [
      '100 fragments that spread each other',
      `{ viewer { ...F0 } } ${repeat(100, (i) => `fragment F${i} on User { ${repeat(100, (j) => `...F${j}`)} }`)}`,
    ],
    ['6,000 operations', repeat(6000, (i) => `query Q${i} { viewer { id } }`)],
    [
      '240 aliases of 1,000 characters',
      `{ viewer { ${repeat(240, (i) => `${'a'.repeat(1000)}${i}: id`)} } }`,
    ],
    [
      '250 users with ids of 1,000 characters',
      `{ ${repeat(250, (i) => `a${i}: user(id: "${'i'.repeat(1000)}${i}") { avatarUrl }`)} }`,
    ],
    [
      'introspection twice',
      `{ a: __schema { types { ...FullType } } b: __schema { types { ...FullType } } } ${fragments}`,
    ],
    ['8,000 directives', `{ viewer { id ${'@skip(if: false) '.repeat(8000)} } }`],
    ['10,000 variables', `query (${repeat(10_000, (i) => `$v${i}: ID`)}) { viewer { id } }`],
    ['12,000 unknown arguments', `{ user(${repeat(12_000, (i) => `a${i}: 1`)}) { id } }`],
    [
      'an input object of 12,000 unknown fields',
      `mutation { uploadProfilePicture(crop: { ${repeat(12_000, (i) => `a${i}: 1`)} }) { id } }`,
    ],
    ['240,000 closing brackets', '}'.repeat(240_000)],
    ['a string of 20,000 escapes', `{ user(id: "${'\\u{1F600}'.repeat(20_000)}") { avatarUrl } }`],
    ['a block string of 100,000 lines', `{ user(id: """${breaks(100_000)}""") { id } }`],
    ['an unterminated string', `{ user(id: "${'x'.repeat(240_000)}`],
  ];
  return documents.map(([name, query, variables]) => ({ name, bytes: graphqlRequest(query, variables) }));
}
