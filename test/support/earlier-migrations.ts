import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryFolder } from './temporary-folder.ts';

const DATABASES = join(import.meta.dirname, '../../src/database');

interface Journal {
  readonly entries: readonly { readonly tag: string }[];
}

/** Copies the migrations of a database that come before one of them. @returns the folder of the copy. */
export async function migrationsBefore(database: 'sqlite' | 'postgres', tag: string): Promise<string> {
  const folder = await temporaryFolder();
  await cp(join(DATABASES, database, 'migrations'), folder, { recursive: true });
  const path = join(folder, 'meta/_journal.json');
  const journal = JSON.parse(await readFile(path, 'utf8')) as Journal;
  const index = journal.entries.findIndex((entry) => entry.tag === tag);
  if (index === -1) {
    throw new Error(`There is no migration ${tag}.`);
  }
  await writeFile(path, JSON.stringify({ ...journal, entries: journal.entries.slice(0, index) }));
  return folder;
}
