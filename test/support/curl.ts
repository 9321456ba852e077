import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { UPLOAD } from './graphql.ts';

export interface CurlResult {
  readonly status: number;
  /** Body of the response, in JSON. */
  readonly body: string;
  /** Bytes of the request's body that curl sent. */
  readonly sent: number;
}

/** Uploads a file with curl, without the user's curl settings. Rejects if curl receives no response. */
export async function uploadWithCurl(
  url: string,
  file: string,
  options: readonly string[],
): Promise<CurlResult> {
  const { stdout } = await promisify(execFile)(
    'curl',
    [
      ...['--disable', '--silent', '--show-error', '--write-out', '\n%{http_code} %{size_upload}'],
      ...options,
      `${url}/graphql`,
      ...['-F', `operations=${JSON.stringify({ query: UPLOAD, variables: { file: null } })}`],
      ...['-F', 'map={"0":["variables.file"]}'],
      ...['-F', `0=@${file}`],
    ],
    { env: { PATH: process.env['PATH'] } },
  );
  const [body = '', figures = ''] = stdout.split('\n');
  const [status = 0, sent = 0] = figures.split(' ').map(Number);
  return { status, body, sent };
}
