import { createHash, type Hash } from 'node:crypto';
import { FileMissingError } from '../../multipart/errors.ts';

/** Hexadecimal digits of a picture's id: 128 bits. */
const ID_DIGITS = 32;

/**
 * Returns the id of an imported picture: a hash of its user and its bytes. So a second import finds the picture in the
 * database, from any folder and on any machine, and an interrupted import leaves no record that could be wrong.
 * @param userId contains no NUL.
 */
export async function importedPictureId(userId: string, bytes: AsyncIterable<Buffer>): Promise<string> {
  const hash = hashOf(userId);
  for await (const chunk of bytes) {
    hash.update(chunk);
  }
  return toId(hash);
}

/**
 * Passes on the bytes of a file that is read again. Throws FileMissingError at the end if they do not give the id,
 * because the next import would then not recognize the picture.
 */
export async function* verifyPictureId(
  id: string,
  userId: string,
  bytes: AsyncIterable<Buffer>,
): AsyncIterable<Buffer> {
  const hash = hashOf(userId);
  for await (const chunk of bytes) {
    hash.update(chunk);
    yield chunk;
  }
  if (toId(hash) !== id) {
    throw new FileMissingError('The file changed during the import. Import it again.');
  }
}

function hashOf(userId: string): Hash {
  return createHash('sha256').update(`${userId}\0`);
}

function toId(hash: Hash): string {
  return `pic_${hash.digest('hex').slice(0, ID_DIGITS)}`;
}
