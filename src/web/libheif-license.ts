import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';

const { resolve } = createRequire(import.meta.url);

/**
 * Returns the notice that accompanies libheif's files, as sections 4 and 6 of the LGPL 3.0 require: the authors, the
 * license, the source, and how to replace the library. The texts of the licenses follow.
 */
export async function libheifLicense(): Promise<string> {
  const [manifest, licenses] = await Promise.all([
    readFile(resolve('libheif-js/package.json'), 'utf8'),
    readFile(resolve('libheif-js/libheif-wasm/LICENSE'), 'utf8'),
  ]);
  const { version }: { readonly version: string } = JSON.parse(manifest);
  return `Portrait decodes HEIC pictures in the browser with libheif (copyright Struktur AG, Dirk Farin) and libde265
(copyright Struktur AG). Both are under the GNU Lesser General Public License, version 3. Portrait uses them unchanged,
as the npm package libheif-js ${version} contains them: libheif-<hash>.js and libheif-<hash>.wasm beside this file.

Source code, with the script that builds these files (build-emscripten.sh in libheif):
  https://github.com/strukturag/libheif
  https://github.com/strukturag/libde265
  https://github.com/catdad-experiments/libheif-js, tag v${version}
  The package itself: npm pack libheif-js@${version}

To replace the library, put your own build in place of these two files, under the same names, and delete the compressed
files next to them (.br, .gz). The license permits you to modify the library, and to reverse engineer Portrait in order
to debug your changes.

----------------------------------------------------------------------

${licenses}`;
}
