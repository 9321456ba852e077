import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseEnv, promisify } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { parseConfig } from '../../src/config/load-config.ts';
import { AUTH_SECRET } from '../support/signed-in.ts';
import { makeTemporaryFolder } from '../support/temporary-folder.ts';

const run = promisify(execFile);
const DEPLOY = join(import.meta.dirname, '../../deploy');

interface Service {
  readonly command?: readonly string[];
  readonly depends_on?: Readonly<Record<string, { condition: string }>>;
  readonly environment?: Readonly<Record<string, string>>;
  readonly healthcheck?: { readonly test: readonly string[] };
  readonly networks?: { readonly default: { readonly ipv4_address: string } | null };
  readonly read_only?: boolean;
  readonly volumes?: readonly string[];
}

/** Values that an operator must add to `.env.example`. */
const REQUIRED_VALUES = {
  AUTH_SECRET,
  POSTGRES_PASSWORD: 'password of the database',
  STORE_ACCESS_KEY: 'access-key',
  STORE_SECRET_KEY: 'secret-key',
};

/** Returns compose.yaml as docker-compose resolves it with the variables of an `.env` file. */
async function renderCompose(variables: Readonly<Record<string, string | undefined>>): Promise<string> {
  await using folder = await makeTemporaryFolder();
  const file = join(folder.path, '.env');
  await writeFile(
    file,
    Object.entries(variables)
      .map(([name, value]) => `${name}=${value}\n`)
      .join(''),
  );
  const options = ['--file', join(DEPLOY, 'compose.yaml'), '--env-file', file];
  return (await run('docker-compose', [...options, 'config'])).stdout;
}

describe('deploy/compose.yaml', () => {
  let example: NodeJS.Dict<string>;
  let services: Readonly<Record<string, Service>>;

  beforeAll(async () => {
    example = parseEnv(await readFile(join(DEPLOY, '.env.example'), 'utf8'));
    // docker-compose checks the file against its schema, and substitutes the variables.
    services = parse(await renderCompose({ ...example, ...REQUIRED_VALUES })).services;
  });

  it('contains no secrets, and is rejected until .env contains them', async () => {
    expect(example).toMatchObject(Object.fromEntries(Object.keys(REQUIRED_VALUES).map((name) => [name, ''])));
    const text = await readFile(join(DEPLOY, 'compose.yaml'), 'utf8');
    const used = new Set([...text.matchAll(/\$\{(\w+)/g)].map(([, name]) => name));
    expect([...used].sort()).toEqual(Object.keys(example).sort());
    for (const name of ['POSTGRES_PASSWORD', 'STORE_ACCESS_KEY', 'STORE_SECRET_KEY']) {
      await expect(renderCompose({ ...example, ...REQUIRED_VALUES, [name]: '' })).rejects.toThrow(name);
    }
  });

  it('gives the instances a valid configuration, and nginx the address that they trust', () => {
    const { 'portrait-1': first, 'portrait-2': second, nginx } = services;
    expect(second?.environment).toEqual(first?.environment);
    expect(first?.environment?.['TRUST_PROXY']).toBe(nginx?.networks?.default?.ipv4_address);
    const config = parseConfig({ NODE_ENV: 'production', HOST: '0.0.0.0', ...first?.environment });
    expect(config.PUBLIC_URL).toBe('http://pictures.example.com');
    expect(config.TRUST_PROXY).toEqual([nginx?.networks?.default?.ipv4_address]);
  });

  it('runs the instances read-only, each with its own volume for uploads, under the names in nginx.conf', async () => {
    const config = await readFile(join(DEPLOY, 'nginx.conf'), 'utf8');
    const upstreams = [...config.matchAll(/^ +server ([\w-]+):4000\b/gm)].map(([, name]) => name as string);
    expect(upstreams).toEqual(['portrait-1', 'portrait-2']);
    const volumes = upstreams.map((name) => services[name]?.volumes?.[0]);
    expect(new Set(volumes.map((volume) => volume?.split(':')[0])).size).toBe(2);
    for (const name of upstreams) {
      expect(services[name]?.read_only).toBe(true);
      expect(services[name]?.volumes?.[0]).toMatch(/:\/var\/lib\/portrait\/uploads(:rw)?$/);
    }
  });

  it('starts each service after the services that it needs', () => {
    const conditions = Object.entries(services).map(([name, { depends_on = {} }]) => [
      name,
      Object.fromEntries(Object.entries(depends_on).map(([other, { condition }]) => [other, condition])),
    ]);
    const instance = { postgres: 'service_healthy', bucket: 'service_completed_successfully' };
    expect(Object.fromEntries(conditions)).toEqual({
      nginx: { 'portrait-1': 'service_healthy', 'portrait-2': 'service_healthy' },
      'portrait-1': instance,
      'portrait-2': instance,
      postgres: {},
      bucket: { store: 'service_healthy' },
      store: {},
    });
    const checked = Object.keys(services).filter((name) => services[name]?.healthcheck !== undefined);
    expect(checked.sort()).toEqual(['nginx', 'portrait-1', 'portrait-2', 'postgres', 'store']);
  });
});
