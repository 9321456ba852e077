import type { GraphQLField } from 'graphql';

/** Maximum work and response size of one field. See measure-operation.ts. */
export interface FieldLimits<Args> {
  /** Units of work. 1 by default. */
  readonly cost?: number;
  /** Maximum bytes of the value as JSON. Required for every field whose type does not bound it. */
  readonly bytes?: number;
  /** Maximum number of entries of the list. */
  readonly entries?: number | ((args: Args) => number);
  /** Throws InvalidInputError for arguments that are invalid for every entry of a list. */
  readonly check?: (args: Args) => void;
}

const KEY = 'portrait.limits';

/**
 * Returns the `extensions` of a field with these limits. graphql-js coerces the arguments first, so they have the types
 * that the schema declares.
 */
export function limits<Args>(value: FieldLimits<Args>): Record<string, unknown> {
  return { [KEY]: value };
}

/** Returns the limits that a field was defined with. */
export function limitsOf({ extensions }: GraphQLField<unknown, unknown>): FieldLimits<unknown> {
  return (extensions[KEY] as FieldLimits<unknown> | undefined) ?? {};
}

/** Returns the maximum bytes of a text as JSON. At worst, each UTF-16 code unit becomes an escape such as `\u0001`. */
export function textBytes(maxLength: number): number {
  return 2 + 6 * maxLength;
}
