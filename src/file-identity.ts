import { statSync } from 'node:fs';
import { stat } from 'node:fs/promises';

/** Returns a string that changes when a path leads to another file or folder. Rejects if the path does not exist. */
export async function identityOf(path: string): Promise<string> {
  return textOf(await stat(path));
}

/** Returns the same string synchronously, for a file on a local disk. Returns undefined if the file does not exist. */
export function identityOfLocal(path: string): string | undefined {
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats && textOf(stats);
}

function textOf({ dev, ino }: { readonly dev: number; readonly ino: number }): string {
  return `${dev}:${ino}`;
}
