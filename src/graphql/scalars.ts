import { Upload } from '../multipart/upload.ts';
import { InvalidInputError } from '../pictures/errors.ts';
import { builder } from './builder.ts';

const HOW_TO_SEND_A_FILE =
  'A file cannot be written into JSON or into the document. Send the request as multipart/form-data with the fields ' +
  '"operations" (the file replaced by null), "map" (such as {"0":["variables.file"]}) and then the file itself.';

builder.scalarType('File', {
  description: 'A file, sent by the GraphQL multipart request specification.',
  specifiedByURL: 'https://github.com/jaydenseric/graphql-multipart-request-spec',
  serialize: () => {
    throw new TypeError('A File is never sent to a client.');
  },
  parseValue: (value) => {
    // Our own class only: anything else is what a client wrote by hand.
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
  description: 'A point in time, such as 2026-11-23T10:15:30.000Z (RFC 3339, in UTC).',
  specifiedByURL: 'https://scalars.graphql.org/andimarek/date-time.html',
  serialize: (date) => date.toISOString(),
  parseValue: refuseInput,
});

builder.scalarType('URL', {
  description: 'An absolute URL.',
  specifiedByURL: 'https://url.spec.whatwg.org/',
  serialize: (url) => url,
  parseValue: refuseInput,
});

function refuseInput(): never {
  throw new InvalidInputError('This type is only ever sent by the server.');
}
