import { MAX_ID_LENGTH } from '../auth/viewer.ts';
import { deleteUser } from '../pictures/delete-user.ts';
import { builder } from './builder.ts';
import { requireAuthor } from './context.ts';
import { limits, textBytes } from './field-limits.ts';
import { forgetUser } from './load-users.ts';
import { checkUserId, MUTATION_COST } from './user-id.ts';

const DeletedUser = builder.objectRef<{ readonly id: string }>('DeletedUser').implement({
  description: 'A user whom Portrait has deleted.',
  fields: (t) => ({
    id: t.exposeID('id', {
      description: 'Id of the user in the host application.',
      extensions: limits({ bytes: textBytes(MAX_ID_LENGTH) }),
    }),
  }),
});

builder.mutationFields((t) => ({
  deleteUser: t.field({
    type: DeletedUser,
    extensions: limits<{ id: string }>({ cost: MUTATION_COST, check: ({ id }) => checkUserId(id) }),
    description:
      'Deletes everything that Portrait knows about a user: pictures, including those in the trash and uploads in progress, the name, and the hashes of the address. The server deletes the files before it responds. Can be repeated. Users whose uploads are blocked cannot delete themselves. Any other user than the viewer requires the scope `portrait:write`.',
    args: { id: t.arg.id({ required: true, description: 'User to delete.' }) },
    resolve: async (_root, { id }, context) => {
      await deleteUser(context.parts, requireAuthor(context, 'deleteUser', id));
      forgetUser(context, id);
      return { id };
    },
  }),
}));
