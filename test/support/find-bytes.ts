import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** Returns which files below a folder contain one of these texts, in their names or in their bytes. */
export async function filesWith(folder: string, texts: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for (const name of await readdir(folder, { recursive: true })) {
    const path = join(folder, name);
    const bytes = (await stat(path)).isFile() ? await readFile(path) : Buffer.alloc(0);
    if (texts.some((text) => name.includes(text) || bytes.includes(text))) {
      found.push(name);
    }
  }
  return found.sort();
}
