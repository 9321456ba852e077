import { type AcceptedType, ALL_TYPES, maxPixelsOf } from '../imaging/accepted-types.ts';
import { MIN_EDGE } from '../imaging/renditions.ts';
import { MAX_ALT_TEXT_LENGTH } from '../pictures/alt-text.ts';
import { builder } from './builder.ts';
import type { Context } from './context.ts';
import { type ErrorCode as Code, ERROR_CODES } from './error-codes.ts';
import { limits } from './field-limits.ts';

const CODES = Object.keys(ERROR_CODES) as [Code, ...Code[]];

const ErrorCode = builder.enumType('ErrorCode', {
  description: 'What stands in `extensions.code` of an error.',
  values: Object.fromEntries(
    CODES.map((code) => [code, { value: code, description: ERROR_CODES[code].description }]),
  ) as Record<Code, { value: Code; description: string }>,
});

const Refusal = builder.objectRef<Code>('Refusal').implement({
  fields: (t) => ({
    code: t.field({ type: ErrorCode, resolve: (code) => code }),
    status: t.int({ description: 'Of HTTP.', resolve: (code) => ERROR_CODES[code].status }),
    description: t.string({
      extensions: limits({
        bytes: 2 + Math.max(...CODES.map((code) => ERROR_CODES[code].description.length)),
      }),
      resolve: (code) => ERROR_CODES[code].description,
    }),
  }),
});

const AcceptedTypeRef = builder.objectRef<AcceptedType>('AcceptedType').implement({
  fields: (t) => ({
    mediaType: t.exposeString('mediaType', { extensions: limits({ bytes: '"image/jpeg"'.length }) }),
    extensions: t.stringList({
      extensions: limits({ entries: 4, bytes: '"jpeg",'.length }),
      description: 'Lower case, without the dot.',
      resolve: ({ extensions }) => [...extensions],
    }),
    maxPixels: t.int({
      description: 'Width times height.',
      resolve: (type, _args, { rules }) => maxPixelsOf(type, rules.maxPixels),
    }),
  }),
});

const UploadRules = builder.objectRef<Context['rules']>('UploadRules').implement({
  fields: (t) => ({
    maxBytes: t.exposeInt('maxBytes', { description: 'Exactly that many pass.' }),
    minWidth: t.int({ description: 'In pixels, of the picture and of a crop.', resolve: () => MIN_EDGE }),
    minHeight: t.int({ description: 'In pixels, of the picture and of a crop.', resolve: () => MIN_EDGE }),
    maxAltTextLength: t.int({
      description: 'In UTF-16 code units, as `maxlength` counts.',
      resolve: () => MAX_ALT_TEXT_LENGTH,
    }),
    types: t.field({
      type: [AcceptedTypeRef],
      extensions: limits({ entries: ALL_TYPES.length }),
      resolve: ({ types }) => types,
    }),
    refusals: t.field({
      type: [Refusal],
      extensions: limits({ entries: CODES.length }),
      resolve: () => CODES,
    }),
  }),
});

builder.queryField('uploadRules', (t) =>
  t.field({
    type: UploadRules,
    description:
      'What an upload must fulfil, so that a client can check before it sends, and what it may be refused for.',
    resolve: (_root, _args, { rules }) => rules,
  }),
);
