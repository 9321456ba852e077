import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { signToken } from '../../src/auth/token.ts';
import { Connection } from '../support/connection.ts';
import { UPLOAD_PICTURE, uploadRequest } from '../support/upload-request.ts';

/** `AUTH_SECRET` of the measured server. */
export const SECRET = 'a secret of at least 32 characters';

const PICTURE = join(import.meta.dirname, '../../test/images/photo.webp');

export interface SeededUser {
  readonly id: string;
  readonly token: string;
  /** Path of the WebP rendition of 256 pixels. */
  readonly picturePath: string;
}

/** Uploads a picture for each of `count` users, one after another. */
export async function seedUsers(port: number, count: number): Promise<SeededUser[]> {
  const file = await readFile(PICTURE);
  const connection = await Connection.open(port);
  const users: SeededUser[] = [];
  for (let number = 1; number <= count; number += 1) {
    const id = `user-${number}`;
    const token = await signToken({ id, name: `Reader ${number}` }, SECRET, {});
    const response = await connection.exchange(
      uploadRequest({
        document: UPLOAD_PICTURE,
        file,
        fileName: 'photo.webp',
        mediaType: 'image/webp',
        token,
      }),
    );
    const { url } = JSON.parse(response).data.uploadProfilePicture.profilePicture;
    users.push({ id, token, picturePath: new URL(url).pathname });
  }
  connection.close();
  return users;
}
