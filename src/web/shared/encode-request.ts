export interface GraphQLRequest {
  readonly query: string;
  readonly operationName?: string | null | undefined;
  readonly variables?: Readonly<Record<string, unknown>> | undefined;
}

interface FilePlace {
  /** Such as `variables.file`. */
  readonly path: string;
  readonly file: File;
}

/**
 * The request's body: JSON, or the multipart form if a variable holds a file or a list of files
 * (https://github.com/jaydenseric/graphql-multipart-request-spec).
 */
export function encodeRequest(request: GraphQLRequest): string | FormData {
  const places = findFiles(request);
  if (places.length === 0) {
    return JSON.stringify(request);
  }
  const { operations, map } = describeFiles(request, places);
  const form = new FormData();
  form.append('operations', operations);
  form.append('map', map);
  for (const [index, { file }] of places.entries()) {
    form.append(String(index), file);
  }
  return form;
}

/** The files among a request's variables, each in its place. */
export function findFiles({ variables = {} }: GraphQLRequest): readonly FilePlace[] {
  return Object.entries(variables).flatMap(([name, value]) => {
    if (value instanceof File) {
      return [{ path: `variables.${name}`, file: value }];
    }
    return isFileList(value)
      ? value.map((file, index) => ({ path: `variables.${name}.${index}`, file }))
      : [];
  });
}

/** The two fields that come before the files, where `operations` has null in the place of each file. */
export function describeFiles(request: GraphQLRequest, places: readonly FilePlace[]) {
  const variables =
    request.variables &&
    Object.entries(request.variables).map(([name, value]) => [
      name,
      value instanceof File ? null : isFileList(value) ? value.map(() => null) : value,
    ]);
  return {
    operations: JSON.stringify({ ...request, variables: variables && Object.fromEntries(variables) }),
    map: JSON.stringify(Object.fromEntries(places.map(({ path }, index) => [index, [path]]))),
  };
}

function isFileList(value: unknown): value is readonly File[] {
  return Array.isArray(value) && value.length > 0 && value.every((item) => item instanceof File);
}
