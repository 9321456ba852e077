import { execFile } from 'node:child_process';
import { appendFile, cp, mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { BUILT, withoutHash } from '../support/built-file.ts';
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
  const target = join(folder, 'static/page');
  await mkdir(target);
  await writeFile(join(target, 'page-00000000.js'), '');
  // Without Vitest's NODE_ENV, which Vite builds into the files.
  await promisify(execFile)(process.execPath, ['src/web/build.ts'], { cwd: folder, env: {} });

  const [before, after] = await Promise.all([namesIn(BUILT), namesIn(target)]);
  expect(after.map(withoutHash).sort()).toEqual(before.map(withoutHash).sort());
  const changed = after
    .filter((name) => !before.includes(name))
    .map(withoutHash)
    .sort();
  // The crop tool imports the script of the page.
  expect(changed).toEqual(['cropper.js', 'developers.css', 'page.js', 'style.css']);
  for (const [renderer, files] of [
    ['page.js', /^(page|style)/],
    ['developers.js', /^developers/],
  ] as const) {
    const code = await readFile(join(folder, 'build', renderer), 'utf8');
    const loaded = after.filter((file) => files.test(file));
    expect(loaded).toHaveLength(2);
    for (const name of loaded) {
      expect(code).toContain(name);
    }
  }
  for (const name of after) {
    const content = await readFile(join(target, name));
    expect(brotliDecompressSync(await readFile(join(target, `${name}.br`))).equals(content), name).toBe(true);
    expect(gunzipSync(await readFile(join(target, `${name}.gz`))).equals(content), name).toBe(true);
  }
});

/** Returns the paths of the uncompressed files in a folder. */
async function namesIn(folder: string): Promise<string[]> {
  const names = await readdir(folder, { recursive: true });
  return names.filter((name) => /\.(js|css|wasm|txt)$/.test(name));
}
