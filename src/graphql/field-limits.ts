import type { GraphQLField } from 'graphql';

/** What one field can cost, for measure-operation.ts. */
export interface FieldLimits<Args> {
  /** Units of work; 1 without it. */
  readonly cost?: number;
  /** Bytes of the value as JSON, at most. Required for every field whose type does not bound it. */
  readonly bytes?: number;
  /** Entries of the list, at most. */
  readonly entries?: number | ((args: Args) => number);
  /** Throws InvalidInputError for arguments that no entry of a list could be answered with. */
  readonly check?: (args: Args) => void;
}

const KEY = 'portrait.limits';

/**
 * Returns the `extensions` of a field with these limits. The arguments have the types that the schema gives them, since
 * they are coerced by it first.
 */
export function limits<Args>(value: FieldLimits<Args>): Record<string, unknown> {
  return { [KEY]: value };
}

/** Returns the limits that a field was defined with. */
export function limitsOf({ extensions }: GraphQLField<unknown, unknown>): FieldLimits<unknown> {
  return (extensions[KEY] as FieldLimits<unknown> | undefined) ?? {};
}

/** Bytes of a text as JSON: at worst, each UTF-16 code unit becomes an escape such as `\u0001`. */
export function textBytes(maxLength: number): number {
  return 2 + 6 * maxLength;
}
