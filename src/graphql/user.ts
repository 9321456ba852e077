import { MAX_ID_LENGTH, MAX_NAME_LENGTH } from '../auth/viewer.ts';
import type { UserRecord } from '../database/database.ts';
import { renditionAtLeast } from '../imaging/renditions.ts';
import { checkAvatarSize, checkFallbackName, MAX_FALLBACK_NAME_LENGTH } from '../pictures/avatar-rules.ts';
import { InvalidInputError } from '../pictures/errors.ts';
import { initialsOf } from '../pictures/initials.ts';
import { builder } from './builder.ts';
import { limits, textBytes } from './field-limits.ts';
import { loadUser, loadUsers } from './load-users.ts';
import { PictureFormat } from './picture-format.ts';
import { MAX_STABLE_URL_BYTES, MAX_URL_BYTES } from './urls.ts';

const MAX_USERS = 100;

/** Arguments of `avatarUrl`. */
interface AvatarArguments {
  readonly size: number;
  readonly name?: string | null;
}

export const User = builder.objectRef<UserRecord>('User').implement({
  description:
    'A user of the host application. Every id names a user, even an id that Portrait has never seen.',
  fields: (t) => ({
    id: t.exposeID('id', {
      description: 'User id in the host application: the `sub` claim of its tokens.',
      extensions: limits({ bytes: textBytes(MAX_ID_LENGTH) }),
    }),
    name: t.exposeString('name', {
      nullable: true,
      extensions: limits({ bytes: textBytes(MAX_NAME_LENGTH) }),
      description:
        'Display name from the token of the user’s latest mutation. For the viewer, the name in the current token. Null if no token had a name.',
    }),
    avatarUrl: t.field({
      type: 'URL',
      description:
        'URL of an image to show for the user: the picture, or the initials if there is no picture. It changes with each picture. `stableAvatarUrl` never changes.',
      args: {
        size: t.arg.int({
          required: true,
          defaultValue: 128,
          description:
            'Edge length in pixels, from 1 to 2048. The picture is the smallest rendition at least this large, or the largest.',
        }),
        format: t.arg({
          type: PictureFormat,
          description:
            'Image format of the picture. Default: WEBP. Initials are SVG, or PNG with JPEG, for clients that cannot show SVG.',
        }),
        name: t.arg.string({
          description: `Source of the initials if Portrait knows no name of the user. At most ${MAX_FALLBACK_NAME_LENGTH} characters.`,
        }),
      },
      extensions: limits<AvatarArguments>({
        bytes: MAX_URL_BYTES,
        check: ({ size, name }) => {
          checkAvatarSize(size);
          checkFallbackName(name ?? '');
        },
      }),
      resolve: (user, { size, format, name }, { urls }) =>
        user.picture === null
          ? urls.initials(initialsOf(user, name), size, format === 'jpeg' ? 'png' : 'svg')
          : urls.picture(user.picture.path, renditionAtLeast(user.picture.sizes, size), format ?? 'webp'),
    }),
    stableAvatarUrl: t.field({
      type: 'URL',
      description:
        'URL that always serves the current avatar of the user. Use it in `<img>`, in emails and as OpenID Connect’s `picture` claim. Its parameters are `size`, `format`, `default` and `name`.',
      extensions: limits({ bytes: MAX_STABLE_URL_BYTES }),
      resolve: ({ id }, _args, { urls }) => urls.stableAvatar(id),
    }),
  }),
});

builder.queryFields((t) => ({
  viewer: t.field({
    type: User,
    nullable: true,
    description: 'The user that the token identifies, or null without a valid token.',
    resolve: (_root, _args, context) => {
      const { viewer } = context.identity;
      return viewer === null ? null : loadUser(context, viewer.id);
    },
  }),
  user: t.field({
    type: User,
    description:
      'A user of the host application. Never null: a user unknown to Portrait has no name and no picture.',
    args: { id: t.arg.id({ required: true, description: 'User id in the host application.' }) },
    extensions: limits<{ id: string }>({ check: ({ id }) => checkId(id) }),
    resolve: (_root, { id }, context) => loadUser(context, id),
  }),
  users: t.field({
    type: [User],
    description:
      'Several users, loaded with one database query. The list has one entry for each id, in the same order.',
    args: { ids: t.arg.idList({ required: true, description: 'At most 100 user ids.' }) },
    extensions: limits<{ ids: readonly string[] }>({
      entries: ({ ids }) => ids.length,
      check: ({ ids }) => {
        if (ids.length > MAX_USERS) {
          throw new InvalidInputError(
            `A query can load at most ${MAX_USERS} users. Split the ids into several queries.`,
          );
        }
        ids.forEach(checkId);
      },
    }),
    resolve: (_root, { ids }, context) => loadUsers(context, ids),
  }),
}));

/** Throws InvalidInputError if the id is longer than any user id. */
function checkId(id: string): void {
  if (id.length > MAX_ID_LENGTH) {
    throw new InvalidInputError(`A user id has at most ${MAX_ID_LENGTH} characters.`);
  }
}
