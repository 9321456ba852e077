import { REJECTED_EXTENSIONS } from '../file-names/rejected-extensions.ts';
import { type AcceptedType, ALL_TYPES, maxPixelsOf } from '../imaging/accepted-types.ts';
import { MIN_EDGE } from '../imaging/renditions.ts';
import { MAX_ALT_TEXT_LENGTH } from '../pictures/alt-text.ts';
import { builder } from './builder.ts';
import type { Context } from './context.ts';
import { type ErrorCode as Code, ERROR_CODES } from './error-codes.ts';
import { limits } from './field-limits.ts';

const CODES = Object.keys(ERROR_CODES) as [Code, ...Code[]];

const ErrorCode = builder.enumType('ErrorCode', {
  description: 'Stable code of an error, sent as `extensions.code`.',
  values: Object.fromEntries(
    CODES.map((code) => [code, { value: code, description: ERROR_CODES[code].description }]),
  ) as Record<Code, { value: Code; description: string }>,
});

/** Prefix of the ids of rules, so that a normalized cache never mixes them up with users and pictures. */
const ID_PREFIX = 'portrait:';
const RULES_ID = `${ID_PREFIX}upload-rules`;
const ID_DESCRIPTION = 'Constant id for normalized caches.';

const Refusal = builder.objectRef<Code>('Refusal').implement({
  description: 'A reason for which the server may reject a request.',
  fields: (t) => ({
    id: t.id({
      description: ID_DESCRIPTION,
      extensions: limits({ bytes: `"${ID_PREFIX}"`.length + Math.max(...CODES.map(({ length }) => length)) }),
      resolve: (code) => ID_PREFIX + code,
    }),
    code: t.field({ type: ErrorCode, description: 'Code of the error.', resolve: (code) => code }),
    status: t.int({
      description: 'HTTP status of the response.',
      resolve: (code) => ERROR_CODES[code].status,
    }),
    description: t.string({
      description: 'Meaning of the code, in English.',
      extensions: limits({
        bytes: 2 + Math.max(...CODES.map((code) => ERROR_CODES[code].description.length)),
      }),
      resolve: (code) => ERROR_CODES[code].description,
    }),
  }),
});

const AcceptedFormat = builder.objectRef<AcceptedType>('AcceptedFormat').implement({
  description: 'A type of picture that users can upload.',
  fields: (t) => ({
    id: t.id({
      description: ID_DESCRIPTION,
      extensions: limits({ bytes: `"${ID_PREFIX}image/jpeg"`.length }),
      resolve: ({ mediaType }) => ID_PREFIX + mediaType,
    }),
    mediaType: t.exposeString('mediaType', {
      description: 'Media type, such as `image/jpeg`.',
      extensions: limits({ bytes: '"image/jpeg"'.length }),
    }),
    extensions: t.stringList({
      extensions: limits({ entries: 4, bytes: '"jpeg",'.length }),
      description:
        'Usual filename extensions, in lower case and without the dot. Other extensions are accepted too, unless ' +
        '`rejectedExtensions` lists them.',
      resolve: ({ extensions }) => [...extensions],
    }),
    maxPixels: t.int({
      description: 'Maximum number of pixels of a picture: width times height, inclusive.',
      resolve: (type, _args, { rules }) => maxPixelsOf(type, rules.maxPixels),
    }),
  }),
});

const UploadRules = builder.objectRef<Context['rules']>('UploadRules').implement({
  description:
    'Rules that the server checks for each upload. Clients can check them before they send a file.',
  fields: (t) => ({
    id: t.id({
      description: ID_DESCRIPTION,
      extensions: limits({ bytes: `"${RULES_ID}"`.length }),
      resolve: () => RULES_ID,
    }),
    maxBytes: t.exposeInt('maxBytes', { description: 'Maximum size of a file in bytes, inclusive.' }),
    minWidth: t.int({
      description: 'Minimum width of a picture and of its crop, in pixels.',
      resolve: () => MIN_EDGE,
    }),
    minHeight: t.int({
      description: 'Minimum height of a picture and of its crop, in pixels.',
      resolve: () => MIN_EDGE,
    }),
    maxAltTextLength: t.int({
      description:
        'Maximum length of an alt text in UTF-16 code units, as the `maxlength` attribute of HTML counts.',
      resolve: () => MAX_ALT_TEXT_LENGTH,
    }),
    types: t.field({
      type: [AcceptedFormat],
      description: 'Types of pictures that the server accepts.',
      extensions: limits({ entries: ALL_TYPES.length }),
      resolve: ({ types }) => types,
    }),
    rejectedExtensions: t.stringList({
      description:
        'Filename extensions of other kinds of files, such as `exe` and `svg`, in lower case and without the dot. The ' +
        'server rejects a file with one of them, even if it is a picture. The extension is the first letters and digits ' +
        'after the last dot of the name.',
      extensions: limits({
        entries: REJECTED_EXTENSIONS.length,
        bytes: '"",'.length + Math.max(...REJECTED_EXTENSIONS.map(({ length }) => length)),
      }),
      resolve: () => [...REJECTED_EXTENSIONS],
    }),
    refusals: t.field({
      type: [Refusal],
      description: 'Every error code, with its HTTP status and meaning.',
      extensions: limits({ entries: CODES.length }),
      resolve: () => CODES,
    }),
  }),
});

builder.queryField('uploadRules', (t) =>
  t.field({
    type: UploadRules,
    description: 'Rules for uploads: accepted types, limits and error codes.',
    resolve: (_root, _args, { rules }) => rules,
  }),
);
