import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');
/** Page with most examples. */
const API_PAGE = 'docs/api.md';

/** URL of the server in the page's examples. */
const DOCUMENTED_URL = 'http://127.0.0.1:4000';

/**
 * Returns a page's code block with a title, such as ```` ```ts title=fetch.ts ````. Replaces the documented URL with
 * the URL of a real server.
 */
export async function readExample(
  title: string,
  server: { readonly url: string },
  file = API_PAGE,
): Promise<string> {
  const page = await readFile(join(ROOT, file), 'utf8');
  const blocks = [...page.matchAll(/^```\w+ title=(\S+)\n(.*?)^```$/gms)];
  const [block, ...others] = blocks.filter(([, name]) => name === title);
  if (block === undefined || others.length > 0) {
    throw new Error(`${file} has ${block ? 'more than one' : 'no'} example ${title}.`);
  }
  return (block[2] as string).replaceAll(DOCUMENTED_URL, server.url);
}

/** Writes examples into a folder. @returns their paths, in the order of the titles. */
export async function writeExamples(
  folder: string,
  titles: readonly string[],
  server: { readonly url: string },
  file = API_PAGE,
): Promise<string[]> {
  return Promise.all(
    titles.map(async (title) => {
      const path = join(folder, title);
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, await readExample(title, server, file));
      return path;
    }),
  );
}

/** Creates a folder for the current test inside the project, so that packages resolve from there. */
export async function folderInProject(): Promise<string> {
  const parent = join(ROOT, '.temporary');
  await mkdir(parent, { recursive: true });
  const folder = await mkdtemp(join(parent, 'test-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Imports an example as a module. */
export async function importExample<Module>(
  title: string,
  server: { readonly url: string },
): Promise<Module> {
  const [path] = await writeExamples(await folderInProject(), [title], server);
  return await import(path as string);
}
