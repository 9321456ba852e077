import { existsSync } from 'node:fs';
import { glob, readFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { expect, it } from 'vitest';
import { startFlags } from './support/start-flags.ts';

const ROOT = join(import.meta.dirname, '..');
const PAGES = await Array.fromAsync(
  glob(['*.md', 'docs/**/*.md', 'bench/*.md', 'test/**/*.md'], { cwd: ROOT }),
);

it.for(PAGES)('%s names only files that are there', async (page) => {
  const text = await readFile(join(ROOT, page), 'utf8');
  const links = [...text.matchAll(/\]\(([^)\s]+)\)|(?:src|href)="([^"]+)"/g)]
    .map(([, link, attribute]) => (link ?? attribute ?? '').split('#', 1)[0] as string)
    .filter((link) => link !== '' && !/^[a-z]+:|^\//.test(link))
    .map((link) => resolve(ROOT, dirname(page), link));
  const paths = [...text.matchAll(/`((?:src|test|bench|docs)\/[\w./-]*\w)`/g)].map(([, path]) =>
    join(ROOT, path as string),
  );
  expect([...links, ...paths].filter((path) => !existsSync(path))).toEqual([]);
});

it('The Dockerfile and the page on deployment start Node with the flags of npm start', async () => {
  expect(startFlags()).not.toEqual([]);
  for (const page of ['Dockerfile', 'docs/deploy.md']) {
    const text = await readFile(join(ROOT, page), 'utf8');
    const starts = text.split('\n').filter((line) => /\bnode\b.*src\/boot\.mjs"?\]?$/.test(line));
    expect(starts.map((line) => line.match(/--[\w-]+=[\w-]+/g))).toEqual([startFlags()]);
  }
});
