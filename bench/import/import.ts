import { execFile } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { medianRatio } from '../support/median.ts';
import { goal, print } from '../support/print.ts';
import { makeTemporaryFolder } from '../support/temporary-folder.ts';
import { startBarePipeline } from '../upload/bare-pipeline.ts';

const FILES = Number(process.env['IMPORT_FILES'] ?? 1_000);
const ROUNDS = 3;
const MAIN = join(import.meta.dirname, '../../src/boot.mjs');
const PHOTOGRAPH = join(import.meta.dirname, '../../test/images/photo-2725x2225.jpg');
const GOAL = 0.9;

/** Measures the files a second of `npm run import`, from its start to its end, against the bare pipeline. */
export async function benchImport(): Promise<void> {
  await using folder = await makeTemporaryFolder();
  const photos = join(folder.path, 'photos');
  await fill(photos);
  const processes = availableParallelism();
  await using pipeline = startBarePipeline({ directory: folder.path, processes, atOnce: 1 });
  const rates: { readonly imported: number[]; readonly bare: number[] } = { imported: [], bare: [] };
  for (let round = 0; round < ROUNDS; round += 1) {
    rates.bare.push(FILES / (await pipeline.renderMany(PHOTOGRAPH, FILES)));
    rates.imported.push(FILES / (await importAll(photos, join(folder.path, `round-${round}`))));
    print(
      `import: ${rates.imported.at(-1)?.toFixed(1)} files/s, bare pipeline: ${rates.bare.at(-1)?.toFixed(1)}`,
    );
  }
  const ratio = medianRatio(rates.imported, rates.bare);
  print(`import / bare pipeline on each core: ${ratio.toFixed(2)}, goal ${goal(ratio, '>=', GOAL)}`);
}

/** Writes copies of a photograph that differ in the bytes after its end. */
async function fill(photos: string): Promise<void> {
  await mkdir(photos);
  const photograph = await readFile(PHOTOGRAPH);
  for (let user = 0; user < FILES; user += 1) {
    await writeFile(join(photos, `user-${user}.jpg`), Buffer.concat([photograph, Buffer.from(`${user}`)]));
  }
}

/** Imports the files into a new installation. @returns the seconds from the start of the command to its end. */
async function importAll(photos: string, home: string): Promise<number> {
  await mkdir(home);
  const env = { PATH: process.env['PATH'], LOG_LEVEL: 'warn', IMAGE_WORKERS: `${availableParallelism()}` };
  const startedAt = performance.now();
  await promisify(execFile)(process.execPath, [MAIN, 'import', photos], { cwd: home, env });
  return (performance.now() - startedAt) / 1000;
}
