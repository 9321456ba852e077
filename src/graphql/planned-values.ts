import type { GraphQLLeafType } from 'graphql';

/** Values of arguments by name. */
export type Arguments = Readonly<Record<string, unknown>>;

/** One execution of a plan. */
export interface PlanRun {
  readonly context: unknown;
  /** Arguments of the fields that use variables, by the index of the field. */
  readonly variableArguments: readonly Arguments[];
}

/** Turns the result of a resolver into a value of the response. Throws UnplannedError if a plan cannot. */
export type Complete = (result: unknown, run: PlanRun) => unknown;

/** An operation or a result that plans leave to graphql-js. */
export class UnplannedError extends Error {}

/** Completes a value whose type is not null. */
export function completeRequired(complete: Complete): Complete {
  return (result, run) => {
    const value = complete(result, run);
    if (value === null) {
      throw new UnplannedError('A required value is null.');
    }
    return value;
  };
}

/** Completes the entries of an array. The limits of an operation bound their number. */
export function completeList(complete: Complete): Complete {
  return (result, run) => {
    if (result == null) {
      return null;
    }
    if (!Array.isArray(result)) {
      rejectPromise(result);
      throw new UnplannedError('A list is not an array.');
    }
    try {
      return result.map((entry) => complete(entry, run));
    } catch (error) {
      ignoreRejections(result);
      throw error;
    }
  };
}

/** Completes a scalar or an enum. */
export function completeLeaf(type: GraphQLLeafType): Complete {
  return (result) => {
    if (result == null) {
      return null;
    }
    if (typeof result === 'object') {
      rejectError(result);
      rejectPromise(result);
    }
    const value: unknown = type.coerceOutputValue(result);
    if (value == null) {
      throw new UnplannedError('A value has no form in the response.');
    }
    return value;
  };
}

/** Completes an object with a function that completes its fields. */
export function completeObject(completeFields: (source: object, run: PlanRun) => unknown): Complete {
  return (result, run) => {
    if (result == null) {
      return null;
    }
    if (typeof result !== 'object') {
      throw new UnplannedError('An object is a scalar.');
    }
    rejectError(result);
    rejectPromise(result);
    return completeFields(result, run);
  };
}

/** Throws UnplannedError for an error, which a resolver can return in place of its result. */
function rejectError(result: object): void {
  if (result instanceof Error) {
    throw new UnplannedError('A result is an error.');
  }
}

/** Throws UnplannedError for a promise below the root. graphql-js resolves the field again and waits for it. */
function rejectPromise(result: unknown): void {
  if (result instanceof Promise) {
    ignoreRejections([result]);
    throw new UnplannedError('A result below the root is a promise.');
  }
  if (typeof (result as { readonly then?: unknown }).then === 'function') {
    throw new UnplannedError('A result is a thenable.');
  }
}

/**
 * Handles the rejections of results that a plan drops, because Node ends the process if nothing handles one. Lists can
 * contain promises too. The limits of an operation bound the number of their entries.
 */
export function ignoreRejections(results: readonly unknown[]): void {
  for (const result of results) {
    if (result instanceof Promise) {
      result.catch(() => {});
    } else if (Array.isArray(result)) {
      ignoreRejections(result);
    }
  }
}
