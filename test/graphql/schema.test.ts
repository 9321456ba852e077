import { execFileSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');

it('schema.graphql is what `npm run schema` prints', async () => {
  const printed = execFileSync(process.execPath, [join(ROOT, 'src/graphql/print-schema.ts')], {
    encoding: 'utf8',
  });
  expect(await readFile(join(ROOT, 'schema.graphql'), 'utf8')).toBe(printed);
});
