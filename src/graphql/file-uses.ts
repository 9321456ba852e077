import { GraphQLError, getNamedType, type ValidationRule } from 'graphql';
import { TooManyFilesError } from '../multipart/errors.ts';

/**
 * A rule for documents: a variable that holds a file stands in one place. With a second one, such as another alias
 * of the mutation, the first picture would be stored before the second use is refused.
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
        const originalError = new TooManyFilesError(1, `The file "$${name}" can be used only once.`);
        context.reportError(new GraphQLError(originalError.message, { nodes: node, originalError }));
        return;
      }
      used.add(name);
    }
  },
});
