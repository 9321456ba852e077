import { LRUCache } from 'lru-cache';
import { MAX_ID_LENGTH } from '../../auth/viewer.ts';
import type { RenditionFormat } from '../../imaging/renditions.ts';
import { checkAvatarSize, checkFallbackName } from '../../pictures/avatar-rules.ts';
import type { DrawingFormat } from '../../pictures/default-avatars.ts';
import { InvalidInputError } from '../../pictures/errors.ts';
import { qualityOf } from '../accept.ts';

/** A request for an avatar, whatever identifies its user. */
export interface AvatarRequest {
  /** Identifies the user. Determines the color of initials, and their letter if there is no name. */
  readonly id: string;
  /** Edge length in pixels. */
  readonly size: number;
  /** Format of the picture. */
  readonly pictureFormat: RenditionFormat;
  /** Format of the response without a picture. */
  readonly drawingFormat: DrawingFormat;
  /** True if the formats depend on `Accept`. */
  readonly isNegotiated: boolean;
  /** The response without a picture. */
  readonly fallback: Fallback;
  /** Source of the initials if Portrait knows no name. */
  readonly fallbackName: string | null;
  /** True to respond as if the user had no picture. */
  readonly ignoresPicture: boolean;
}

type Formats = Pick<AvatarRequest, 'pictureFormat' | 'drawingFormat' | 'isNegotiated'>;

export type Fallback = (typeof FALLBACKS)[number];

const FALLBACKS = ['initials', 'blank', '404'] as const;
const FORMATS = ['auto', 'webp', 'jpeg'] as const;
const DEFAULT_SIZE = '128';
const WITHOUT_PARAMETERS = {
  size: Number(DEFAULT_SIZE),
  fallback: FALLBACKS[0],
  fallbackName: null,
  ignoresPicture: false,
} as const;
const DIGITS = /^\d{1,4}$/;
const PATH_END = '/avatar';

/** Maximum characters of an `Accept` that stays in memory. Browsers send about 150. */
const MAX_REMEMBERED_LENGTH = 512;
/** Formats by `Accept`. Each browser sends the same one for every image. */
const formatsByAccept = new LRUCache<string, Formats>({ max: 100 });

/**
 * Parses a request such as `/users/alice/avatar?size=64`. Ignores unknown parameters, and all but the first of equal
 * ones. Throws InvalidInputError if the id or a parameter is invalid.
 * @param path the rest of the path after `/users/`, still encoded.
 * @param query without its question mark.
 * @param accept the header `Accept`.
 * @returns undefined if the path is not that of an avatar.
 */
export function parseAvatarRequest(path: string, query: string, accept: string): AvatarRequest | undefined {
  const decoded = decodeOnce(path);
  if (!decoded.endsWith(PATH_END)) {
    return undefined;
  }
  const id = decoded.slice(0, -PATH_END.length);
  if (id.length > MAX_ID_LENGTH) {
    throw new InvalidInputError(`A user id has at most ${MAX_ID_LENGTH} characters.`);
  }
  if (query === '') {
    return { id, ...WITHOUT_PARAMETERS, ...negotiate('auto', accept) };
  }
  const parameters = new URLSearchParams(query);
  return {
    id,
    size: sizeOf(parameters),
    ...negotiate(choiceOf(parameters, 'format', FORMATS), accept),
    fallback: choiceOf(parameters, 'default', FALLBACKS),
    fallbackName: nameOf(parameters),
    ignoresPicture: false,
  };
}

/**
 * Decodes the whole path, because a proxy may have decoded the slashes of an id. The end of the path can be encoded
 * too: clients would resolve the ids `.` and `..` as parts of a path unless an encoded slash follows them.
 */
function decodeOnce(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    throw new InvalidInputError('The user id is not valid percent-encoded UTF-8. Encode it again.');
  }
}

/** Returns the formats of a response, by the parameter or by `Accept`. */
export function negotiate(format: 'auto' | RenditionFormat, accept: string): Formats {
  if (format !== 'auto') {
    return { pictureFormat: format, drawingFormat: 'png', isNegotiated: false };
  }
  let formats = formatsByAccept.get(accept);
  if (formats === undefined) {
    formats = {
      pictureFormat: names(accept, 'image/webp') ? 'webp' : 'jpeg',
      drawingFormat: names(accept, 'image/svg+xml') ? 'svg' : 'png',
      isNegotiated: true,
    };
    if (accept.length <= MAX_REMEMBERED_LENGTH) {
      formatsByAccept.set(accept, formats);
    }
  }
  return formats;
}

/** Returns whether `Accept` names a type. A wildcard does not: mail clients send `image/*` but do not show SVG. */
function names(accept: string, mediaType: string): boolean {
  return qualityOf(mediaType, accept) > 0;
}

/** Returns the value of a parameter. The first choice is the default. */
function choiceOf<Choice extends string>(
  parameters: URLSearchParams,
  name: string,
  choices: readonly [Choice, ...Choice[]],
): Choice {
  const value = parameters.get(name) ?? choices[0];
  const choice = choices.find((known) => known === value);
  if (choice === undefined) {
    throw new InvalidInputError(`The parameter "${name}" must be one of ${choices.join(', ')}.`);
  }
  return choice;
}

function sizeOf(parameters: URLSearchParams): number {
  const digits = parameters.get('size') ?? DEFAULT_SIZE;
  const size = DIGITS.test(digits) ? Number(digits) : Number.NaN;
  checkAvatarSize(size);
  return size;
}

function nameOf(parameters: URLSearchParams): string | null {
  const name = parameters.get('name');
  if (name !== null) {
    checkFallbackName(name);
  }
  return name;
}
