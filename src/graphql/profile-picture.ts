import type { Picture } from '../database/database.ts';
import { MAX_PLACEHOLDER_BYTES, RENDITION_SIZES, renditionAtLeast } from '../imaging/renditions.ts';
import { MAX_ALT_TEXT_LENGTH } from '../pictures/alt-text.ts';
import { InvalidInputError } from '../pictures/errors.ts';
import { MAX_FILE_NAME_BYTES } from '../pictures/secure-file-name.ts';
import { PICTURE_ID_LENGTH } from '../storage/storage.ts';
import { builder } from './builder.ts';
import { limits, textBytes } from './field-limits.ts';
import { loadRestricted } from './load-restricted.ts';
import { PictureFormat } from './picture-format.ts';
import { MAX_URL_BYTES } from './urls.ts';
import { User } from './user.ts';

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
      resolve: (picture, { format }, { urls }) => urls.srcSet(picture.path, picture.sizes, format),
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

builder.objectField(User, 'previousPicture', (t) =>
  t.field({
    type: ProfilePicture,
    nullable: true,
    description:
      'The picture that `restoreProfilePicture` would bring back. Null if there is none, and to everyone except the user and moderators.',
    resolve: ({ id }, _args, context) =>
      loadRestricted(context, id, ({ previousPicture }) => previousPicture),
  }),
);
