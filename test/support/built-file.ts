import { existsSync, readdirSync } from 'node:fs';
import { basename, dirname, join, parse } from 'node:path';

/** Folder of the files that the server publishes. */
export const STATIC: string = join(import.meta.dirname, '../../static');
/** Folders in it with the files that `npm run build` writes for browsers. */
export const BUILT_FOLDERS = ['page', 'elements'] as const;

/** Returns the path of a built file on the server. @param file path without the hash, such as `graphiql/graphiql.js`. */
export function builtFile(file: string): string {
  const { name, ext } = parse(file);
  for (const folder of BUILT_FOLDERS) {
    const path = join(folder, dirname(file));
    const names = existsSync(join(STATIC, path)) ? readdirSync(join(STATIC, path)) : [];
    const found = names.find((candidate) => withoutHash(candidate) === name + ext);
    if (found !== undefined) {
      return join('/static', path, found);
    }
  }
  throw new Error(`There is no ${basename(file)}. Run \`npm run build\`.`);
}

/** Returns the name of a built file without its hash, such as `page.js`. */
export function withoutHash(name: string): string {
  return name.replace(/-[\w-]{8}(?=\.)/, '');
}
