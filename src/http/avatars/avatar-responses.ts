import { mediaTypeOf } from '../../storage/storage.ts';
import { ANY_ORIGIN_HEADERS } from '../any-origin.ts';
import type { Picture } from '../files/picture.ts';
import { avatarHeaders } from './avatar-headers.ts';
import type { AvatarRequest } from './avatar-request.ts';

/** The image that is a user's avatar right now. */
export interface Avatar {
  readonly bytes: Buffer;
  /** Strong ETag with its quotation marks. */
  readonly etag: string;
  readonly mediaType: string;
  /** URL that always serves this image. */
  readonly location: string;
}

/** Headers of the responses with an avatar. Names and values alternate, so `writeHead` copies them into no object. */
export interface AvatarResponses {
  readonly ok: string[];
  readonly notModified: string[];
}

type Negotiated = Pick<AvatarRequest, 'isNegotiated'>;

/** Headers of the responses with a picture in memory, by {@link AvatarRequest.isNegotiated}. */
const responsesOfPictures = new WeakMap<Picture, Map<boolean, AvatarResponses>>();

/** Returns the headers of the responses with an avatar. @param common headers of every response of the server. */
export function responsesOf(
  { bytes, etag, mediaType, location }: Avatar,
  negotiated: Negotiated,
  common: Readonly<Record<string, string>>,
): AvatarResponses {
  const notModified = Object.entries({
    ...common,
    ...avatarHeaders(negotiated),
    ...ANY_ORIGIN_HEADERS,
    ETag: etag,
    'Content-Location': location,
  }).flat();
  return {
    notModified,
    ok: [...notModified, 'Content-Type', mediaType, 'Content-Length', String(bytes.length)],
  };
}

/**
 * Returns the headers of the responses with a picture in memory. Builds them once.
 * @param common returns the headers of every response of the server.
 */
export function responsesOfPicture(
  picture: Picture,
  negotiated: Negotiated,
  location: () => string,
  common: () => Readonly<Record<string, string>>,
): AvatarResponses {
  let byNegotiation = responsesOfPictures.get(picture);
  if (byNegotiation === undefined) {
    byNegotiation = new Map();
    responsesOfPictures.set(picture, byNegotiation);
  }
  let responses = byNegotiation.get(negotiated.isNegotiated);
  if (responses === undefined) {
    const { bytes, etag, file } = picture;
    const avatar = { bytes, etag, mediaType: mediaTypeOf(file), location: location() };
    responses = responsesOf(avatar, negotiated, common());
    byNegotiation.set(negotiated.isNegotiated, responses);
  }
  return responses;
}
