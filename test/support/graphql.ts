/** A GraphQL response. */
export interface GraphQLResponse<Data = Record<string, unknown>> {
  readonly status: number;
  readonly headers: Headers;
  readonly data: Data | null | undefined;
  readonly errors: readonly GraphQLResponseError[] | undefined;
}

export interface GraphQLResponseError {
  readonly message: string;
  readonly path?: readonly (string | number)[];
  readonly extensions: { readonly code: string; readonly [fact: string]: unknown };
}

/** All fields of a user that the tests check. */
export const USER_FIELDS = `
  id name avatarUrl
  profilePicture {
    id fileName altText uploadedAt width height placeholder dominantColor
    url(size: 256) jpeg: url(size: 512, format: JPEG) webp: url(size: 512) srcSet
  }`;

export interface TestUser {
  readonly id: string;
  readonly name: string | null;
  readonly avatarUrl: string;
  readonly profilePicture: {
    readonly id: string;
    readonly fileName: string;
    readonly altText: string | null;
    readonly uploadedAt: string;
    readonly width: number;
    readonly height: number;
    readonly placeholder: string;
    readonly dominantColor: string;
    readonly url: string;
    readonly jpeg: string;
    readonly webp: string;
    readonly srcSet: string;
  } | null;
}

export const UPLOAD = `mutation ($file: File!, $crop: CropInput, $altText: String) {
  uploadProfilePicture(file: $file, crop: $crop, altText: $altText) { ${USER_FIELDS} }
}`;

/** Sends a JSON request. */
export async function query<Data>(
  server: { url: string },
  document: string,
  variables: Record<string, unknown> = {},
  headers: Record<string, string> = {},
): Promise<GraphQLResponse<Data>> {
  const response = await fetch(`${server.url}/graphql`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Accept: 'application/graphql-response+json', ...headers },
    body: JSON.stringify({ query: document, variables }),
  });
  return readResponse(response);
}

/** Returns the body of a request with one file, as the GraphQL multipart request specification defines it. */
export function multipartBody(
  file: File,
  variables: Record<string, unknown> = {},
  document = UPLOAD,
): FormData {
  const form = new FormData();
  form.append('operations', JSON.stringify({ query: document, variables: { ...variables, file: null } }));
  form.append('map', JSON.stringify({ 0: ['variables.file'] }));
  form.append('0', file);
  return form;
}

/** Uploads a file with fetch and FormData. */
export async function upload(
  server: { url: string },
  file: File,
  variables: Record<string, unknown> = {},
  headers: Record<string, string> = {},
  document = UPLOAD,
): Promise<GraphQLResponse<{ uploadProfilePicture: TestUser }>> {
  const response = await fetch(`${server.url}/graphql`, {
    method: 'POST',
    headers: { Accept: 'application/graphql-response+json', ...headers },
    body: multipartBody(file, variables, document),
  });
  return readResponse(response);
}

/** Uploads a file and returns the user. Throws if the upload fails. */
export async function uploaded(
  server: { url: string },
  file: File,
  variables: Record<string, unknown> = {},
  headers: Record<string, string> = {},
): Promise<TestUser & { profilePicture: NonNullable<TestUser['profilePicture']> }> {
  const { data, errors } = await upload(server, file, variables, headers);
  const user = data?.uploadProfilePicture;
  if (user?.profilePicture == null) {
    throw new Error(`The upload of ${file.name} failed: ${JSON.stringify(errors)}`);
  }
  return { ...user, profilePicture: user.profilePicture };
}

/** Returns the current state of the user `demo`, or of the user whom the headers sign in. */
export async function viewer(
  server: { url: string },
  headers: Record<string, string> = {},
): Promise<TestUser> {
  const document = `{ viewer { ${USER_FIELDS} } }`;
  const { data, errors } = await query<{ viewer: TestUser }>(server, document, {}, headers);
  if (data == null) {
    throw new Error(`Cannot read the viewer: ${JSON.stringify(errors)}`);
  }
  return data.viewer;
}

async function readResponse<Data>(response: Response): Promise<GraphQLResponse<Data>> {
  const { data, errors } = (await response.json()) as Pick<GraphQLResponse<Data>, 'data' | 'errors'>;
  return { status: response.status, headers: response.headers, data, errors };
}
