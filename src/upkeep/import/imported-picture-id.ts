import { createHash } from 'node:crypto';

/** Hexadecimal digits of a picture's id: 128 bits. */
const ID_DIGITS = 32;

/**
 * Returns the id of an imported picture: a hash of its user and its bytes. So a second import finds the picture in the
 * database, from any folder and on any machine, and an interrupted import leaves no record that could be wrong.
 * @param userId contains no NUL.
 */
export async function importedPictureId(userId: string, bytes: AsyncIterable<Buffer>): Promise<string> {
  const hash = createHash('sha256').update(`${userId}\0`);
  for await (const chunk of bytes) {
    hash.update(chunk);
  }
  return `pic_${hash.digest('hex').slice(0, ID_DIGITS)}`;
}
