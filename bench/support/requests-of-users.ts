import { signToken } from '../../src/auth/token.ts';
import { type UploadRequest, uploadRequest } from './upload-request.ts';

const SECRET = 'a secret of at least 32 characters';

/** Settings of a server that accepts the users of `requestsOfUsers`, without a limit for their uploads. */
export const USERS_ENVIRONMENT = { AUTH_SECRET: SECRET, UPLOADS_PER_HOUR: '0' };

/** Returns one upload for each of `count` users, because the server decodes one picture of each user at a time. */
export async function requestsOfUsers(
  count: number,
  upload: Omit<UploadRequest, 'token'>,
): Promise<[Buffer, ...Buffer[]]> {
  const requestOf = async (number: number) =>
    uploadRequest({ ...upload, token: await signToken({ id: `user-${number}`, name: null }, SECRET, {}) });
  const others = Array.from({ length: count - 1 }, (_, index) => requestOf(index + 2));
  return Promise.all([requestOf(1), ...others]);
}
