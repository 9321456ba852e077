import { GraphQLError, getNamedType, type ValidationRule } from 'graphql';
import { TooManyFilesError } from '../multipart/errors.ts';

/**
 * Validation rule: a document uses each file variable once. With a second use, such as another alias of the mutation,
 * the server would store the first picture before it rejects the second use.
 */
export const oneUsePerFile: ValidationRule = (context) => ({
  OperationDefinition(operation) {
    const used = new Set<string>();
    for (const { node, type } of context.getRecursiveVariableUsages(operation)) {
      if (type == null || getNamedType(type).name !== 'File') {
        continue;
      }
      const name = node.name.value;
      if (used.has(name)) {
        const originalError = new TooManyFilesError(1, `The document can use the file "$${name}" only once.`);
        context.reportError(new GraphQLError(originalError.message, { nodes: node, originalError }));
        return;
      }
      used.add(name);
    }
  },
});
