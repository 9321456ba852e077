import { GraphQLError, type OperationDefinitionNode } from 'graphql';

/** UTF-16 code units of a text. The longest that any argument takes has 500. */
const MAX_TEXT_LENGTH = 4_096;
/** Members of an object. The largest that any argument takes has four. */
const MAX_MEMBERS = 100;

/**
 * Refuses values of variables that no argument takes, since graphql-js quotes a value that does not fit in full and looks for
 * names that are like it. Takes time in proportion to the values that the operation declares.
 * @returns the error, or undefined if the values may be coerced.
 */
export function refuseValues(
  { variableDefinitions = [] }: OperationDefinitionNode,
  values: Readonly<Record<string, unknown>>,
): GraphQLError | undefined {
  for (const definition of variableDefinitions) {
    const name = definition.variable.name.value;
    const fault = Object.hasOwn(values, name) ? faultOf(values[name]) : undefined;
    if (fault !== undefined) {
      return new GraphQLError(`Variable "$${name}" has ${fault}.`, {
        nodes: definition,
        extensions: { code: 'BAD_USER_INPUT' },
      });
    }
  }
  return undefined;
}

function faultOf(value: unknown): string | undefined {
  // Not by recursion: values can be thousands of levels deep.
  const waiting = [value];
  while (waiting.length > 0) {
    const next = waiting.pop();
    if (typeof next === 'string' && next.length > MAX_TEXT_LENGTH) {
      return `a text of more than ${MAX_TEXT_LENGTH} characters`;
    }
    if (Array.isArray(next)) {
      waiting.push(...next);
    } else if (isPlainObject(next)) {
      const members = Object.entries(next);
      if (members.length > MAX_MEMBERS) {
        return `an object of more than ${MAX_MEMBERS} members`;
      }
      for (const [key, member] of members) {
        waiting.push(key, member);
      }
    }
  }
  return undefined;
}

/** Objects of JSON, and not the uploads that stand in their place. */
function isPlainObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}
