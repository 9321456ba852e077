import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const ROOT = join(import.meta.dirname, '../..');
const run = promisify(execFile);

/** Excludes the variables of the test runner, because some tools print less if they are set. */
const env = { PATH: process.env['PATH'] };

/** Runs a script in a folder. If it fails, rejects with its output. */
export async function runNode(script: string, cwd: string, args: readonly string[] = []): Promise<void> {
  await run(process.execPath, [script, ...args], { cwd, env }).catch(
    (error: { stdout: string; stderr: string }) => {
      throw new Error(`${script} failed:\n${error.stdout}${error.stderr}`);
    },
  );
}

/** Runs a package's command in a folder, like {@link runNode}. */
export function runTool(name: string, args: readonly string[], cwd: string): Promise<void> {
  return runNode(join(ROOT, 'node_modules/.bin', name), cwd, args);
}

/** Checks the types of all files in a folder with the settings of a strict frontend. Rejects with the errors. */
export async function compile(folder: string): Promise<void> {
  const config = {
    extends: join(ROOT, 'tsconfig.json'),
    compilerOptions: {
      lib: ['es2024', 'dom', 'dom.iterable'],
      // apollo-upload-client has its types in JavaScript files. They are checked too, and are less strict.
      allowJs: true,
      maxNodeModuleJsDepth: 10,
      exactOptionalPropertyTypes: false,
      noPropertyAccessFromIndexSignature: false,
    },
    include: ['**/*.ts'],
  };
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(config));
  await runTool('tsc', ['--project', folder], folder);
}
