import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openCsvSource } from '../../../src/upkeep/import/csv-source.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

/** Writes a CSV file and returns its path. */
async function csvFile(content: string | Buffer): Promise<string> {
  const path = join(await temporaryFolder(), 'users.csv');
  await writeFile(path, content);
  return path;
}

it('A CSV file can have its columns in any order, quotes, a byte order mark, CRLF and empty lines', async () => {
  const path = await csvFile(
    '\u{feff}file,altText,userId,name\r\n' +
      'a.jpg,"A ""cat"", asleep",alice,Alice Liddell\r\n\r\n' +
      '"photos/b,\nc.jpg",,bob/1,\r\n',
  );
  const source = await openCsvSource(path);
  expect(source.total).toBe(2);
  expect(await Array.fromAsync(source.entries())).toEqual([
    {
      file: 'a.jpg',
      line: 2,
      path: join(path, '../a.jpg'),
      userId: 'alice',
      name: 'Alice Liddell',
      altText: 'A "cat", asleep',
    },
    {
      file: 'photos/b,\nc.jpg',
      line: 5,
      path: join(path, '../photos/b,\nc.jpg'),
      userId: 'bob/1',
      name: null,
      altText: undefined,
    },
  ]);
});

it('A CSV file can mix the line endings of several systems', async () => {
  const source = await openCsvSource(await csvFile('file,userId\na.jpg,alice\r\nb.jpg,bob\rc.jpg,cid\n'));
  const entries = await Array.fromAsync(source.entries());
  expect(entries.map(({ userId, line }) => [userId, line])).toEqual([
    ['alice', 2],
    ['bob', 3],
    ['cid', 4],
  ]);
});

const HEADER = 'userId,file\na,a.jpg\n';

it.each([
  ['no line', '', 'is empty. Its first line must name the columns.'],
  ['an unknown column', 'userId,file,alt_text\n', 'Line 1 of … has an unknown column "alt_text".'],
  ['no file column', 'userId,name\n', 'Line 1 of … has no column "file".'],
  ['a repeated column', 'userId,file,file\n', 'Line 1 of … has two columns "file".'],
  ['semicolons', 'userId;file\n', 'Separate the columns userId, name, file and altText by commas.'],
  ['an additional field', `${HEADER}b,b.jpg,x\n`, 'Line 3 of … does not have as many fields as the header.'],
  ['a missing field', `${HEADER}\nb\n`, 'Line 4 of … does not have as many fields as the header.'],
  ['an open quote', `${HEADER}b,"b.jpg\n`, 'Line 3 of … has a quote that is never closed.'],
  ['a quote after a quoted field', `${HEADER}b,"b"c\n`, 'Line 3 of … has a misplaced quote.'],
  ['a quote inside of a field', `${HEADER}b,b"c"\n`, 'Line 3 of … has a misplaced quote.'],
  ['an endless field', `${HEADER}b,"${'\n'.repeat(70_000)}`, 'has more than 65536 bytes. Check its quotes.'],
  ['Latin-1', Buffer.from(`${HEADER}é,b.jpg\n`, 'latin1'), 'is not UTF-8. Save it as UTF-8.'],
  ['a cut character', Buffer.from(`${HEADER}é`).subarray(0, -1), 'is not UTF-8. Save it as UTF-8.'],
])('A CSV file with %s cannot be imported, and the error names the fault', async (_, content, message) => {
  const path = await csvFile(content);
  const error: unknown = await openCsvSource(path).catch((reason: unknown) => reason);
  expect((error as Error).name).toBe('ImportSourceError');
  expect((error as Error).message.replace(path, '…')).toContain(message);
});
