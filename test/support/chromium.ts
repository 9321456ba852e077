import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const MODULES = join(import.meta.dirname, '../../node_modules');

/** Unpacks everything that the package brings into TMPDIR. */
const UNPACK = `import chromium from '@sparticuz/chromium'; await chromium.executablePath();`;

/** The package unpacks its shared libraries only on AWS Lambda. */
const ON_LAMBDA = { AWS_LAMBDA_JS_RUNTIME: 'nodejs24.x' };

/** Replaces the package's file, which names folders of AWS Lambda. Relative paths start at the file. */
const FONTS_CONF = `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir prefix="relative">fonts</dir><cachedir prefix="xdg">fontconfig</cachedir></fontconfig>
`;

/** What Playwright needs to launch a browser. */
export interface BrowserProgram {
  readonly executablePath: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/**
 * Returns the Chromium of the npm package, or the browser that TEST_BROWSER names. It never looks for others, so that
 * every machine tests the same one. For the same reason, either browser has the package's fonts and no others.
 */
export async function findBrowser(): Promise<BrowserProgram> {
  const folder = await unpackOnce();
  const env = { ...process.env, FONTCONFIG_FILE: join(folder, 'fonts/fonts.conf') };
  const { TEST_BROWSER } = process.env;
  return TEST_BROWSER
    ? { executablePath: TEST_BROWSER, env }
    : {
        executablePath: join(folder, 'chromium'),
        // The package's NSS and Expat: a minimal Debian has neither.
        env: { ...env, LD_LIBRARY_PATH: join(folder, 'al2023/lib') },
      };
}

/** Returns the version of the npm package, whose major version is Chromium's. */
export async function npmChromiumVersion(): Promise<string> {
  return JSON.parse(await readFile(join(MODULES, '@sparticuz/chromium/package.json'), 'utf8')).version;
}

/**
 * Returns the folder of the unpacked package. Test files run side by side, and each can end at any moment. So each
 * unpacks into a folder of its own and renames it in one step.
 */
async function unpackOnce(): Promise<string> {
  const cache = join(MODULES, '.cache');
  const folder = join(cache, `npm-chromium-${await npmChromiumVersion()}`);
  if (!existsSync(folder)) {
    await mkdir(cache, { recursive: true });
    const aside = await mkdtemp(`${folder}-`);
    // The package takes its target from the environment, which other tests in this process share.
    await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', UNPACK], {
      cwd: MODULES,
      env: { ...ON_LAMBDA, TMPDIR: aside },
    });
    await writeFile(join(aside, 'fonts/fonts.conf'), FONTS_CONF);
    // Another test file may have been first.
    await rename(aside, folder).catch(() => rm(aside, { recursive: true }));
  }
  return folder;
}
