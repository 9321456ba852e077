import { NoFragmentCyclesRule, validate } from 'graphql';
import { explainAbort, MAX_LISTED_ERRORS } from './explain-abort.ts';

/**
 * Validates a document and lists at most MAX_ERRORS errors.
 * First looks for fragments that contain themselves. graphql-js compares fields by recursion, and the depth grows with
 * the square of the number of fragments in such a cycle. 99 fragments overflow the stack.
 */
export const validateDocument: typeof validate = (schema, document, rules, options) => {
  const limits = { ...options, maxErrors: MAX_LISTED_ERRORS };
  const cycles = validate(schema, document, [NoFragmentCyclesRule], limits);
  return explainAbort(cycles.length > 0 ? cycles : validate(schema, document, rules, limits));
};
