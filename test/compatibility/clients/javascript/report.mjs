import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const MODULES = join(import.meta.dirname, '../node_modules');

/** Prints a client's version, the HTTP status or `-`, and the body of the response, as `run-client.ts` reads them. */
export function report(version, status, body) {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  process.stdout.write(`${version}\n${status ?? '-'}\n${text}\n`);
}

/** Returns the version of an npm package. */
export function versionOf(name) {
  return JSON.parse(readFileSync(join(MODULES, name, 'package.json'), 'utf8')).version;
}
