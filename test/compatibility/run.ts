import { copyFile, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { print } from '../../bench/support/print.ts';
import { runPortrait } from '../../bench/support/run-portrait.ts';
import { makeTemporaryFolder } from '../../bench/support/temporary-folder.ts';
import { AUTH_SECRET } from '../support/signed-in.ts';
import { CLIENTS } from './clients.ts';
import { install } from './install.ts';
import { missingPackage } from './run-client.ts';
import { tryClient } from './try-client.ts';

const PICTURE = join(import.meta.dirname, '../images/photo-2725x2225.jpg');
/** More than the buffers of sockets hold. `truncate` appends zeros, which decoders ignore. */
const TOO_LARGE_BYTES = 16 * 1024 * 1024;

/** Arguments are words of the names of clients. `--packages` prints the Debian packages of all clients instead. */
const words = process.argv.slice(2).map((word) => word.toLowerCase());
if (words.includes('--packages')) {
  print([...new Set(CLIENTS.flatMap(({ packages = [] }) => packages))].join(' '));
} else {
  await tryClients();
}

/** Prints a Markdown row for each client that ran, and the names of the others. A failure leads to exit code 1. */
async function tryClients(): Promise<void> {
  const installed = await install('clients');
  await using folder = await makeTemporaryFolder();
  const [picture, program, tooLarge] = ['me.jpg', 'me.exe', 'large.jpg'].map((name) =>
    join(folder.path, name),
  ) as [string, string, string];
  await copyFile(PICTURE, picture);
  await copyFile(PICTURE, program);
  await copyFile(PICTURE, tooLarge);
  await truncate(tooLarge, TOO_LARGE_BYTES);
  const limits = { AUTH_SECRET, UPLOADS_PER_HOUR: '0', REQUESTS_PER_MINUTE: '0' };
  await using server = await runPortrait(folder.path, limits);
  const trial = { url: `http://127.0.0.1:${server.port}`, installed, picture, program, tooLarge };
  const links: string[] = [];
  const skipped: string[] = [];
  const failed: string[] = [];
  print('| language | client | version | picture | `me.exe` | 16 MiB |\n|---|---|---|---|---|---|');
  for (const client of CLIENTS.filter(({ name, language }) => matches(`${language} ${name}`))) {
    const missing = await missingPackage(client);
    if (missing === undefined) {
      const row = await tryClient(client, trial);
      print(
        `| ${[client.language, `[${client.name}]`, row.version, row.picture, row.program, row.tooLarge].join(' | ')} |`,
      );
      links.push(`[${client.name}]: ../test/compatibility/clients/${client.script}`);
      if (!row.works) {
        failed.push(client.name);
      }
    } else {
      skipped.push(`${client.name} (${missing})`);
    }
  }
  print(`\n${links.join('\n')}`);
  if (failed.length > 0) {
    process.exitCode = 1;
    print(`\nFailed: ${failed.join(', ')}.`);
  }
  if (skipped.length > 0) {
    print(`\nNot tried, because a package is missing: ${skipped.join(', ')}.`);
  }
}

function matches(name: string): boolean {
  return words.length === 0 || words.some((word) => name.toLowerCase().includes(word));
}
