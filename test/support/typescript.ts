import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const ROOT = join(import.meta.dirname, '../..');
const run = promisify(execFile);

/** Without the test runner's own variables, in whose presence some tools say less. */
const env = { PATH: process.env['PATH'] };

/** Runs a script in a folder. Rejects with what it printed if it fails. */
export async function runNode(script: string, cwd: string, args: readonly string[] = []): Promise<void> {
  await run(process.execPath, [script, ...args], { cwd, env }).catch(
    (error: { stdout: string; stderr: string }) => {
      throw new Error(`${script} failed:\n${error.stdout}${error.stderr}`);
    },
  );
}

/** Runs a package's command in a folder, as runNode does. */
export function runTool(name: string, args: readonly string[], cwd: string): Promise<void> {
  return runNode(join(ROOT, 'node_modules/.bin', name), cwd, args);
}

/** Compiles everything in a folder as a strict frontend would. Rejects with the complaints. */
export async function compile(folder: string): Promise<void> {
  const config = {
    extends: join(ROOT, 'tsconfig.json'),
    compilerOptions: {
      lib: ['es2024', 'dom', 'dom.iterable'],
      // The types of apollo-upload-client are those of its JavaScript, which is checked along and less strict.
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
