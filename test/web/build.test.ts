import { execFile } from 'node:child_process';
import { appendFile, cp, mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { STATIC, withoutHash } from '../support/built-file.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const ROOT = join(import.meta.dirname, '../..');

it('A build names each file after its content, compresses it, and deletes the files of earlier builds', async () => {
  const folder = await temporaryFolder();
  for (const source of ['src/web', 'src/file-names', 'static/style.css', 'tsconfig.json', 'package.json']) {
    await cp(join(ROOT, source), join(folder, source), { recursive: true });
  }
  await symlink(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  await appendFile(join(folder, 'static/style.css'), 'main { color: red; }\n');
  await appendFile(join(folder, 'src/web/page/client.tsx'), "document.title = 'Changed';\n");
  await appendFile(join(folder, 'src/web/editor/cropper.tsx'), "document.title = 'Changed';\n");
  const target = join(folder, 'static');
  await mkdir(join(target, 'page'));
  await writeFile(join(target, 'page/page-00000000.js'), '');
  // Without Vitest's NODE_ENV, which Vite builds into the files.
  await promisify(execFile)(process.execPath, ['src/web/build.ts'], { cwd: folder, env: {} });

  const [before, after] = await Promise.all([namesIn(STATIC), namesIn(target)]);
  expect(after.map(withoutHash).sort()).toEqual(before.map(withoutHash).sort());
  const changed = after
    .filter((name) => !before.includes(name))
    .map(withoutHash)
    .sort();
  // The dialog names the crop tool. The module of the elements names the dialog, but its own name is stable.
  expect(changed).toEqual([
    'elements/cropper.js',
    'elements/dialog.js',
    'page/developers.css',
    'page/page.js',
    'page/style.css',
  ]);
  const dialog = after.find((name) => name.startsWith('elements/dialog-')) ?? '?';
  expect(await readFile(join(target, 'elements/portrait.js'), 'utf8')).toContain(basename(dialog));
  for (const [renderer, files] of [
    ['page.js', /^page\/(page|style)/],
    ['developers.js', /^page\/developers/],
  ] as const) {
    const code = await readFile(join(folder, 'build', renderer), 'utf8');
    const loaded = after.filter((file) => files.test(file));
    expect(loaded).toHaveLength(2);
    for (const name of loaded) {
      expect(code).toContain(basename(name));
    }
  }
  for (const name of after) {
    const content = await readFile(join(target, name));
    expect(brotliDecompressSync(await readFile(join(target, `${name}.br`))).equals(content), name).toBe(true);
    expect(gunzipSync(await readFile(join(target, `${name}.gz`))).equals(content), name).toBe(true);
  }
});

/** Returns the paths of the uncompressed built files in a folder. */
async function namesIn(folder: string): Promise<string[]> {
  const names = await readdir(folder, { recursive: true });
  return names.filter((name) => /^(page|elements)\/.*\.(js|ts|css|wasm|txt)$/.test(name));
}
