import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** Returns whether a program is installed. @param args arguments with which it only prints its version. */
export async function isInstalled(program: string, ...args: string[]): Promise<boolean> {
  try {
    await promisify(execFile)(program, args);
    return true;
  } catch (error) {
    // Some programs exit with an error after they print their version.
    return (error as NodeJS.ErrnoException).code !== 'ENOENT';
  }
}
