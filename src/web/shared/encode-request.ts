export interface GraphQLRequest {
  readonly query: string;
  readonly operationName?: string | null | undefined;
  readonly variables?: Readonly<Record<string, unknown>> | undefined;
}

interface LocatedFile {
  /** Path in the request, such as `variables.file`. */
  readonly path: string;
  readonly file: File;
}

/**
 * Encodes a request as a body. Returns a multipart form if a variable is a file or a list of files
 * (https://github.com/jaydenseric/graphql-multipart-request-spec), or JSON otherwise.
 */
export function encodeRequest(request: GraphQLRequest): string | FormData {
  const files = findFiles(request);
  if (files.length === 0) {
    return JSON.stringify(request);
  }
  const { operations, map } = describeFiles(request, files);
  const form = new FormData();
  form.append('operations', operations);
  form.append('map', map);
  for (const [index, { file }] of files.entries()) {
    form.append(partName(index, files), file);
  }
  return form;
}

/** Finds the files in a request's variables, with their paths. */
export function findFiles({ variables = {} }: GraphQLRequest): readonly LocatedFile[] {
  return Object.entries(variables).flatMap(([name, value]) => {
    if (value instanceof File) {
      return [{ path: `variables.${name}`, file: value }];
    }
    return isFileList(value)
      ? value.map((file, index) => ({ path: `variables.${name}.${index}`, file }))
      : [];
  });
}

/** Returns the two form fields that precede the files. In `operations`, null replaces each file. */
export function describeFiles(request: GraphQLRequest, files: readonly LocatedFile[]) {
  const variables =
    request.variables &&
    Object.entries(request.variables).map(([name, value]) => [
      name,
      value instanceof File ? null : isFileList(value) ? value.map(() => null) : value,
    ]);
  return {
    operations: JSON.stringify({ ...request, variables: variables && Object.fromEntries(variables) }),
    map: JSON.stringify(Object.fromEntries(files.map(({ path }, index) => [partName(index, files), [path]]))),
  };
}

/**
 * Returns the name of a file's part. Not a number, because encoders that keep fields in JavaScript objects would put
 * `0` before `operations`.
 */
function partName(index: number, files: readonly LocatedFile[]): string {
  return files.length === 1 ? 'file' : `file${index + 1}`;
}

function isFileList(value: unknown): value is readonly File[] {
  return Array.isArray(value) && value.length > 0 && value.every((item) => item instanceof File);
}
