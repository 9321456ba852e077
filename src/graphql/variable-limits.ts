import { GraphQLError, type OperationDefinitionNode } from 'graphql';

/** Maximum length of a text in UTF-16 code units. The longest argument has 500. */
const MAX_TEXT_LENGTH = 4_096;
/** Maximum number of members of an object. The largest argument has four. */
const MAX_MEMBERS = 100;

/**
 * Rejects variables that are too large for any argument, because graphql-js quotes an invalid value in full and
 * searches for similar names. The time is proportional to the size of the values that the operation declares.
 * @returns the error, or undefined if the values may be coerced.
 */
export function checkValues(
  { variableDefinitions = [] }: OperationDefinitionNode,
  values: Readonly<Record<string, unknown>>,
): GraphQLError | undefined {
  for (const definition of variableDefinitions) {
    const name = definition.variable.name.value;
    const fault = Object.hasOwn(values, name) ? findFault(values[name]) : undefined;
    if (fault !== undefined) {
      return new GraphQLError(`Variable "$${name}" has ${fault}.`, {
        nodes: definition,
        extensions: { code: 'BAD_USER_INPUT' },
      });
    }
  }
  return undefined;
}

function findFault(value: unknown): string | undefined {
  // Recursion could overflow the stack, because values can be thousands of levels deep.
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

/** Returns whether a value is an object of JSON, and not an upload in its place. */
function isPlainObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}
