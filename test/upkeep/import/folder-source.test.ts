import { expect, it } from 'vitest';
import { decodeUserId } from '../../../src/upkeep/import/folder-source.ts';

it.each([
  ['alice.jpg', 'alice'],
  ['alice', 'alice'],
  ['alice.smith.JPEG', 'alice.smith'],
  ['a%2Fb%20c.png', 'a/b c'],
  ['%C3%A9.webp', 'é'],
  ['50%25.gif', '50%'],
  ['alice.heic', 'alice'],
  ['alice@example.com.avif', 'alice@example.com'],
])('The file %s belongs to the user %s', (name, userId) => {
  expect(decodeUserId(name)).toEqual({ userId });
});

it.each([
  ['alice.smith', 'Rename the file to alice.smith.jpg'],
  ['alice@example.com', 'Rename the file to alice@example.com.jpg'],
  ['alice.', 'Rename the file to alice..jpg'],
  ['50%.jpg', 'Write %25 for a percent sign.'],
  ['%FF.jpg', 'Write %25 for a percent sign.'],
  [Buffer.from('jos\xe9.jpg', 'latin1').toString(), 'The name of the file is not UTF-8. Rename the file.'],
])('The file %s belongs to no user', (name, advice) => {
  expect(decodeUserId(name)).toEqual({ userId: null, fault: expect.stringContaining(advice) });
});
