import { describePicture } from '../pictures/describe-picture.ts';
import { removePicture } from '../pictures/remove-picture.ts';
import { replacePicture } from '../pictures/replace-picture.ts';
import { restorePicture } from '../pictures/restore-picture.ts';
import { builder } from './builder.ts';
import { requireAuthor } from './context.ts';
import { reloadUser } from './load-users.ts';
import { User } from './user.ts';
import { MUTATION_OF_USER } from './user-id.ts';

const CropInput = builder.inputType('CropInput', {
  description:
    'A crop, in fractions of the upright picture’s width and height. The server reduces it to its central square.',
  fields: (t) => ({
    x: t.float({ required: true, description: 'Left edge: 0 is the left of the picture, 1 its right.' }),
    y: t.float({ required: true, description: 'Top edge: 0 is the top of the picture, 1 its bottom.' }),
    width: t.float({ required: true, description: 'Width as a fraction of the picture’s width.' }),
    height: t.float({ required: true, description: 'Height as a fraction of the picture’s height.' }),
  }),
});

/** Argument of the mutations that moderators may run for any user. */
const MODERATED_USER = {
  description:
    'User whose picture changes. Default: the viewer. Any other user requires the scope `portrait:moderate` or `portrait:write`.',
} as const;

/** Argument of the mutations that need `portrait:write` for any other user. */
const WRITABLE_USER = {
  description:
    'User whose picture changes. Default: the viewer. Any other user requires the scope `portrait:write`.',
} as const;

builder.mutationFields((t) => ({
  uploadProfilePicture: t.field({
    type: User,
    extensions: MUTATION_OF_USER,
    description:
      'Makes the uploaded file the user’s picture. The previous picture stays in the trash for 7 days. The trash keeps the last 4 pictures.',
    args: {
      file: t.arg({
        type: 'File',
        required: true,
        description: 'The picture. `uploadRules` has its limits.',
      }),
      crop: t.arg({
        type: CropInput,
        description:
          'Part of the picture to keep. Without it, the server chooses the square that draws the most attention.',
      }),
      altText: t.arg.string({ description: 'Alternative text. Without it, the new picture has none.' }),
      userId: t.arg.id(WRITABLE_USER),
    },
    resolve: async (_root, { file, crop, altText, userId }, context) => {
      const author = requireAuthor(context, 'upload', userId);
      await replacePicture(context.parts, {
        author,
        limit: () => context.limitUploads(author.actor),
        upload: file,
        crop: crop ?? undefined,
        altText: altText ?? undefined,
        signal: context.signal,
      });
      return reloadUser(context, author.subject);
    },
  }),
  updateProfilePicture: t.field({
    type: User,
    extensions: MUTATION_OF_USER,
    description: 'Sets the alternative text of the user’s picture.',
    args: {
      altText: t.arg.string({
        required: true,
        description: 'Alternative text for screen readers, or an empty string for a decorative picture.',
      }),
      userId: t.arg.id(WRITABLE_USER),
    },
    resolve: async (_root, { altText, userId }, context) => {
      const author = requireAuthor(context, 'describe', userId);
      await describePicture(context.parts, author, altText);
      return reloadUser(context, author.subject);
    },
  }),
  removeProfilePicture: t.field({
    type: User,
    extensions: MUTATION_OF_USER,
    description: 'Moves the user’s picture to the trash, from which it can be restored for 7 days.',
    args: {
      permanently: t.arg.boolean({
        required: true,
        defaultValue: false,
        description:
          'Deletes the picture permanently instead. The server deletes its files before it responds.',
      }),
      userId: t.arg.id(MODERATED_USER),
    },
    resolve: async (_root, { permanently, userId }, context) => {
      const author = requireAuthor(context, 'remove', userId);
      await removePicture(context.parts, author, { permanently });
      return reloadUser(context, author.subject);
    },
  }),
  restoreProfilePicture: t.field({
    type: User,
    extensions: MUTATION_OF_USER,
    description:
      'Restores the picture that was last replaced or removed, if it is still in the trash. The current picture takes its place there. Users cannot restore a picture that someone else replaced or removed.',
    args: { userId: t.arg.id(MODERATED_USER) },
    resolve: async (_root, { userId }, context) => {
      const author = requireAuthor(context, 'restore', userId);
      await restorePicture(context.parts, author);
      return reloadUser(context, author.subject);
    },
  }),
}));
