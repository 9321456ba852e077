import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const SERVER = join(import.meta.dirname, '../../src/http/server.ts');

it('The HTTP server loads without Node’s fetch', async () => {
  const program = `await import(${JSON.stringify(SERVER)}); console.log(process.moduleLoadList.join('\\n'));`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', program]);
  expect(stdout).toContain('NativeModule _http_server');
  expect(stdout).not.toContain('undici');
});
