import { type DocumentNode, Kind, type OperationDefinitionNode, parse, type TypeNode } from 'graphql';
import type { GraphQLRequest } from '../shared/encode-request.ts';

/** The operation that GraphiQL runs. */
export interface Operation {
  readonly name: string | undefined;
  readonly fileVariables: readonly FileVariable[];
}

/** A variable whose value is a file or a list of files. */
export interface FileVariable {
  readonly name: string;
  /** Type as written in the document, such as `[File!]!`. */
  readonly type: string;
  readonly list: boolean;
  readonly required: boolean;
}

/** The chosen files by variable name. */
export type ChosenFiles = ReadonlyMap<string, readonly File[]>;

/**
 * Returns the operation with this name, or the document's first operation. Returns undefined if the document contains
 * no operation or does not parse, as is common while the user types.
 */
export function findOperation(query: string, name?: string | null): Operation | undefined {
  const operations = tryToParse(query)?.definitions.filter(
    (definition): definition is OperationDefinitionNode => definition.kind === Kind.OPERATION_DEFINITION,
  );
  const operation = operations?.find((candidate) => candidate.name?.value === name) ?? operations?.[0];
  return operation && { name: operation.name?.value, fileVariables: fileVariablesOf(operation, query) };
}

/** Returns a request's variables, with the chosen files in place of the typed values. */
export function withFiles(
  variables: GraphQLRequest['variables'],
  fileVariables: readonly FileVariable[],
  chosen: ChosenFiles,
): GraphQLRequest['variables'] {
  const files = fileVariables
    .filter(({ name }) => chosen.has(name))
    .map(({ name, list }) => [name, list ? chosen.get(name) : chosen.get(name)?.[0]]);
  return files.length === 0 ? variables : { ...variables, ...Object.fromEntries(files) };
}

function fileVariablesOf(
  { variableDefinitions = [] }: OperationDefinitionNode,
  query: string,
): FileVariable[] {
  return variableDefinitions
    .filter(({ type }) => innermostName(type) === 'File')
    .map(({ variable, type, defaultValue }) => ({
      name: variable.name.value,
      type: query.slice(type.loc?.start, type.loc?.end),
      list: nullable(type).kind === Kind.LIST_TYPE,
      required: type.kind === Kind.NON_NULL_TYPE && defaultValue === undefined,
    }));
}

function tryToParse(query: string): DocumentNode | undefined {
  try {
    return parse(query);
  } catch {
    return undefined;
  }
}

function nullable(type: TypeNode) {
  return type.kind === Kind.NON_NULL_TYPE ? type.type : type;
}

function innermostName(type: TypeNode): string {
  return type.kind === Kind.NAMED_TYPE ? type.name.value : innermostName(type.type);
}
