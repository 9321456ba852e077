import type { FileVariable } from './operation.ts';

export interface GraphQLRequest {
  readonly query: string;
  readonly operationName?: string | null | undefined;
  readonly variables?: Readonly<Record<string, unknown>> | undefined;
}

/** The files that were chosen, by the name of their variable. */
export type ChosenFiles = ReadonlyMap<string, readonly File[]>;

/**
 * The request's body: JSON, or the multipart form if files were chosen for variables of this operation
 * (https://github.com/jaydenseric/graphql-multipart-request-spec).
 */
export function encodeRequest(
  request: GraphQLRequest,
  fileVariables: readonly FileVariable[],
  chosen: ChosenFiles,
): string | FormData {
  const places = fileVariables.flatMap(({ name, list }) =>
    (chosen.get(name) ?? []).map((file, index) => ({
      path: list ? `variables.${name}.${index}` : `variables.${name}`,
      file,
    })),
  );
  if (places.length === 0) {
    return JSON.stringify(request);
  }
  const nulls = fileVariables
    .filter(({ name }) => chosen.has(name))
    .map(({ name, list }) => [name, list ? chosen.get(name)?.map(() => null) : null]);
  const form = new FormData();
  const variables = { ...request.variables, ...Object.fromEntries(nulls) };
  form.append('operations', JSON.stringify({ ...request, variables }));
  form.append('map', JSON.stringify(Object.fromEntries(places.map(({ path }, index) => [index, [path]]))));
  for (const [index, { file }] of places.entries()) {
    form.append(String(index), file);
  }
  return form;
}
