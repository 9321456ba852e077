import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { atTestEnd } from './current-test.ts';

/** Creates a folder that is deleted on disposal. */
export async function makeTemporaryFolder(): Promise<{ path: string } & AsyncDisposable> {
  const path = await mkdtemp(join(tmpdir(), 'portrait-test-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

/** Creates a folder for the current test. */
export async function temporaryFolder(): Promise<string> {
  const folder = await makeTemporaryFolder();
  atTestEnd(() => folder[Symbol.asyncDispose]());
  return folder.path;
}
