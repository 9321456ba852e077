import { execFile } from 'node:child_process';
import { cp, mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** Folder for packages that the project itself must not depend on. Some of them reject GraphQL.js 17. */
const CACHE = join(import.meta.dirname, '../../node_modules/.cache/compatibility');

/**
 * Copies one of the folders next to this file into a cache, and installs the npm packages of its lockfile there.
 *
 * @returns the path of the copy.
 */
export async function install(name: 'clients' | 'graphql-eslint'): Promise<string> {
  const folder = join(CACHE, name);
  await mkdir(folder, { recursive: true });
  const outdated = (await readdir(folder)).filter((entry) => entry !== 'node_modules');
  await Promise.all(outdated.map((entry) => rm(join(folder, entry), { recursive: true })));
  await cp(join(import.meta.dirname, name), folder, { recursive: true });
  await promisify(execFile)('npm', ['ci'], { cwd: folder });
  return folder;
}
