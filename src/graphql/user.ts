import { MAX_ID_LENGTH, MAX_NAME_LENGTH, type Viewer } from '../auth/viewer.ts';
import type { UserRecord } from '../database/database.ts';
import { renditionAtLeast } from '../imaging/renditions.ts';
import { InvalidInputError } from '../pictures/errors.ts';
import { initialsOf } from '../pictures/initials.ts';
import { builder } from './builder.ts';
import type { Context } from './context.ts';
import { limits, textBytes } from './field-limits.ts';
import { MAX_URL_BYTES } from './urls.ts';

const MAX_USERS = 100;
const MAX_AVATAR_SIZE = 2048;

export const User = builder.objectRef<UserRecord>('User').implement({
  description: 'Somebody of the host application.',
  fields: (t) => ({
    id: t.exposeID('id', {
      description: 'The host application’s own id.',
      extensions: limits({ bytes: textBytes(MAX_ID_LENGTH) }),
    }),
    name: t.exposeString('name', {
      nullable: true,
      extensions: limits({ bytes: textBytes(MAX_NAME_LENGTH) }),
      description:
        'As it was told when the user last uploaded a picture; of the viewer, as the sign-in tells it now.',
    }),
    avatarUrl: t.field({
      type: 'URL',
      description: 'Always an image: the picture as WebP, or the initials as an SVG drawn by the server.',
      args: {
        size: t.arg.int({
          required: true,
          defaultValue: 128,
          description: 'Pixels of an edge, from 1 to 2048.',
        }),
      },
      extensions: limits<{ size: number }>({
        bytes: MAX_URL_BYTES,
        check: ({ size }) => {
          if (size < 1 || size > MAX_AVATAR_SIZE) {
            throw new InvalidInputError(`The size must be from 1 to ${MAX_AVATAR_SIZE} pixels.`);
          }
        },
      }),
      resolve: (user, { size }, { urls }) =>
        user.picture === null
          ? urls.initials(initialsOf(user), size)
          : urls.picture(user.picture.path, renditionAtLeast(user.picture.sizes, size), 'webp'),
    }),
  }),
});

builder.queryFields((t) => ({
  viewer: t.field({
    type: User,
    nullable: true,
    description: 'Who is signed in, or null.',
    resolve: (_root, _args, context) => {
      const { viewer } = context.identity;
      return viewer === null ? null : loadViewer(context, viewer);
    },
  }),
  user: t.field({
    type: User,
    description: 'Any user of the host application, known to Portrait or not.',
    args: { id: t.arg.id({ required: true }) },
    extensions: limits<{ id: string }>({ check: ({ id }) => checkId(id) }),
    resolve: (_root, { id }, context) => loadUser(context, id),
  }),
  users: t.field({
    type: [User],
    description: 'At most 100, in the order asked.',
    args: { ids: t.arg.idList({ required: true }) },
    extensions: limits<{ ids: readonly string[] }>({
      entries: ({ ids }) => ids.length,
      check: ({ ids }) => {
        if (ids.length > MAX_USERS) {
          throw new InvalidInputError(`At most ${MAX_USERS} users can be asked for at once.`);
        }
        ids.forEach(checkId);
      },
    }),
    resolve: (_root, { ids }, context) => loadUsers(context, ids),
  }),
}));

/** Throws InvalidInputError for an id that no user can have. */
function checkId(id: string): void {
  if (id.length > MAX_ID_LENGTH) {
    throw new InvalidInputError(`The id of a user has at most ${MAX_ID_LENGTH} characters.`);
  }
}

/** Users that Portrait does not know have neither name nor picture. One query, however many. */
async function loadUsers({ parts }: Context, ids: readonly string[]): Promise<UserRecord[]> {
  const known = await parts.database.findUsers(ids);
  return ids.map((id) => known.get(id) ?? { id, name: null, picture: null });
}

async function loadUser(context: Context, id: string): Promise<UserRecord> {
  const [user] = await loadUsers(context, [id]);
  return user as UserRecord;
}

/** Whoever is signed in. The name that the host application tells now is newer than the one that is remembered. */
export async function loadViewer(context: Context, viewer: Viewer): Promise<UserRecord> {
  const user = await loadUser(context, viewer.id);
  return { ...user, name: viewer.name ?? user.name };
}
