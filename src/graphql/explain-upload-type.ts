import { GraphQLError, Kind } from 'graphql';

const HINT =
  'Unknown type "Upload". This server calls its scalar for files "File". Declare the variable as "File!".';

/**
 * Returns a validation error, with a hint if the document uses a type `Upload`. Most GraphQL servers and tutorials use
 * this name for the scalar for files.
 */
export function explainUploadType(error: GraphQLError): GraphQLError {
  const [node] = error.nodes ?? [];
  const namesUpload = node?.kind === Kind.NAMED_TYPE && node.name.value === 'Upload';
  return namesUpload && error.message.startsWith('Unknown type "Upload"')
    ? new GraphQLError(HINT, { nodes: error.nodes ?? null, extensions: error.extensions })
    : error;
}
