import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { beforeEach, expect, it, onTestFinished, vi } from 'vitest';
import { newInstance } from '../../src/database/instance.ts';
import { openS3Storage } from '../../src/storage/s3/s3-storage.ts';
import { createLogger } from '../../src/telemetry/logger.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const KEYS = { AccessKeyId: 'KEYOFTHEROLE', SecretAccessKey: 'secret', Token: 'token' };
const EXPIRATION = '2100-01-01T00:00:00Z';
const ROLE = '/latest/meta-data/iam/security-credentials/';

const ASSUMED = `<AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
  <AssumeRoleWithWebIdentityResult><Credentials>
    <AccessKeyId>${KEYS.AccessKeyId}</AccessKeyId><SecretAccessKey>${KEYS.SecretAccessKey}</SecretAccessKey>
    <SessionToken>${KEYS.Token}</SessionToken><Expiration>${EXPIRATION}</Expiration>
  </Credentials></AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>`;

/** Responses of the AWS services, by method and path. */
const RESPONSES: Readonly<Record<string, string>> = {
  'GET /container': JSON.stringify({ ...KEYS, Expiration: EXPIRATION }),
  'PUT /latest/api/token': 'metadata-token',
  [`GET ${ROLE}`]: 'portrait',
  [`GET ${ROLE}portrait`]: JSON.stringify({ ...KEYS, Code: 'Success', Expiration: EXPIRATION }),
  'POST /': ASSUMED,
};

/** Starts a server that is the store and each service that issues keys. Records the key of each store request. */
async function startAws(): Promise<{ url: string; keyIds: string[] }> {
  const keyIds: string[] = [];
  const server = createServer((request, response) => {
    const path = request.url?.split('?')[0];
    if (path === '/pictures' || path === '/pictures/') {
      keyIds.push(/Credential=([^/]+)\//.exec(request.headers.authorization ?? '')?.[1] ?? 'none');
      response.end('<ListBucketResult/>');
      return;
    }
    const body = RESPONSES[`${request.method} ${path}`];
    response.writeHead(body === undefined ? 404 : 200).end(body);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, keyIds };
}

beforeEach(async () => {
  const home = await temporaryFolder();
  for (const name of Object.keys(process.env).filter((variable) => variable.startsWith('AWS_'))) {
    vi.stubEnv(name, undefined);
  }
  vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', join(home, 'credentials'));
  vi.stubEnv('AWS_CONFIG_FILE', join(home, 'config'));
  vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true');
  onTestFinished(() => void vi.unstubAllEnvs());
});

async function open(endpoint: string): Promise<void> {
  const storage = await openS3Storage({
    bucket: 'pictures',
    prefix: '',
    endpoint,
    region: 'us-east-1',
    forcePathStyle: true,
    credentials: undefined,
    stagingDirectory: await temporaryFolder(),
    instance: newInstance(),
    logger: createLogger('silent'),
  });
  await storage.close();
}

it.each<[string, (url: string) => Promise<Record<string, string | undefined>>]>([
  [
    'the environment',
    async () => ({ AWS_ACCESS_KEY_ID: KEYS.AccessKeyId, AWS_SECRET_ACCESS_KEY: KEYS.SecretAccessKey }),
  ],
  [
    'a profile in the shared files',
    async () => {
      await writeFile(
        process.env['AWS_SHARED_CREDENTIALS_FILE'] as string,
        `[portrait]\naws_access_key_id = ${KEYS.AccessKeyId}\naws_secret_access_key = secret\n`,
      );
      return { AWS_PROFILE: 'portrait' };
    },
  ],
  [
    'a web identity',
    async (url) => {
      const token = join(await temporaryFolder(), 'token');
      await writeFile(token, 'token');
      return {
        AWS_WEB_IDENTITY_TOKEN_FILE: token,
        AWS_ROLE_ARN: 'arn:aws:iam::123456789012:role/portrait',
        AWS_ENDPOINT_URL_STS: url,
        AWS_REGION: 'us-east-1',
      };
    },
  ],
  ['the role of a container', async (url) => ({ AWS_CONTAINER_CREDENTIALS_FULL_URI: `${url}/container` })],
  [
    'the role of an instance',
    async (url) => ({ AWS_EC2_METADATA_DISABLED: undefined, AWS_EC2_METADATA_SERVICE_ENDPOINT: url }),
  ],
])('The storage reads its keys from %s', async (_source, environment) => {
  const { url, keyIds } = await startAws();
  for (const [name, value] of Object.entries(await environment(url))) {
    vi.stubEnv(name, value);
  }
  await open(url);
  expect(keyIds).toEqual([KEYS.AccessKeyId]);
});

it('A storage without keys does not open, and the error says why', async () => {
  const { url, keyIds } = await startAws();
  await expect(open(url)).rejects.toThrow(
    /^The bucket pictures cannot be used: Could not load credentials .*\(CredentialsProviderError\)/,
  );
  expect(keyIds).toEqual([]);
});
