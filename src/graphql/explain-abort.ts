import { GraphQLError } from 'graphql';

/** Maximum number of errors in one response, and in each check. The first ones are enough to fix a document. */
export const MAX_ERRORS = 10;

/** Maximum number of errors that graphql-js lists. The notice that there are more counts toward MAX_ERRORS too. */
export const MAX_LISTED_ERRORS = MAX_ERRORS - 1;

/** Sentences for clients, by the message of graphql-js when it stops early. */
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
    // graphql-js stops after 500,000 comparisons of fields, or 50,000 visits of fragments.
    'Validation aborted.',
    'The document takes too much work to validate. Please use fewer fragments, and fewer fields with the same name.',
  ],
]);

/** Replaces graphql-js's messages about stopping early with sentences for clients. */
export function explainAbort(errors: readonly GraphQLError[]): readonly GraphQLError[] {
  return errors.map((error) => {
    const sentence = NOTICES.get(error.message);
    return sentence === undefined ? error : new GraphQLError(sentence);
  });
}
