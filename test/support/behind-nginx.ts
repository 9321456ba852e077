import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { findFreePort } from './free-port.ts';
import { type Nginx, type NginxOptions, startNginx } from './nginx.ts';
import { type Portrait, startPortrait } from './portrait.ts';
import { environmentOfS3, type S3Store } from './s3-store.ts';
import { AUTH_SECRET } from './signed-in.ts';

export interface BehindNginx extends AsyncDisposable {
  /** Public URL: nginx's address with the path. */
  readonly url: string;
  readonly nginx: Nginx;
  readonly portrait: Portrait;
  /** URL of the instance itself, without nginx. */
  readonly portraitUrl: string;
}

export interface BehindNginxOptions extends Pick<NginxOptions, 'change' | 'http'> {
  readonly env?: Readonly<Record<string, string>>;
  /** Path of the public URL. */
  readonly path?: string;
  readonly scheme?: 'http' | 'https';
  /** Bucket for the pictures. Default: a folder. */
  readonly bucket?: S3Store;
}

/** Starts one instance behind a real nginx, as docs/deploy.md describes. */
export async function startBehindNginx(options: BehindNginxOptions = {}): Promise<BehindNginx> {
  const { path = '', scheme = 'http', env, bucket, ...changes } = options;
  const [port, upstream] = [await findFreePort(), await findFreePort()];
  const url = `${scheme}://127.0.0.1:${port}${path}`;
  const storage = bucket && environmentOfS3(bucket, { prefix: `tests/${randomBytes(8).toString('hex')}` });
  await using started = new AsyncDisposableStack();
  const portrait = started.use(
    await startPortrait({
      env: {
        PORT: String(upstream),
        PUBLIC_URL: url,
        TRUST_PROXY: '127.0.0.1',
        AUTH_SECRET,
        ...storage,
        ...env,
      },
    }),
  );
  const nginx = started.use(
    await startNginx({
      port,
      upstreams: [upstream],
      ...(bucket === undefined && { pictures: join(portrait.folder, 'pictures') }),
      ...changes,
    }),
  );
  const all = started.move();
  return {
    url,
    nginx,
    portrait,
    portraitUrl: `http://127.0.0.1:${upstream}`,
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };
}
