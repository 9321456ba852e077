import { NoFragmentCyclesRule, validate } from 'graphql';
import { explainAbort, MAX_LISTED_ERRORS } from './explain-abort.ts';

/**
 * Validates a document and lists at most MAX_ERRORS errors.
 * It looks for fragments that contain themselves first. graphql-js compares fields by recursion, and its depth grows with
 * the square of the fragments in such a cycle: 99 fragments overflow the stack.
 */
export const validateDocument: typeof validate = (schema, document, rules, options) => {
  const limits = { ...options, maxErrors: MAX_LISTED_ERRORS };
  const cycles = validate(schema, document, [NoFragmentCyclesRule], limits);
  return explainAbort(cycles.length > 0 ? cycles : validate(schema, document, rules, limits));
};
