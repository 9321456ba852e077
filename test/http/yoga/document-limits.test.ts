import { buildClientSchema, getIntrospectionQuery, type IntrospectionQuery, printSchema } from 'graphql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { schema } from '../../../src/graphql/schema.ts';
import { query, UPLOAD, USER_FIELDS } from '../../support/graphql.ts';
import { type Portrait, startPortrait } from '../../support/portrait.ts';

let server: Portrait;

beforeAll(async () => {
  server = await startPortrait();
});
afterAll(() => server[Symbol.asyncDispose]());

const times = (count: number, text: (index: number) => string) =>
  Array.from({ length: count }, (_, index) => text(index)).join(' ');
const ids = (count: number) => Array.from({ length: count }, (_, index) => `user-${index}`);

const fragments = (levels: number, type = 'User') =>
  times(levels, (level) => `fragment f${level} on ${type} { ...f${level + 1} ...f${level + 1} }`) +
  ` fragment f${levels} on ${type} { id name }`;

/** Nests fields in each other, and selects each of them `count` times under different aliases. */
const nestedAliases = (count: number, fields: readonly string[], leaf: string): string =>
  fields.reduceRight(
    (inside, field) => `{ ${times(count, (index) => `a${index}: ${field} ${inside}`)} }`,
    `{ ${leaf} }`,
  );

const nested = (field: string, levels: number, leaf: string): string =>
  `${`${field} { `.repeat(levels)}${leaf}${' }'.repeat(levels)}`;

describe('A document', () => {
  it.for<{ what: string; document: string; variables?: Record<string, unknown> }>([
    {
      what: 'all fields of a hundred users twice',
      document: `query ($ids: [ID!]!) { a: users(ids: $ids) { ${USER_FIELDS} } b: users(ids: $ids) { ${USER_FIELDS} } }`,
      variables: { ids: ids(100) },
    },
    {
      what: '20 levels of nested fields',
      document: `{ __schema { types { fields { type { ${nested('ofType', 15, 'name')} } } } } }`,
    },
    {
      what: 'two fields that fragments reach in 65,536 ways',
      document: `{ viewer { ...f0 } } ${fragments(16)}`,
    },
    {
      what: 'the same fields of a hundred users in 60 fragments',
      document: `query ($ids: [ID!]!) { users(ids: $ids) { ${times(60, (index) => `...Component${index}`)} } }
        ${times(60, (index) => `fragment Component${index} on User { id name avatarUrl profilePicture { id url srcSet } }`)}`,
      variables: { ids: ids(100) },
    },
    { what: '100 aliases', document: `{ ${times(100, (index) => `a${index}: viewer { id }`)} }` },
    { what: 'a single field', document: '{ viewer { id } }' },
    {
      what: 'an empty list of ids',
      document: 'query ($ids: [ID!]!) { users(ids: $ids) { id } }',
      variables: { ids: [] },
    },
  ])('with $what is accepted', async ({ document, variables }) => {
    expect(await query(server, document, variables)).toMatchObject({ status: 200, errors: undefined });
  });

  it.for<{
    what: string;
    document: string;
    variables?: Record<string, unknown>;
    says: string;
    status?: number;
    extensions?: Record<string, unknown>;
  }>([
    {
      what: '300 fields',
      document: `{ ${times(150, (index) => `a${index}: viewer { id }`)} }`,
      says: '300 fields in total. The limit is 250',
    },
    {
      what: '16 KiB and one byte',
      document: `{ viewer { id } } #${'x'.repeat(16 * 1024 + 1 - '{ viewer { id } } #'.length)}`,
      says: 'larger than 16384 bytes',
      status: 413,
      extensions: { code: 'REQUEST_TOO_LARGE', limit: 16_384 },
    },
    {
      what: '2,001 lines',
      document: `${'\n'.repeat(2_000)}{ viewer { id } }`,
      says: 'more than 2000 lines',
      status: 413,
      extensions: { code: 'REQUEST_TOO_LARGE', limit: 2_000 },
    },
    {
      what: 'an alias of 129 characters',
      document: `{ ${'a'.repeat(129)}: viewer { id } }`,
      says: 'a name of more than 128 characters',
      status: 413,
      extensions: { code: 'REQUEST_TOO_LARGE', limit: 128 },
    },
    {
      what: '65 levels of braces, brackets and parentheses',
      document: `{ user(id: ${'['.repeat(63)}${']'.repeat(63)}) { id } }`,
      says: 'nests more than 64 braces, brackets and parentheses',
      status: 413,
      extensions: { code: 'REQUEST_TOO_LARGE', limit: 64 },
    },
    {
      what: 'a list that is nested 1,900 levels deep',
      document: `query ($a: ID = ${'['.repeat(1_900)}`,
      says: 'nests more than 64 braces, brackets and parentheses',
      status: 413,
      extensions: { code: 'REQUEST_TOO_LARGE', limit: 64 },
    },
    {
      what: '175 fields of the same name with subfields',
      document: `query b { viewer { ${times(175, (index) => `profilePicture { a: f${index} }`)} } }`,
      says: 'comparisons of fields with the same name. The limit is 31125',
    },
    {
      what: '101 operations',
      document: times(101, (index) => `query q${index} { viewer { id } }`),
      says: '101 operations and fragments. The limit is 100',
    },
    {
      what: '328 fields that conflict with 328 others',
      document: `{ a: viewer { ${'x: id '.repeat(328)} } a: viewer { ${'x: name '.repeat(328)} } }`,
      says: 'comparisons of fields with the same name. The limit is 31125',
    },
    {
      what: '2,400 response strings of up to 2,880 bytes',
      document: `query ($ids: [ID!]!) { users(ids: $ids) { ${times(24, (index) => `a${index}: profilePicture { srcSet }`)} } }`,
      variables: { ids: ids(100) },
      says: 'bytes of response data in the worst case. The limit is 4194304',
    },
    {
      what: 'avatars of zero pixels for a hundred users under 24 aliases',
      document: `query ($ids: [ID!]!) { users(ids: $ids) { ${times(24, (index) => `a${index}: avatarUrl(size: 0)`)} } }`,
      variables: { ids: ids(100) },
      says: 'The size must be between 1 and 2048 pixels.',
      extensions: { code: 'BAD_USER_INPUT' },
    },
    {
      what: 'a string of 4,097 characters in a variable',
      document: 'query ($text: PictureFormat!) { viewer { profilePicture { url(format: $text) } } }',
      variables: { text: 'x'.repeat(4_097) },
      says: 'Variable "$text" has a text of more than 4096 characters.',
      extensions: { code: 'BAD_USER_INPUT' },
    },
    {
      what: 'an object of 101 members in a variable',
      document:
        'mutation ($crop: CropInput!, $file: File!) { uploadProfilePicture(file: $file, crop: $crop) { id } }',
      variables: {
        crop: [Object.fromEntries(Array.from({ length: 101 }, (_, index) => [`key${index}`, 1]))],
      },
      says: 'Variable "$crop" has an object of more than 100 members.',
      extensions: { code: 'BAD_USER_INPUT' },
    },
    {
      what: 'a user id of 256 characters',
      document: 'query ($id: ID!) { user(id: $id) { id } }',
      variables: { id: 'x'.repeat(256) },
      says: 'A user id has at most 255 characters.',
      extensions: { code: 'BAD_USER_INPUT' },
    },
    {
      what: 'a user id of 256 characters in a list',
      document: 'query ($ids: [ID!]!) { users(ids: $ids) { id } }',
      variables: { ids: ['a', 'x'.repeat(256)] },
      says: 'A user id has at most 255 characters.',
      extensions: { code: 'BAD_USER_INPUT' },
    },
    {
      what: 'the same hundred users 30 times',
      document: `query ($ids: [ID!]!) { ${times(30, (index) => `a${index}: users(ids: $ids) { id avatarUrl }`)} }`,
      variables: { ids: ids(100) },
      says: '6030 units of cost',
    },
    {
      what: '11 mutations',
      document: `mutation { ${times(11, (index) => `a${index}: removeProfilePicture { id }`)} }`,
      says: '5511 units of cost',
    },
    {
      what: '2,001 tokens',
      document: `{ viewer { ${'id '.repeat(1996)} } }`,
      says: 'more than 2000 names',
      status: 413,
      extensions: { code: 'REQUEST_TOO_LARGE', limit: 2000 },
    },
    {
      what: '2,000 tokens but too many fields',
      document: `{ viewer { ${'id '.repeat(1995)} } }`,
      says: '1989015 comparisons of fields with the same name. The limit is 31125',
    },
    {
      what: 'nested lists of the schema',
      document:
        '{ __schema { types { fields { type { fields { type { fields { type { fields { name } } } } } } } } } }',
      says: 'Maximum introspection depth exceeded',
    },
    {
      what: 'the schema, its types, their fields and their arguments three times each',
      document: nestedAliases(3, ['__schema', 'types', 'fields', 'args'], 'name'),
      says: 'introspection fields',
    },
    {
      what: 'the schema, its types, their fields and their arguments 24 times each, in fragments',
      document: `{ ${times(24, (index) => `a${index}: __schema { ...schema }`)} }
        fragment schema on __Schema { ${times(24, (index) => `a${index}: types { ...type }`)} }
        fragment type on __Type { ${times(24, (index) => `a${index}: fields { ...field }`)} }
        fragment field on __Field { ${times(24, (index) => `a${index}: args { name }`)} }`,
      says: '5001 fields in total. The limit is 5000',
    },
    {
      what: '21 levels of nested fields',
      document: `{ __schema { types { fields { type { ${nested('ofType', 16, 'name')} } } } } }`,
      says: '21 levels of nested fields. The limit is 20',
    },
    {
      what: 'too many users and a null that its variable allows but its argument does not',
      document: `query ($ids: [ID!]!, $none: [ID!] = ["a"]) {
        ${times(30, (index) => `a${index}: users(ids: $ids) { id avatarUrl }`)} z: users(ids: $none) { id }
      }`,
      variables: { ids: ids(100), none: null },
      says: 'Argument "Query.users(ids:)" has invalid value',
      extensions: { code: 'BAD_USER_INPUT' },
    },
    {
      what: 'too many users by the default value of a variable',
      document: `query ($ids: [ID!]! = ${JSON.stringify(ids(100))}) {
        ${times(30, (index) => `a${index}: users(ids: $ids) { id avatarUrl }`)}
      }`,
      says: '6030 units of cost',
    },
  ])('with $what is rejected, and no part of it runs', async ({ document, variables, says, ...error }) => {
    const { status, data, errors } = await query(server, document, variables);
    expect([status, data]).toEqual([error.status ?? 400, undefined]);
    expect(errors?.[0]?.message).toContain(says);
    expect(errors?.[0]?.extensions).toEqual(error.extensions ?? { code: 'GRAPHQL_VALIDATION_FAILED' });
  });

  it('is measured by the operation that runs, not by its other operations', async () => {
    const document = `query Expensive { ${times(150, (index) => `a${index}: viewer { id }`)} } query Cheap { viewer { id } }`;
    const run = async (operationName: string) => {
      const response = await fetch(`${server.url}/graphql`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', Accept: 'application/graphql-response+json' },
        body: JSON.stringify({ query: document, operationName }),
      });
      return response.status;
    };
    expect([await run('Cheap'), await run('Expensive')]).toEqual([200, 400]);
  });

  it('with a null that its variable allows but its argument does not is rejected, and no part of it runs', async () => {
    const document = 'query ($size: Int = 64) { viewer { avatarUrl(size: $size) } }';
    const { data, errors } = await query(server, document, { size: null });
    expect(data).toBeUndefined();
    expect(errors?.[0]?.message).toContain('Expected variable "$size" provided to non-null type "Int!"');
    expect(errors?.[0]?.extensions).toEqual({ code: 'BAD_USER_INPUT' });
    expect(server.log()).toBe('');
  });

  it('that declares a variable of type Upload gets an error that names the scalar', async () => {
    const document = 'mutation ($file: Upload!) { uploadProfilePicture(file: $file) { id } }';
    const { errors } = await query(server, document);
    expect(errors?.map(({ message, extensions }) => [message, extensions.code])).toEqual([
      [
        'Unknown type "Upload". This server calls its scalar for files "File". Declare the variable as "File!".',
        'GRAPHQL_VALIDATION_FAILED',
      ],
    ]);
  });

  it('gets at most ten errors', async () => {
    const unknown = await query(server, `{ ${times(50, (index) => `unknown${index}`)} }`);
    const invalid = await query(server, 'query ($ids: [ID!]!) { users(ids: $ids) { id } }', {
      ids: Array(50).fill({}),
    });
    expect([unknown.errors?.length, invalid.errors?.length]).toEqual([10, 10]);
    expect([unknown.errors?.[9]?.message, invalid.errors?.[9]?.message]).toEqual([
      'The document has more than 9 errors. Please fix the ones before this one first.',
      'The variables have more than 9 errors. Please fix the ones before this one first.',
    ]);
  });

  it('that takes too much work to validate is rejected with advice', async () => {
    const spreads = times(45, (index) => `...f${index}`);
    const { status, errors } = await query(
      server,
      `{ ${times(17, () => `viewer { ${spreads} }`)} } ${times(45, (index) => `fragment f${index} on User { id }`)}`,
    );
    expect([status, errors?.[0]?.extensions.code]).toEqual([400, 'GRAPHQL_VALIDATION_FAILED']);
    expect(errors?.map(({ message }) => message)).toEqual([
      'The document takes too much work to validate. Please use fewer fragments, and fewer fields with the same name.',
    ]);
  });

  it('whose fragments contain each other is rejected without an internal error', async () => {
    const { status, errors } = await query(
      server,
      `{ viewer { ${times(99, (index) => `...f${index}`)} } } ${times(99, (index) => `fragment f${index} on User { ${times(4, (next) => `...f${(index + 7 * next + 1) % 99}`)} }`)}`,
    );
    expect([status, errors?.length, errors?.[9]?.message]).toEqual([
      400,
      10,
      'The document has more than 9 errors. Please fix the ones before this one first.',
    ]);
    expect(errors?.[0]?.message).toContain('Cannot spread fragment');
  });

  it('gets an error that quotes only the beginning of a long value', async () => {
    const { errors } = await query(server, 'query ($size: Int!) { viewer { avatarUrl(size: $size) } }', {
      size: 'x'.repeat(4_000),
    });
    expect(errors?.[0]?.message).toMatch(/^Variable "\$size" has invalid value: .{900,1000}…$/);
    expect(errors?.[0]?.message.length).toBeLessThanOrEqual(1_000);
  });

  it('with invalid variables gets an error that states what is wrong', async () => {
    const { errors } = await query(server, 'query ($ids: [ID!]!) { users(ids: $ids) { id } }', {
      ids: [null],
    });
    expect(errors?.[0]?.message).toContain('Expected value of non-null type "ID!"');
    expect(errors?.[0]?.extensions).toEqual({ code: 'BAD_USER_INPUT' });
  });
});

describe('Introspection', () => {
  let hidden: Portrait;
  beforeAll(async () => {
    hidden = await startPortrait({ env: { INTROSPECTION: 'false' } });
  });
  afterAll(() => hidden[Symbol.asyncDispose]());

  const misspelt = { crop: { x: 0, y: 0, width: 1, heigth: 1 } };
  const messages = async (portrait: Portrait) => {
    const answers = [await query(portrait, '{ viewr { id } }'), await query(portrait, UPLOAD, misspelt)];
    return answers.flatMap(({ errors = [] }) => errors.map(({ message }) => message)).join('\n');
  };

  it('returns the whole schema', async () => {
    const { data } = await query<IntrospectionQuery>(server, getIntrospectionQuery({ specifiedByUrl: true }));
    expect(printSchema(buildClientSchema(data as IntrospectionQuery))).toBe(printSchema(schema));
  });

  it('can be turned off, and then errors do not suggest names either', async () => {
    const refused = await query(hidden, getIntrospectionQuery());
    expect([refused.status, refused.data]).toEqual([400, undefined]);
    expect(refused.errors?.[0]?.extensions).toEqual({ code: 'GRAPHQL_VALIDATION_FAILED' });

    expect(await messages(server)).toMatch(/Did you mean "viewer"(.|\n)*Did you mean "height"/);
    expect(await messages(hidden)).not.toContain('Did you mean');
    expect((await query(hidden, '{ viewer { id __typename } }')).status).toBe(200);
  });

  it('stays off for documents that the server has seen before, in every order', async () => {
    const shown = ['{ viewer { name id } }', 'query Shown { viewer { __typename } }'];
    const hiding = [
      '{ viewer { name id } __schema { types { name } } }',
      '{ __type(name: "User") { name } }',
    ];
    const documents = [...shown, ...hiding, ...hiding, ...shown, `${shown[1]} query S ${hiding[1]}`];
    const statuses: number[] = [];
    for (const document of documents) {
      statuses.push((await query(hidden, document)).status);
    }
    expect(statuses).toEqual([200, 200, 400, 400, 400, 400, 200, 200, 400]);
    // By now, the valid one of these documents is in the cache.
    expect(await messages(hidden)).not.toContain('Did you mean');
    expect(await messages(hidden)).not.toContain('Did you mean');
  });
});
