import { readdirSync } from 'node:fs';
import { basename, dirname, join, parse } from 'node:path';

/** Folder with the files that `npm run build` writes for browsers. */
export const BUILT = join(import.meta.dirname, '../../static/page');

/** Returns the path of a built file on the server. @param file path without the hash, such as `graphiql/graphiql.js`. */
export function builtFile(file: string): string {
  const { name, ext } = parse(file);
  const names = readdirSync(join(BUILT, dirname(file)));
  const found = names.find((candidate) => withoutHash(candidate) === name + ext);
  if (found === undefined) {
    throw new Error(`There is no ${basename(file)}. Run \`npm run build\`.`);
  }
  return join('/static/page', dirname(file), found);
}

/** Returns the name of a built file without its hash, such as `page.js`. */
export function withoutHash(name: string): string {
  return name.replace(/-[\w-]{8}(?=\.)/, '');
}
