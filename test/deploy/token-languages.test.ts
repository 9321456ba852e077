import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { folderInProject, writeExamples } from '../support/examples.ts';
import { viewer } from '../support/graphql.ts';
import { type Portrait, startPortrait } from '../support/portrait.ts';
import { AUTH_SECRET } from '../support/signed-in.ts';

const NAME = 'Álice “A” 😀';

let portrait: Portrait;

beforeAll(async () => {
  const env = { AUTH_SECRET, AUTH_ISSUER: 'https://app.example.com', AUTH_AUDIENCE: 'portrait' };
  portrait = await startPortrait({ env });
});
afterAll(() => portrait[Symbol.asyncDispose]());

/** Programs that print the token of a user, by the title of their example in docs/integrate.md. */
const PROGRAMS = {
  'portrait_token.py': [
    'python3',
    '-c',
    'import sys; from portrait_token import *; print(portrait_token(*sys.argv[1:]), end="")',
  ],
  'portrait_token.rb': ['ruby', '-r./portrait_token.rb', '-e', 'print portrait_token(*ARGV)'],
} satisfies Record<string, readonly [string, ...string[]]>;

it.for(Object.entries(PROGRAMS))('A token from %s signs a user in', async ([title, program]) => {
  const folder = await folderInProject();
  await writeExamples(folder, [title], portrait, 'docs/integrate.md');
  const [command, ...args] = program as [string, ...string[]];
  const viewerOf = async (...user: string[]) => {
    const token = execFileSync(command, [...args, ...user], {
      cwd: folder,
      env: { PATH: process.env['PATH'], LANG: 'C.UTF-8', AUTH_SECRET },
      encoding: 'utf8',
    });
    return await viewer(portrait, { Authorization: `Bearer ${token}` });
  };
  expect(await viewerOf('alice/1', NAME)).toMatchObject({ id: 'alice/1', name: NAME });
  expect(await viewerOf('bob')).toMatchObject({ id: 'bob', name: null });
});
