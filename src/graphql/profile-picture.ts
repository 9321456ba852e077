import type { Picture } from '../database/database.ts';
import {
  MAX_PLACEHOLDER_BYTES,
  RENDITION_SIZES,
  type RenditionFormat,
  renditionAtLeast,
} from '../imaging/renditions.ts';
import { MAX_ALT_TEXT_LENGTH } from '../pictures/alt-text.ts';
import { describePicture } from '../pictures/describe-picture.ts';
import { InvalidInputError } from '../pictures/errors.ts';
import { removePicture } from '../pictures/remove-picture.ts';
import { replacePicture } from '../pictures/replace-picture.ts';
import { restorePicture } from '../pictures/restore-picture.ts';
import { MAX_FILE_NAME_BYTES } from '../pictures/secure-file-name.ts';
import { PICTURE_ID_LENGTH } from '../storage/storage.ts';
import { builder } from './builder.ts';
import { requireViewer } from './context.ts';
import { limits, textBytes } from './field-limits.ts';
import { MAX_URL_BYTES } from './urls.ts';
import { loadViewer, User } from './user.ts';

const PictureFormat = builder.enumType('PictureFormat', {
  values: { WEBP: { value: 'webp' }, JPEG: { value: 'jpeg' } } satisfies Record<
    string,
    { value: RenditionFormat }
  >,
});

/** The cost of a mutation: that of 500 fields. */
const MUTATION = limits({ cost: 500 });

const CropInput = builder.inputType('CropInput', {
  description: 'Fractions 0..1 of the upright picture; cut to its central square.',
  fields: (t) => ({
    x: t.float({ required: true }),
    y: t.float({ required: true }),
    width: t.float({ required: true }),
    height: t.float({ required: true }),
  }),
});

const ProfilePicture = builder.objectRef<Picture>('ProfilePicture').implement({
  description: 'A picture never changes but for its altText: another upload has another id and other URLs.',
  fields: (t) => ({
    id: t.exposeID('id', { extensions: limits({ bytes: 2 + PICTURE_ID_LENGTH }) }),
    fileName: t.exposeString('fileName', {
      description: 'As the client named the file, made safe to show.',
      extensions: limits({ bytes: 2 + MAX_FILE_NAME_BYTES }),
    }),
    altText: t.exposeString('altText', {
      nullable: true,
      description: 'What to read in place of the picture; empty if it is decoration, null if nobody said.',
      extensions: limits({ bytes: textBytes(MAX_ALT_TEXT_LENGTH) }),
    }),
    uploadedAt: t.field({ type: 'DateTime', resolve: (picture) => picture.acceptedAt }),
    width: t.exposeInt('width', { description: 'Pixels of the upright original.' }),
    height: t.exposeInt('height', { description: 'Pixels of the upright original.' }),
    url: t.field({
      type: 'URL',
      description: 'The smallest rendition that is at least this large; the largest if none is.',
      args: {
        size: t.arg.int({ required: true, defaultValue: 256, description: 'Pixels of an edge.' }),
        format: t.arg({ type: PictureFormat, required: true, defaultValue: 'webp' }),
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
      description: 'Every rendition with its width, for the `srcset` attribute of an `<img>`.',
      args: { format: t.arg({ type: PictureFormat, required: true, defaultValue: 'webp' }) },
      extensions: limits({ bytes: RENDITION_SIZES.length * MAX_URL_BYTES }),
      resolve: (picture, { format }, { urls }) =>
        picture.sizes.map((size) => `${urls.picture(picture.path, size, format)} ${size}w`).join(', '),
    }),
    placeholder: t.exposeString('placeholder', {
      description: 'A tiny data URL to show while the picture loads (ThumbHash).',
      extensions: limits({ bytes: MAX_PLACEHOLDER_BYTES }),
    }),
    dominantColor: t.exposeString('dominantColor', {
      description: 'Such as `#4a6b82`.',
      extensions: limits({ bytes: '"#rrggbb"'.length }),
    }),
  }),
});

builder.objectField(User, 'profilePicture', (t) =>
  t.field({ type: ProfilePicture, nullable: true, resolve: (user) => user.picture }),
);

builder.mutationFields((t) => ({
  uploadProfilePicture: t.field({
    type: User,
    extensions: MUTATION,
    description:
      'Makes the file the viewer’s picture. The one before goes into the trash for 7 days. The trash holds the last 4 pictures.',
    args: {
      file: t.arg({ type: 'File', required: true }),
      crop: t.arg({
        type: CropInput,
        description: 'Without it the square is chosen by what draws attention.',
      }),
      altText: t.arg.string(),
    },
    resolve: async (_root, { file, crop, altText }, context) => {
      const viewer = requireViewer(context);
      await context.limitUploads(viewer.id);
      await replacePicture(context.parts, {
        viewer,
        upload: file,
        crop: crop ?? undefined,
        altText: altText ?? undefined,
        signal: context.signal,
      });
      return loadViewer(context, viewer);
    },
  }),
  updateProfilePicture: t.field({
    type: User,
    extensions: MUTATION,
    args: { altText: t.arg.string({ required: true }) },
    resolve: async (_root, { altText }, context) => {
      const viewer = requireViewer(context);
      await describePicture(context.parts, viewer, altText);
      return loadViewer(context, viewer);
    },
  }),
  removeProfilePicture: t.field({
    type: User,
    extensions: MUTATION,
    description: 'Into the trash for 7 days; permanently: files and row are gone when this answers.',
    args: { permanently: t.arg.boolean({ required: true, defaultValue: false }) },
    resolve: async (_root, { permanently }, context) => {
      const viewer = requireViewer(context);
      await removePicture(context.parts, viewer, { permanently });
      return loadViewer(context, viewer);
    },
  }),
  restoreProfilePicture: t.field({
    type: User,
    extensions: MUTATION,
    description:
      'Undo: brings back the picture that was last replaced or removed, while it is kept; the present one takes its place in the trash.',
    resolve: async (_root, _args, context) => {
      const viewer = requireViewer(context);
      await restorePicture(context.parts, viewer);
      return loadViewer(context, viewer);
    },
  }),
}));
