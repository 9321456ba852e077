import { GraphQLError } from 'graphql';

/** Maximum number of errors in one response, and in each check. The first ones are enough to fix a document. */
export const MAX_ERRORS = 10;

/** Errors that graphql-js lists at most. The last of MAX_ERRORS is then the notice that there are more. */
export const MAX_LISTED_ERRORS = MAX_ERRORS - 1;

/** The last error of graphql-js when it gives up, and the sentence for clients. */
const NOTICES: ReadonlyMap<string, string> = new Map([
  [
    'Too many validation errors, error limit reached. Validation aborted.',
    `The document has more than ${MAX_LISTED_ERRORS} errors. Please fix the ones before this one first.`,
  ],
  [
    'Too many errors processing variables, error limit reached. Execution aborted.',
    `The variables have more than ${MAX_LISTED_ERRORS} errors. Please fix the ones before this one first.`,
  ],
  [
    // Its budget is 500,000 comparisons of fields, or 50,000 visits of fragments.
    'Validation aborted.',
    'The document takes too much work to validate. Please use fewer fragments, and fewer fields with the same name.',
  ],
]);

/** Returns the errors with sentences that name the limit in place of those that graphql-js has for giving up. */
export function explainAbort(errors: readonly GraphQLError[]): readonly GraphQLError[] {
  return errors.map((error) => {
    const sentence = NOTICES.get(error.message);
    return sentence === undefined ? error : new GraphQLError(sentence);
  });
}
