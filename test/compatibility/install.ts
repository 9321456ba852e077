import { execFile } from 'node:child_process';
import { cp, mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const ROOT = join(import.meta.dirname, '../..');

/** Folder for the npm packages of this folder, outside of the sources, because some of them reject GraphQL.js 17. */
const INSTALLED = join(ROOT, 'node_modules/.cache/compatibility');

const COPIED = ['package.json', 'package-lock.json', '.npmrc', 'clients', 'graphql-eslint'];

/** Installs the npm packages that the lockfile names, and copies the programs next to them. @returns the folder. */
export async function install(): Promise<string> {
  await mkdir(INSTALLED, { recursive: true });
  for (const name of COPIED) {
    await rm(join(INSTALLED, name), { recursive: true, force: true });
    await cp(join(import.meta.dirname, name), join(INSTALLED, name), { recursive: true });
  }
  await promisify(execFile)('npm', ['ci'], { cwd: INSTALLED });
  return INSTALLED;
}
