import type { UploadBlock } from '../database/database.ts';
import { blockUploads, MAX_REASON_LENGTH, unblockUploads } from '../pictures/block-uploads.ts';
import { MAX_ID_LENGTH } from '../auth/viewer.ts';
import { builder } from './builder.ts';
import { requireAuthor } from './context.ts';
import { limits, textBytes } from './field-limits.ts';
import { loadRestricted } from './load-restricted.ts';
import { reloadUser } from './load-users.ts';
import { User } from './user.ts';
import { MUTATION_OF_USER } from './user-id.ts';

/** A block, and the user whom it prevents from uploading. */
interface BlockOfUser extends UploadBlock {
  readonly userId: string;
}

const UploadBlockType = builder.objectRef<BlockOfUser>('UploadBlock').implement({
  description: 'A block that prevents a user from uploading and restoring pictures.',
  fields: (t) => ({
    id: t.exposeID('userId', {
      description: 'Id of the blocked user.',
      extensions: limits({ bytes: textBytes(MAX_ID_LENGTH) }),
    }),
    until: t.expose('until', {
      type: 'DateTime',
      nullable: true,
      description: 'End of the block. Null if it has no end.',
    }),
    reason: t.exposeString('reason', {
      nullable: true,
      description: 'Reason, as a sentence for the user.',
      extensions: limits({ bytes: textBytes(MAX_REASON_LENGTH) }),
    }),
  }),
});

builder.objectField(User, 'uploadBlock', (t) =>
  t.field({
    type: UploadBlockType,
    nullable: true,
    description:
      'The block that prevents the user from uploading. Null if there is none, and to everyone except the user and moderators.',
    resolve: ({ id }, _args, context) =>
      loadRestricted(context, id, ({ uploadBlock }) => uploadBlock && { ...uploadBlock, userId: id }),
  }),
);

builder.mutationFields((t) => ({
  blockUploads: t.field({
    type: User,
    extensions: MUTATION_OF_USER,
    description:
      'Prevents a user from uploading and restoring pictures. Replaces an earlier block. Requires the scope `portrait:moderate` or `portrait:write`.',
    args: {
      userId: t.arg.id({ required: true, description: 'User to block.' }),
      until: t.arg({
        type: 'DateTime',
        description: 'End of the block, in the future. Without it, the block has no end.',
      }),
      reason: t.arg.string({
        description: `Reason, as a sentence for the user. At most ${MAX_REASON_LENGTH} characters.`,
      }),
    },
    resolve: async (_root, { userId, until = null, reason = null }, context) => {
      const author = requireAuthor(context, 'block', userId);
      await blockUploads(context.parts, author, { until, reason });
      return reloadUser(context, userId);
    },
  }),
  unblockUploads: t.field({
    type: User,
    extensions: MUTATION_OF_USER,
    description:
      'Ends the block of a user, if there is one. Requires the scope `portrait:moderate` or `portrait:write`.',
    args: { userId: t.arg.id({ required: true, description: 'User to unblock.' }) },
    resolve: async (_root, { userId }, context) => {
      await unblockUploads(context.parts, requireAuthor(context, 'block', userId));
      return reloadUser(context, userId);
    },
  }),
}));
