import {
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLInputType,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  isEnumType,
  isListType,
  isNonNullType,
  isObjectType,
  isRequiredArgument,
} from 'graphql';

export interface RandomQuery {
  readonly text: string;
  readonly operationName: string;
  readonly variables: Readonly<Record<string, unknown>>;
}

const MAX_DEPTH = 4;
const INTEGERS = [1, 2, 64, 128, 300, 2_048];
const TEXTS = ['user-0', 'user-1', 'user-2', 'Ada', '', '..', '\u0000', '\u00e9\u{1f600}'];

/** Returns a random query of a schema of object types. A few are invalid, for example because fields conflict. */
export function randomQuery(schema: GraphQLSchema, random: () => number): RandomQuery {
  const definitions: string[] = [];
  const variables: Record<string, unknown> = {};
  const fragments: string[] = [];
  const chance = (share: number) => random() < share;
  const upTo = (max: number) => Math.floor(random() * (max + 1));
  const pick = <Value>(values: readonly Value[]) => values[upTo(values.length - 1)] as Value;

  /** Returns a value as JSON, which is also a literal, except for enums. */
  function randomValue(type: GraphQLInputType): unknown {
    if (isNonNullType(type)) {
      return randomValue(type.ofType) ?? randomValue(type);
    }
    if (chance(0.1)) {
      return null;
    }
    if (isListType(type)) {
      return Array.from({ length: upTo(4) }, () => randomValue(type.ofType));
    }
    if (isEnumType(type)) {
      return pick(type.getValues()).name;
    }
    return type.name === 'Int' ? pick(INTEGERS) : pick(TEXTS);
  }

  function literal(type: GraphQLInputType): string {
    const value = randomValue(type);
    return isEnumType(getNamedType(type)) ? String(value) : JSON.stringify(value);
  }

  function argument({ name, type }: GraphQLArgument): string {
    if (chance(0.6)) {
      return `${name}: ${literal(type)}`;
    }
    const variable = `v${definitions.length}`;
    const hasDefault = chance(0.5);
    definitions.push(`$${variable}: ${type}${hasDefault ? ` = ${literal(type)}` : ''}`);
    if (!hasDefault || chance(0.5)) {
      variables[variable] = randomValue(type);
    }
    return `${name}: $${variable}`;
  }

  function field({ name, type, args }: GraphQLField<unknown, unknown>, depth: number): string {
    const used = args.filter((arg) => isRequiredArgument(arg) || chance(0.5)).map(argument);
    const inside = getNamedType(type);
    const alias = used.length > 0 || chance(0.2) ? `a${upTo(99)}: ` : '';
    const skipped = chance(0.01) ? ' @skip(if: true)' : '';
    const selections = isObjectType(inside) ? ` ${selectionsOf(inside, depth + 1)}` : '';
    return `${alias}${name}${used.length > 0 ? `(${used.join()})` : ''}${skipped}${selections}`;
  }

  function fragment(type: GraphQLObjectType, depth: number): string {
    const inside = selectionsOf(type, depth + 1);
    if (chance(0.5)) {
      return `... ${chance(0.5) ? `on ${type}` : ''} ${inside}`;
    }
    fragments.push(`fragment f${fragments.length} on ${type} ${inside}`);
    return `...f${fragments.length - 1} `.repeat(1 + upTo(1));
  }

  function selection(type: GraphQLObjectType, depth: number): string {
    if (chance(0.1)) {
      return '__typename';
    }
    if (depth < MAX_DEPTH && chance(0.2)) {
      return fragment(type, depth);
    }
    const fields = Object.values(type.getFields());
    const leaves = fields.filter((each) => !isObjectType(getNamedType(each.type)));
    const usable = depth < MAX_DEPTH || leaves.length === 0 ? fields : leaves;
    return `${field(pick(usable), depth)} `.repeat(chance(0.1) ? 2 : 1);
  }

  function selectionsOf(type: GraphQLObjectType, depth: number): string {
    return `{ ${Array.from({ length: 1 + upTo(3) }, () => selection(type, depth)).join(' ')} }`;
  }

  const selections = selectionsOf(schema.getQueryType() as GraphQLObjectType, 0);
  const head = definitions.length > 0 ? `(${definitions.join()})` : '';
  const text = `query Other { __typename } query Main${head} ${selections} ${fragments.join(' ')}`;
  return { text, operationName: 'Main', variables };
}
