import type { PictureDatabase } from '../../database/database.ts';
import type { Urls } from '../../graphql/urls.ts';
import { createDefaultAvatars } from '../../pictures/default-avatars.ts';
import type { FileServer } from '../files/file-server.ts';
import type { PicturesInMemory } from '../files/pictures-in-memory.ts';
import { parseAvatarRequest } from './avatar-request.ts';
import { type AvatarServer, createAvatarServer } from './avatar-server.ts';
import { parseEmailAvatarRequest } from './email-avatar-request.ts';
import { createInitialsServer } from './initials-server.ts';

export interface AvatarServersOptions {
  readonly database: Pick<PictureDatabase, 'findAvatar' | 'findAvatarNow' | 'findPictureByEmail'>;
  /** True if clients can find users by the hash of an address. */
  readonly servesByEmail: boolean;
  readonly pictures: PicturesInMemory;
  readonly urls: Urls;
  /** True if another server has the pictures. Then responses redirect to it. */
  readonly redirects: boolean;
  /** Returns the headers of every response. */
  readonly common: () => Readonly<Record<string, string>>;
}

export interface AvatarServers {
  /** Serves the current avatars of users by id. */
  readonly byId: AvatarServer;
  /** Serves them by the hash of an address. */
  readonly byEmail: AvatarServer | undefined;
  /** Serves the drawings for users without a picture. */
  readonly initials: FileServer;
}

/** Length of a hash of MD5 in hexadecimal digits. */
const MD5_LENGTH = 32;

/** Creates the servers of avatars, which share a cache of drawings. */
export function createAvatarServers(options: AvatarServersOptions): AvatarServers {
  const { database, servesByEmail, ...others } = options;
  const defaultAvatars = createDefaultAvatars();
  const shared = { ...others, defaultAvatars };
  return {
    byId: createAvatarServer({
      ...shared,
      parse: parseAvatarRequest,
      find: database.findAvatar,
      findNow: database.findAvatarNow,
    }),
    byEmail: servesByEmail
      ? createAvatarServer({
          ...shared,
          parse: parseEmailAvatarRequest,
          find: async (hash) => ({
            // The name would reveal that Portrait knows the address.
            name: null,
            picture: await database.findPictureByEmail(
              hash.length === MD5_LENGTH ? { md5: hash } : { sha256: hash },
            ),
          }),
          findNow: () => undefined,
        })
      : undefined,
    initials: createInitialsServer(defaultAvatars),
  };
}
