import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { install } from '../install.ts';
import { findDocuments } from './find-documents.ts';

const SCHEMA = join(import.meta.dirname, '../../../schema.graphql');

// Runs graphql-eslint on the schema, and on the documents of the documentation and the page.
const installed = await install('graphql-eslint');
const folder = join(installed, 'documents');
await rm(folder, { recursive: true, force: true });
await mkdir(folder);
await copyFile(SCHEMA, join(installed, 'schema.graphql'));
for (const [index, { source, text }] of (await findDocuments()).entries()) {
  await writeFile(join(folder, `${index}-${source.replaceAll('/', '-')}.graphql`), text);
}
const eslint = spawn(join(installed, 'node_modules/.bin/eslint'), ['schema.graphql', 'documents'], {
  cwd: installed,
  stdio: 'inherit',
});
const [code] = await once(eslint, 'exit');
process.exitCode = code ?? 1;
