import { signedIn } from '../support/signed-in.ts';
import type { Client } from './clients.ts';
import { type ClientRequest, type ClientResult, runClient } from './run-client.ts';

const QUERY = 'mutation Upload($file: File!) { uploadProfilePicture(file: $file) { id avatarUrl } }';
const OPERATIONS = JSON.stringify({ query: QUERY, variables: { file: null } });
const MAP = JSON.stringify({ file: ['variables.file'] });
/** Width of the picture in pixels. */
const WIDTH = 2725;

/** A Portrait and files to upload to it. */
export interface Trial {
  /** URL of the server. */
  readonly url: string;
  /** Folder of `install('clients')`. */
  readonly installed: string;
  /** Path of a picture that the server accepts. */
  readonly picture: string;
  /** Path of a picture with the name of a program, which the server rejects after it has read the part's headers. */
  readonly program: string;
  /** Path of a file over the limit, which the server rejects while the client is still sending. */
  readonly tooLarge: string;
}

/** The reports of a client about each file. */
export interface Row {
  readonly version: string;
  readonly picture: string;
  readonly program: string;
  readonly tooLarge: string;
  /** Whether the picture arrived, and the client showed the right code for the other files. */
  readonly works: boolean;
}

/** Uploads each file with a client, signed in as a user of its own. */
export async function tryClient(client: Client, trial: Trial): Promise<Row> {
  const id = client.name;
  const { Authorization = '' } = await signedIn(id);
  const request = {
    ENDPOINT: `${trial.url}/graphql`,
    TOKEN: Authorization.replace('Bearer ', ''),
    QUERY,
    OPERATIONS,
    MAP,
  };
  const send = (FILE: string) => attempt(client, { ...request, FILE }, trial.installed);
  const picture = await send(trial.picture);
  const row = {
    version: 'version' in picture ? picture.version : '',
    picture: 'failure' in picture ? picture.failure : await checkPicture(picture, id, trial.url),
    program: outcomeOf(await send(trial.program)),
    tooLarge: outcomeOf(await send(trial.tooLarge)),
  };
  const works =
    row.picture === 'ok' &&
    row.program.endsWith(' UNSUPPORTED_FILE_TYPE') &&
    row.tooLarge.endsWith(' FILE_TOO_LARGE');
  return { ...row, works };
}

async function attempt(
  client: Client,
  request: ClientRequest,
  installed: string,
): Promise<ClientResult | { failure: string }> {
  try {
    return await runClient(client, request, installed);
  } catch (error) {
    const { message, stderr = '' } = error as { message: string; stderr?: string };
    const lines = (stderr.trim() || message).split('\n').filter((line) => /error|exception|fail/i.test(line));
    return { failure: `FAILED: ${(lines[0] ?? message).trim().slice(0, 120)}` };
  }
}

/** Returns the status and the error code that the client showed to its caller. */
function outcomeOf(result: ClientResult | { failure: string }): string {
  if ('failure' in result) {
    return result.failure;
  }
  const code = result.response.errors?.[0]?.extensions?.code ?? 'no code';
  return `${result.status} ${code}`;
}

/** Returns `ok` if the user has the picture and the server serves it. */
async function checkPicture({ status, response }: ClientResult, id: string, url: string): Promise<string> {
  if (response.data?.uploadProfilePicture?.id !== id) {
    return `FAILED: ${status} ${JSON.stringify(response).slice(0, 120)}`;
  }
  const query = 'query User($id: ID!) { user(id: $id) { profilePicture { url width height } } }';
  const answer = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ query, variables: { id } }),
  });
  const { profilePicture } = (await answer.json()).data.user;
  const rendition = await fetch(profilePicture.url);
  const bytes = (await rendition.arrayBuffer()).byteLength;
  const complete = rendition.status === 200 && bytes > 0 && profilePicture.width === WIDTH;
  return complete ? 'ok' : `FAILED: the picture is ${rendition.status}, ${bytes} bytes`;
}
