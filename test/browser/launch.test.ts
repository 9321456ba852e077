import { chmod, readFile, readlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Browser } from 'playwright-core';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { launchBrowser } from '../support/browser.ts';
import { findBrowser, npmChromiumVersion } from '../support/chromium.ts';
import { childrenOf } from '../support/processes.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

function selectBrowser(path: string | undefined): void {
  vi.stubEnv('TEST_BROWSER', path);
  onTestFinished(() => void vi.unstubAllEnvs());
}

async function launchForTest(): Promise<Browser> {
  const browser = await launchBrowser();
  onTestFinished(() => browser.close());
  return browser;
}

/** Returns the NSS libraries that the running processes of this program have loaded. */
async function loadedNss(program: string): Promise<string[]> {
  const libraries = new Set<string>();
  for (const pid of await childrenOf(process.pid)) {
    if ((await readlink(`/proc/${pid}/exe`).catch(() => '')) === program) {
      const maps = await readFile(`/proc/${pid}/maps`, 'utf8');
      for (const [path] of maps.matchAll(/\/\S*\/libnss3\.so$/gm)) {
        libraries.add(path);
      }
    }
  }
  return [...libraries];
}

describe('The tests launch', () => {
  it('the Chromium of the npm package with its own libraries, whatever is installed', async () => {
    selectBrowser(undefined);
    const browser = await launchForTest();
    const [major] = (await npmChromiumVersion()).split('.');
    expect(browser.version().split('.')[0]).toBe(major);
    const { executablePath } = await findBrowser();
    expect(await loadedNss(executablePath)).toEqual([join(dirname(executablePath), 'al2023/lib/libnss3.so')]);
  });

  it('the browser that TEST_BROWSER names', async () => {
    selectBrowser(undefined);
    const { executablePath, env } = await findBrowser();
    const script = join(await temporaryFolder(), 'browser');
    const marker = `${script}.started`;
    const command = `LD_LIBRARY_PATH='${env['LD_LIBRARY_PATH']}' exec '${executablePath}' "$@"`;
    await writeFile(script, `#!/bin/sh\necho started >'${marker}'\n${command}\n`);
    await chmod(script, 0o755);
    selectBrowser(script);
    await launchForTest();
    expect(await readFile(marker, 'utf8')).toBe('started\n');
  });

  it('a browser with the fonts of the npm package and no others', async () => {
    const page = await (await launchForTest()).newPage();
    const families = ['system-ui', 'serif', 'monospace'];
    await page.setContent(families.map((family) => `<p style="font-family: ${family}">Text`).join(''));
    const session = await page.context().newCDPSession(page);
    await session.send('DOM.enable');
    await session.send('CSS.enable');
    const { root } = await session.send('DOM.getDocument');
    const { nodeIds } = await session.send('DOM.querySelectorAll', { nodeId: root.nodeId, selector: 'p' });
    const used = await Promise.all(
      nodeIds.map((nodeId) => session.send('CSS.getPlatformFontsForNode', { nodeId })),
    );
    const names = used.map(({ fonts }) => fonts.map(({ familyName }) => familyName));
    expect(names).toEqual(families.map(() => ['Open Sans']));
  });
});
