import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import chromium from '@sparticuz/chromium';

const INSTALLED = ['/usr/bin/chromium', '/usr/bin/google-chrome', '/usr/bin/chromium-browser'];
const MODULES = join(import.meta.dirname, '../../node_modules');

/** The path of a Chromium: the one that is installed, else the one that npm brought, unpacked once. */
export async function findChromium(): Promise<string> {
  return INSTALLED.find((path) => existsSync(path)) ?? (await unpackOnce());
}

/**
 * Test files run side by side, and each may end at any moment. What the package itself unpacks into the folder for
 * temporary files can be met there half done; so it is unpacked aside, and appears under its name in one step.
 */
async function unpackOnce(): Promise<string> {
  const manifest = await readFile(join(MODULES, '@sparticuz/chromium/package.json'), 'utf8');
  const folder = join(MODULES, '.cache', `chromium-${JSON.parse(manifest).version}`);
  const path = join(folder, 'chromium');
  if (!existsSync(path)) {
    await mkdir(join(MODULES, '.cache'), { recursive: true });
    const aside = await mkdtemp(`${folder}-`);
    await unpackInto(aside);
    // Another test file may have been first.
    await rename(aside, folder).catch(() => rm(aside, { recursive: true }));
  }
  return path;
}

async function unpackInto(folder: string): Promise<void> {
  const { TMPDIR } = process.env;
  process.env['TMPDIR'] = folder;
  try {
    await chromium.executablePath();
  } finally {
    if (TMPDIR === undefined) {
      delete process.env['TMPDIR'];
    } else {
      process.env['TMPDIR'] = TMPDIR;
    }
  }
}
