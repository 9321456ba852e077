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
        'URL of an image to show for the user: the picture as WebP, or the initials as SVG if there is no picture.',
      args: {
        size: t.arg.int({
          required: true,
          defaultValue: 128,
          description:
            'Edge length in pixels, from 1 to 2048. The picture is the smallest rendition at least this large, or the largest.',
        }),
      },
      extensions: limits<{ size: number }>({
        bytes: MAX_URL_BYTES,
        check: ({ size }) => {
          if (size < 1 || size > MAX_AVATAR_SIZE) {
            throw new InvalidInputError(`The size must be between 1 and ${MAX_AVATAR_SIZE} pixels.`);
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
    description: 'The user that the token identifies, or null without a valid token.',
    resolve: (_root, _args, context) => {
      const { viewer } = context.identity;
      return viewer === null ? null : loadViewer(context, viewer);
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

/** Applies a function to a value, at once if there is no promise to wait for. */
function mapResult<T, Result>(value: T | Promise<T>, map: (value: T) => Result): Result | Promise<Result> {
  return value instanceof Promise ? value.then(map) : map(value);
}

/** Loads users with one query, in the order of the ids. A user unknown to Portrait has no name and no picture. */
function loadUsers({ parts }: Context, ids: readonly string[]): UserRecord[] | Promise<UserRecord[]> {
  return mapResult(parts.database.findUsers(ids), (known) =>
    ids.map((id) => known.get(id) ?? unknownUser(id)),
  );
}

function loadUser({ parts }: Context, id: string): UserRecord | Promise<UserRecord> {
  return mapResult(parts.database.findUsers([id]), (known) => known.get(id) ?? unknownUser(id));
}

function unknownUser(id: string): UserRecord {
  return { id, name: null, picture: null };
}

/** Loads the viewer. The name in the current token is newer than the stored one. */
export function loadViewer(context: Context, viewer: Viewer): UserRecord | Promise<UserRecord> {
  return mapResult(loadUser(context, viewer.id), (user) => ({ ...user, name: viewer.name ?? user.name }));
}
