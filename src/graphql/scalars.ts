import { Upload } from '../multipart/upload.ts';
import { InvalidInputError } from '../pictures/errors.ts';
import { builder } from './builder.ts';
import { parseDateTime } from './parse-date-time.ts';

const HOW_TO_SEND_A_FILE =
  'A file cannot be part of JSON or of the document. Send the request as multipart/form-data with three fields: ' +
  '"operations" (with null in place of the file), "map" (such as {"file":["variables.file"]}), and then the file.';

builder.scalarType('File', {
  description:
    'A file, uploaded as the GraphQL multipart request specification describes. Other servers call this scalar `Upload`.',
  specifiedByURL: 'https://github.com/jaydenseric/graphql-multipart-request-spec',
  serialize: () => {
    throw new TypeError('The server never sends a File.');
  },
  parseValue: (value) => {
    // Any other value is from the client's JSON.
    if (value instanceof Upload) {
      return value;
    }
    throw new InvalidInputError(HOW_TO_SEND_A_FILE);
  },
  parseLiteral: () => {
    throw new InvalidInputError(HOW_TO_SEND_A_FILE);
  },
});

builder.scalarType('DateTime', {
  description: 'A point in time in UTC, as RFC 3339 defines it: `2026-11-23T10:15:30.000Z`.',
  specifiedByURL: 'https://scalars.graphql.org/andimarek/date-time.html',
  serialize: (date) => date.toISOString(),
  parseValue: parseDateTime,
});

builder.scalarType('URL', {
  description: 'An absolute URL.',
  specifiedByURL: 'https://url.spec.whatwg.org/',
  serialize: (url) => url,
  parseValue: rejectInput,
});

function rejectInput(): never {
  throw new InvalidInputError('Only the server sends values of this type. Clients cannot use it as input.');
}
