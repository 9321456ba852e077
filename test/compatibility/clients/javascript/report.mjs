import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

/** Prints the result of a client as `run-client.ts` reads it: version, HTTP status or `-`, body of the response. */
export function report(version, status, body) {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  process.stdout.write(`${version}\n${status ?? '-'}\n${text}\n`);
}

/** Returns the version of an installed npm package. */
export function versionOf(name) {
  return require(`${require.resolve.paths(name).map((folder) => `${folder}/${name}/package.json`).find(isFile)}`).version;
}

function isFile(path) {
  try {
    return Boolean(require.resolve(path));
  } catch {
    return false;
  }
}
