import type { Picture } from '../database/database.ts';
import { MAX_PLACEHOLDER_BYTES, RENDITION_SIZES, renditionAtLeast } from '../imaging/renditions.ts';
import { MAX_ALT_TEXT_LENGTH } from '../pictures/alt-text.ts';
import { describePicture } from '../pictures/describe-picture.ts';
import { InvalidInputError } from '../pictures/errors.ts';
import { removePicture } from '../pictures/remove-picture.ts';
import { replacePicture } from '../pictures/replace-picture.ts';
import { restorePicture } from '../pictures/restore-picture.ts';
import { MAX_FILE_NAME_BYTES } from '../pictures/secure-file-name.ts';
import { PICTURE_ID_LENGTH } from '../storage/storage.ts';
import { builder } from './builder.ts';
import { requireAuthor } from './context.ts';
import { limits, textBytes } from './field-limits.ts';
import { reloadUser } from './load-users.ts';
import { PictureFormat } from './picture-format.ts';
import { MAX_URL_BYTES } from './urls.ts';
import { User } from './user.ts';

/** A mutation costs as much as 500 fields. */
const MUTATION = limits({ cost: 500 });

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

const FORMAT = {
  type: PictureFormat,
  required: true,
  defaultValue: 'webp',
  description: 'Image format of the URL.',
} as const;

const ProfilePicture = builder.objectRef<Picture>('ProfilePicture').implement({
  description: 'A profile picture. Only its `altText` can change: each upload gets a new id and new URLs.',
  fields: (t) => ({
    id: t.exposeID('id', {
      description: 'Picture id, such as `pic_9c41…`.',
      extensions: limits({ bytes: 2 + PICTURE_ID_LENGTH }),
    }),
    fileName: t.exposeString('fileName', {
      description: 'Name of the uploaded file, with unsafe characters replaced.',
      extensions: limits({ bytes: 2 + MAX_FILE_NAME_BYTES }),
    }),
    altText: t.exposeString('altText', {
      nullable: true,
      description:
        'Alternative text for screen readers. Empty for a decorative picture; null if the user has not set one.',
      extensions: limits({ bytes: textBytes(MAX_ALT_TEXT_LENGTH) }),
    }),
    uploadedAt: t.field({
      type: 'DateTime',
      description: 'Time at which the server accepted the upload.',
      resolve: (picture) => picture.acceptedAt,
    }),
    width: t.exposeInt('width', { description: 'Width of the upright original in pixels.' }),
    height: t.exposeInt('height', { description: 'Height of the upright original in pixels.' }),
    url: t.field({
      type: 'URL',
      description:
        'URL of the smallest rendition that is at least `size` pixels wide, or of the largest one.',
      args: {
        size: t.arg.int({
          required: true,
          defaultValue: 256,
          description: 'Edge length in pixels, at least 1.',
        }),
        format: t.arg(FORMAT),
      },
      extensions: limits<{ size: number }>({
        bytes: MAX_URL_BYTES,
        check: ({ size }) => {
          if (size < 1) {
            throw new InvalidInputError('The size must be at least 1 pixel.');
          }
        },
      }),
      resolve: (picture, { size, format }, { urls }) =>
        urls.picture(picture.path, renditionAtLeast(picture.sizes, size), format),
    }),
    srcSet: t.string({
      description:
        'URLs of all renditions with their widths, for the `srcset` attribute of an `<img>` element.',
      args: { format: t.arg(FORMAT) },
      extensions: limits({ bytes: RENDITION_SIZES.length * MAX_URL_BYTES }),
      resolve: (picture, { format }, { urls }) =>
        picture.sizes.map((size) => `${urls.picture(picture.path, size, format)} ${size}w`).join(', '),
    }),
    placeholder: t.exposeString('placeholder', {
      description:
        'Data URL of a tiny, blurred preview to show while the picture loads (a ThumbHash as WebP).',
      extensions: limits({ bytes: MAX_PLACEHOLDER_BYTES }),
    }),
    dominantColor: t.exposeString('dominantColor', {
      description: 'Dominant color of the picture, such as `#4a6b82`.',
      extensions: limits({ bytes: '"#rrggbb"'.length }),
    }),
  }),
});

builder.objectField(User, 'profilePicture', (t) =>
  t.field({
    type: ProfilePicture,
    nullable: true,
    description: 'The current picture, or null if the user has none.',
    resolve: (user) => user.picture,
  }),
);

builder.mutationFields((t) => ({
  uploadProfilePicture: t.field({
    type: User,
    extensions: MUTATION,
    description:
      'Makes the uploaded file the viewer’s picture. The previous picture stays in the trash for 7 days. The trash keeps the last 4 pictures.',
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
    },
    resolve: async (_root, { file, crop, altText }, context) => {
      const author = requireAuthor(context);
      await context.limitUploads(author.subject);
      await replacePicture(context.parts, {
        author,
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
    extensions: MUTATION,
    description: 'Sets the alternative text of the viewer’s picture.',
    args: {
      altText: t.arg.string({
        required: true,
        description: 'Alternative text for screen readers, or an empty string for a decorative picture.',
      }),
    },
    resolve: async (_root, { altText }, context) => {
      const author = requireAuthor(context);
      await describePicture(context.parts, author, altText);
      return reloadUser(context, author.subject);
    },
  }),
  removeProfilePicture: t.field({
    type: User,
    extensions: MUTATION,
    description: 'Moves the viewer’s picture to the trash, from which it can be restored for 7 days.',
    args: {
      permanently: t.arg.boolean({
        required: true,
        defaultValue: false,
        description:
          'Deletes the picture permanently instead. The server deletes its files before it responds.',
      }),
    },
    resolve: async (_root, { permanently }, context) => {
      const author = requireAuthor(context);
      await removePicture(context.parts, author, { permanently });
      return reloadUser(context, author.subject);
    },
  }),
  restoreProfilePicture: t.field({
    type: User,
    extensions: MUTATION,
    description:
      'Restores the picture that was last replaced or removed, if it is still in the trash. The current picture takes its place there.',
    resolve: async (_root, _args, context) => {
      const author = requireAuthor(context);
      await restorePicture(context.parts, author);
      return reloadUser(context, author.subject);
    },
  }),
}));
