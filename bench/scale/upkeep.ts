import { randomBytes } from 'node:crypto';
import { cp, mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import pLimit from 'p-limit';
import type { PictureDatabase } from '../../src/database/database.ts';
import { openPostgresDatabase } from '../../src/database/postgres/postgres-database.ts';
import { render } from '../../src/imaging/render.ts';
import { openDiskStorage } from '../../src/storage/disk.ts';
import { picturePath } from '../../src/storage/storage.ts';
import { createLogger } from '../../src/telemetry/logger.ts';
import { sweep, TRASH_MS } from '../../src/upkeep/janitor.ts';
import { reconcile } from '../../src/upkeep/reconcile.ts';
import { startPostgres } from '../../test/support/postgres-server.ts';
import { print } from '../support/print.ts';
import { makeTemporaryFolder } from '../support/temporary-folder.ts';

const PICTURES = 3_000;
const AT_ONCE = 8;
const PHOTOGRAPH = join(import.meta.dirname, '../../test/images/photo-2725x2225.jpg');

/** Measures the pictures a second of the background work, with real folders and with commits that reach the disk. */
export async function benchUpkeep(): Promise<void> {
  await using postgres = await startPostgres(['fsync=on', 'shared_buffers=256MB']);
  await using folder = await makeTemporaryFolder();
  const logger = createLogger('error');
  const database = await openPostgresDatabase({ url: postgres.url, poolSize: AT_ONCE, logger });
  try {
    const storage = await openDiskStorage(join(folder.path, 'pictures'), database.instance);
    await fill(database, join(folder.path, 'model'), join(folder.path, 'pictures'));
    const parts = {
      database,
      storage,
      uploadsDirectory: join(folder.path, 'uploads'),
      pendingCleanup: new Set<string>(),
      logger,
    };
    const now = new Date();
    await rate('reconcile', () => reconcile(parts, { delete: false, force: false, now }));
    await rate('moveToTrash, one at a time', async () => {
      for (let number = 0; number < PICTURES; number += 1) {
        const subject = `user-${number}`;
        await database.moveToTrash({ subject, actor: subject, name: null }, now);
      }
    });
    await rate('sweep', () => sweep(parts, new Date(now.getTime() + TRASH_MS + 1_000)));
  } finally {
    await database.close();
  }
}

async function rate(name: string, work: () => Promise<unknown>): Promise<void> {
  const startedAt = performance.now();
  await work();
  print(`${name}: ${Math.round(PICTURES / ((performance.now() - startedAt) / 1000))} pictures a second`);
}

/** Creates users with one picture each. All pictures are copies of one picture. */
async function fill(database: PictureDatabase, model: string, root: string): Promise<void> {
  await mkdir(model);
  const details = await render({
    inputPath: PHOTOGRAPH,
    outputDirectory: model,
    format: 'jpeg',
    maxPixels: 51_000_000,
  });
  await pLimit(AT_ONCE).map([...Array(PICTURES).keys()], async (number) => {
    const id = `pic_${randomBytes(16).toString('hex')}`;
    const path = picturePath(id);
    await mkdir(dirname(join(root, path)), { recursive: true });
    await cp(model, join(root, path), { recursive: true });
    const userId = `user-${number}`;
    await database.accept(
      { id, path, userId, fileName: 'me.jpg', altText: null, acceptedAt: new Date() },
      { subject: userId, actor: userId, name: 'Ann' },
    );
    await database.settle(id, userId, details, new Date());
  });
}
