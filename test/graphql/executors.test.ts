import {
  buildSchema,
  type DocumentNode,
  execute,
  type ExecutionResult,
  type GraphQLField,
  type GraphQLResolveInfo,
  getNamedType,
  getOperationAST,
  isObjectType,
  isRequiredArgument,
  type OperationDefinitionNode,
  parse,
  type ValidatedExecutionArgs,
  validateExecutionArgs,
} from 'graphql';
import { createSchema, YogaServer } from 'graphql-yoga';
import { expect, it } from 'vitest';
import { toClientError } from '../../src/graphql/errors.ts';
import { fragmentsOf } from '../../src/graphql/merge-fields.ts';
import { UnplannedError } from '../../src/graphql/planned-values.ts';
import { MAX_PLANNED_FIELDS, planQuery, type QueryPlan } from '../../src/graphql/query-plan.ts';
import { PAUSE_EXECUTIONS, PLAN_BYTES, QueryPlans } from '../../src/graphql/query-plans.ts';
import { schema as portrait } from '../../src/graphql/schema.ts';
import { InvalidInputError } from '../../src/pictures/errors.ts';
import { usedHeap } from '../support/used-heap.ts';

const schema = createSchema({
  typeDefs: /* GraphQL */ `
    enum Color { RED }
    interface Named { text: String }
    type Item implements Named {
      id: ID!, text: String, color: Color!, broken: String, required: String!, self: Item, path: String, fault: Item, absent: String!, failing: String
    }
    type Other implements Named { text: String }
    type Query {
      item: Item!, items(size: Int = 2): [Item!]!, optional: [Item], late: Item, soon: Item, thrown: Item, named: Named, rejected: [Item], none: Item!
    }
  `,
  resolvers: {
    Item: {
      broken: () => {
        throw new InvalidInputError('The item is broken.');
      },
      required: async () => null,
      color: ({ color }: { color: unknown }) => color,
      self: (item: unknown) => item,
      path: (_item: unknown, _args: unknown, _context: unknown, info?: GraphQLResolveInfo) =>
        String(info?.path.key),
      fault: () => new InvalidInputError('The error is a result.'),
      absent: () => null,
      failing: async () => {
        throw new InvalidInputError('The item fails later.');
      },
    },
    Named: { __resolveType: () => 'Item' },
    Query: {
      item: () => ITEM,
      items: (_root: unknown, { size }: { size: number }) => Array.from({ length: size }, () => ITEM),
      optional: async () => [ITEM, null, Promise.resolve(ITEM), new Error('An item that fails.')],
      late: async () => {
        throw new InvalidInputError('The item is late.');
      },
      soon: async () => ITEM,
      thrown: () => {
        throw new InvalidInputError('The item fails at once.');
      },
      named: () => ITEM,
      rejected: () => [1, 2].map((entry) => Promise.reject(new InvalidInputError(`Entry ${entry} fails.`))),
      none: () => null,
    },
  },
});
const ITEM = { id: 1, text: 'x', color: 'RED' };

/** Returns what a client gets. The errors of asynchronous fields have no order. */
async function resultOf(result: ExecutionResult | Promise<ExecutionResult>): Promise<unknown> {
  const { data, errors = [] } = await result;
  const sorted = errors.map((error) => JSON.stringify(toClientError(error, 'id', () => {}))).sort();
  return { data: JSON.parse(JSON.stringify(data)), errors: sorted };
}

function argsOf(document: DocumentNode, variableValues = {}, operationName?: string): ValidatedExecutionArgs {
  const validated = validateExecutionArgs({
    schema,
    document,
    variableValues,
    ...(operationName && { operationName }),
  });
  expect(validated).toHaveProperty('schema');
  return validated as ValidatedExecutionArgs;
}

function planOf(text: string, of = schema): QueryPlan {
  const document = parse(text);
  const operation = getOperationAST(document);
  if (operation == null) {
    throw new Error('The document has several operations.');
  }
  return planQuery({ schema: of, operation, fragments: fragmentsOf(document) });
}

/** Queries that a plan executes. */
const PLANNED = [
  '{ item { id text color self { id } } items { id } }',
  'query { items(size: 3) { ...a ...a b: text } } fragment a on Item { id self { text __typename } }',
  'query ($size: Int) { items(size: $size) { id } few: items(size: 1) { self { self { id } } } __typename }',
  '{ soon { id self { text } } item { ... on Item { id } id missing: text } }',
];

/** Queries that a plan leaves to graphql-js. */
const UNPLANNED = [
  '{ item { id broken } optional { id broken } late { id } }',
  '{ item { id } late { id } items { id required } }',
  '{ optional { id self { required } } item { id } }',
  '{ item { id @skip(if: true) text @include(if: false) color } }',
  'query ($no: Boolean = false) { item { id ... @include(if: $no) { text } } }',
  '{ late { id } thrown { id } }',
  '{ item { path } }',
  '{ item { fault { text } } soon { id } }',
  '{ items { absent } }',
  '{ item { failing } }',
  '{ named { text __typename } }',
  '{ item { __proto__: id } }',
  '{ __type(name: "Item") { name } }',
  '{ soon { required } late { id } }',
  '{ item { ... on Named { text ... on Other { other: text } } } }',
  'query { item { ...a } } fragment a on Named { ... on Other { other: text } }',
  // Vitest fails if nothing handles a rejection.
  '{ rejected { id } }',
  '{ none { id } rejected { id } }',
  '{ late { id } rejected { id } }',
  '{ soon { required } rejected { id } }',
];

it.each([...PLANNED, ...UNPLANNED])('All executors return the same result: %s', async (text) => {
  const document = parse(text);
  const yoga = new YogaServer({ schema, logging: false, maskedErrors: false }).getEnveloped({});
  const byYoga = await resultOf(yoga.execute({ schema, document }));
  expect(await resultOf(execute({ schema, document }))).toEqual(byYoga);
  const plans = new QueryPlans();
  // The second execution has a plan, and the third uses it again.
  for (let execution = 0; execution < 3; execution += 1) {
    expect(await resultOf(plans.execute(argsOf(document)))).toEqual(byYoga);
  }
  expect(byYoga).toHaveProperty('data');
});

it.each(PLANNED)('A plan executes %s', async (text) => {
  const args = argsOf(parse(text), { size: 2 });
  const { data } = await execute({ ...args, variableValues: { size: 2 } });
  expect(JSON.stringify(await planOf(text)(args))).toBe(JSON.stringify(data));
});

it.each(UNPLANNED)('A plan leaves to graphql-js: %s', async (text) => {
  await expect(async () => planOf(text)(argsOf(parse(text)))).rejects.toThrow();
});

it('A plan uses the variables and the operation of each request', async () => {
  const document = parse(
    'query Many($size: Int) { items(size: $size) { id } } query One { item { id } } query Default { items { id } }',
  );
  const plans = new QueryPlans();
  const lengthOf = async (variables: object, name: string) => {
    const { data } = await plans.execute(argsOf(document, variables, name));
    return (data as { items?: unknown[] }).items?.length;
  };
  const lengths = [];
  for (const [size, name] of [
    [1, 'Many'],
    [2, 'Many'],
    [3, 'Many'],
    [3, 'One'],
    [undefined, 'Many'],
    [3, 'Many'],
    [3, 'Default'],
    [3, 'Default'],
  ] as const) {
    lengths.push(await lengthOf(size === undefined ? {} : { size }, name));
  }
  expect(lengths).toEqual([1, 2, 3, undefined, 2, 3, 2, 2]);
});

it('After a plan has stopped, graphql-js executes the next requests alone', async () => {
  let calls = 0;
  const rootValue = {
    get optional() {
      calls += 1;
      return [Promise.resolve(ITEM)];
    },
  };
  const plain = buildSchema('type Query { optional: [Item] } type Item { id: ID }');
  const validated = validateExecutionArgs({
    schema: plain,
    document: parse('{ optional { id } }'),
    rootValue,
  });
  const plans = new QueryPlans();
  const callsOfEach = [];
  for (let execution = 0; execution < PAUSE_EXECUTIONS + 3; execution += 1) {
    calls = 0;
    const { data } = await plans.execute(validated as ValidatedExecutionArgs);
    expect(data).toEqual({ optional: [{ id: '1' }] });
    callsOfEach.push(calls);
  }
  const paused = Array.from({ length: PAUSE_EXECUTIONS }, () => 1);
  expect(callsOfEach).toEqual([1, 2, ...paused, 2]);
});

it('A plan has a limited number of fields', () => {
  const query = (count: number) =>
    `{ item { ${Array.from({ length: count }, (_, index) => `a${index}: id`).join(' ')} } }`;
  expect(planOf(query(MAX_PLANNED_FIELDS - 1))).toBeTypeOf('function');
  expect(() => planOf(query(MAX_PLANNED_FIELDS))).toThrow(UnplannedError);
});

it('A plan takes at most the memory that the cache of documents counts for it', () => {
  const lists = Array.from(
    { length: 21 },
    (_, index) => `a${index}: users(ids: ["a"]) { profilePicture { srcSet } }`,
  );
  const documents = Array.from({ length: 100 }, () => parse(`{ ${lists.join(' ')} }`));
  const plan = (document: DocumentNode) =>
    planQuery({
      schema: portrait,
      operation: getOperationAST(document) as OperationDefinitionNode,
      fragments: fragmentsOf(document),
    });
  const before = usedHeap();
  const plans = documents.map(plan);
  expect((usedHeap() - before) / plans.length).toBeLessThan(PLAN_BYTES);
});

/** Selects everything that a field returns. */
function selectAll({ name, args, type }: GraphQLField<unknown, unknown>): string {
  const required = args.filter(isRequiredArgument).map((arg) => `${arg.name}: "a"`);
  const inside = getNamedType(type);
  const selections = isObjectType(inside) ? Object.values(inside.getFields()).map(selectAll) : [];
  return [
    name,
    ...(required.length > 0 ? [`(${required.join()})`] : []),
    ...(selections.length > 0 ? ['{', ...selections, '}'] : []),
  ].join(' ');
}

it.each(Object.values(portrait.getQueryType()?.getFields() ?? {}))(
  'A plan can have all that the query $name returns',
  (field) => {
    expect(planOf(`{ ${selectAll(field)} }`, portrait)).toBeTypeOf('function');
  },
);
