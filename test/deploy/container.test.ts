import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { builtFile } from '../support/built-file.ts';
import { type Container, makeVolumes, runToEnd, startContainer } from '../support/container.ts';
import { UPLOAD } from '../support/graphql.ts';
import { buildImage, type Image } from '../support/image.ts';
import { picturePath } from '../support/pictures.ts';
import { AUTH_SECRET, signedIn } from '../support/signed-in.ts';
import { makeTemporaryFolder, temporaryFolder } from '../support/temporary-folder.ts';

const BUILD_TIMEOUT_MS = 600_000;
const ENVIRONMENT = { PUBLIC_URL: 'https://pictures.example.com', AUTH_SECRET };
const ORIGIN = 'http://127.0.0.1:4000';

let image: Image;
let folder: Awaited<ReturnType<typeof makeTemporaryFolder>>;

beforeAll(async () => {
  if (process.getuid?.() !== 0) {
    throw new Error('These tests change the owners of files and mount folders. Run them as root.');
  }
  folder = await makeTemporaryFolder();
  image = await buildImage(folder.path);
}, BUILD_TIMEOUT_MS);
afterAll(() => folder[Symbol.asyncDispose]());

async function volumesForTest(): Promise<string> {
  const volumes = await temporaryFolder();
  await makeVolumes(image, volumes);
  return volumes;
}

async function containerForTest(volumes?: string, environment = {}): Promise<Container> {
  const container = await startContainer(image, volumes ?? (await volumesForTest()), {
    ...ENVIRONMENT,
    ...environment,
  });
  onTestFinished(() => container[Symbol.asyncDispose]());
  return container;
}

describe('The image', () => {
  it('is built from the files that the Dockerfile copies, and the context has no others', async () => {
    expect((await readdir(join(folder.path, 'context'))).sort()).toEqual([
      '.npmrc',
      'package-lock.json',
      'package.json',
      'src',
      'static',
      'tsconfig.json',
    ]);
    expect((await readdir(join(folder.path, 'context/static'))).sort()).toEqual(['images', 'style.css']);
  });

  it('has no packages that only development needs', async () => {
    const packages = await readdir(join(image.root, 'app/node_modules'));
    expect(packages).toEqual(expect.arrayContaining(['graphql', 'sharp', 'better-sqlite3']));
    for (const name of [
      'vite',
      'rolldown',
      'preact',
      'typescript',
      'vitest',
      'node',
      '@biomejs',
      '@sparticuz',
    ]) {
      expect(packages).not.toContain(name);
    }
  });

  it('does not start without a public URL and a setting for sign-in', async () => {
    const { code, output } = await runToEnd(image, await volumesForTest(), {});
    expect(code).toBe(1);
    expect(output).toContain('PUBLIC_URL must be set when HOST is 0.0.0.0.');
    expect(output).toContain('NODE_ENV is "production", but in demo mode');
  });
});

describe('A container', () => {
  it('runs as a user who can write only to its volumes and the temporary folder', async () => {
    const container = await containerForTest();
    const status = await container.execute(['cat', '/proc/1/status']);
    expect(status.output).toMatch(/^Name:\s+(node|MainThread)$/m);
    expect(status.output).toMatch(/^Uid:\s+1000\s+1000\s+1000\s+1000$/m);
    expect(status.output).toMatch(/^CapEff:\s+0+$/m);
    for (const path of [...image.volumes, '/tmp']) {
      expect(await container.execute(['touch', `${path}/x`]), path).toEqual({ code: 0, output: '' });
    }
    for (const path of ['/app', '/app/src', '/app/static', '/app/node_modules/.cache', '/home/node', '/']) {
      const { code, output } = await container.execute(['touch', `${path}/x`], 'root');
      expect([code, output], path).toEqual([1, expect.stringContaining('Read-only file system')]);
    }
  });

  it('is healthy by its own check, and unhealthy when no server listens', async () => {
    const container = await containerForTest();
    expect(await container.execute(image.healthCheck)).toEqual({ code: 0, output: '' });
    const otherPort = ['env', 'PORT=4001', ...image.healthCheck];
    expect(await container.execute(otherPort)).toEqual({ code: 1, output: '' });
  });

  it('accepts an upload with a token, serves its pages, and keeps its data across a restart', async () => {
    const volumes = await volumesForTest();
    const first = await containerForTest(volumes);
    const { data } = JSON.parse(await send(first));
    const { pathname, origin } = new URL(data.uploadProfilePicture.profilePicture.url);
    expect([data.uploadProfilePicture.id, origin]).toEqual(['alice', ENVIRONMENT.PUBLIC_URL]);
    for (const path of ['/ready', '/', builtFile('page.js'), builtFile('graphiql/graphiql.js'), pathname]) {
      expect(await statusOf(first, path), path).toBe('200');
    }
    expect(await first.stop()).toBe(0);

    const second = await containerForTest(volumes);
    expect(await statusOf(second, pathname)).toBe('200');
    const query = `${ORIGIN}/graphql?query={user(id:"alice"){profilePicture{fileName}}}`;
    const { output } = await second.runInNetwork(['curl', '--silent', '--globoff', query]);
    expect(JSON.parse(output)).toEqual({ data: { user: { profilePicture: { fileName: 'photo.webp' } } } });
    expect(await second.stop()).toBe(0);
    expect(second.log()).not.toMatch(/"level":(40|50|60)/);
  });
});

async function send(container: Container): Promise<string> {
  const { Authorization } = await signedIn('alice');
  const { output } = await container.runInNetwork([
    ...['curl', '--silent', `${ORIGIN}/graphql`, '-H', `Authorization: ${Authorization}`],
    ...['-F', `operations=${JSON.stringify({ query: UPLOAD, variables: { file: null } })}`],
    ...['-F', 'map={"0":["variables.file"]}', '-F', `0=@${picturePath('photo.webp')}`],
  ]);
  return output;
}

async function statusOf(container: Container, path: string): Promise<string> {
  const options = ['--silent', '--output', '/dev/null', '--write-out', '%{http_code}'];
  return (await container.runInNetwork(['curl', ...options, ORIGIN + path])).output;
}
