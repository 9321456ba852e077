import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const SOURCES = join(import.meta.dirname, '../../src');

it.each(['http/server.ts', 'webhooks/start-sender.ts'])('%s loads without Node’s fetch', async (file) => {
  const program = `await import(${JSON.stringify(join(SOURCES, file))}); console.log(process.moduleLoadList.join('\\n'));`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', program]);
  expect(stdout).toContain('NativeModule _http_server');
  expect(stdout).not.toContain('undici');
});
