import { createUrls } from '../../src/graphql/urls.ts';
import type { HttpServerOptions } from '../../src/http/server.ts';

const NOTHING = { name: null, picture: null };

/** Avatars of a server without a database: no user has a picture. */
export const NO_AVATARS: HttpServerOptions['avatars'] = {
  database: {
    findAvatar: async () => NOTHING,
    findAvatarNow: () => NOTHING,
    findPictureByEmail: async () => null,
  },
  servesByEmail: false,
  urls: createUrls(
    () => 'http://127.0.0.1',
    () => 'http://127.0.0.1/static/pictures',
  ),
  redirects: false,
};
