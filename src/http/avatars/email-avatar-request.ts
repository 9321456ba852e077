import { MAX_AVATAR_SIZE, MAX_FALLBACK_NAME_LENGTH } from '../../pictures/avatar-rules.ts';
import { hasInitials } from '../../pictures/initials.ts';
import { type AvatarRequest, type Fallback, negotiate } from './avatar-request.ts';

/** `<hash>` or `<hash>.<extension>`. The hash is that of MD5 or SHA-256. */
const EMAIL_PATH = /^([0-9a-f]{32}|[0-9a-f]{64})(\.(?:jpe?g|png|gif|webp))?$/i;
const DIGITS = /^\d{1,9}$/;
const DEFAULT_SIZE = 80;

/**
 * Parses a Gravatar or Libravatar URL, such as `/avatar/<hash>?s=64&d=404`. As on those services, an invalid parameter
 * means its default. Clients that add an extension expect JPEG or PNG.
 * See https://docs.gravatar.com/sdk/images/ and https://wiki.libravatar.org/api/.
 * @param path the rest of the path after `/avatar/`, still encoded.
 * @param query without its question mark.
 * @param accept the header `Accept`.
 * @returns undefined if the path is not that of an avatar. The id is the hash in lower case.
 */
export function parseEmailAvatarRequest(
  path: string,
  query: string,
  accept: string,
): AvatarRequest | undefined {
  const [, hash, extension] = EMAIL_PATH.exec(path) ?? [];
  if (hash === undefined) {
    return undefined;
  }
  const parameters = new URLSearchParams(query);
  const name = (parameters.get('name') ?? '').slice(0, MAX_FALLBACK_NAME_LENGTH);
  return {
    id: hash.toLowerCase(),
    size: sizeOf(parameters.get('s') ?? parameters.get('size') ?? ''),
    ...negotiate(extension === undefined ? 'auto' : 'jpeg', accept),
    fallback: fallbackOf(parameters.get('d') ?? parameters.get('default'), name),
    fallbackName: name,
    ignoresPicture: (parameters.get('f') ?? parameters.get('forcedefault')) === 'y',
  };
}

function sizeOf(digits: string): number {
  const size = DIGITS.test(digits) ? Number(digits) : 0;
  return size === 0 ? DEFAULT_SIZE : Math.min(size, MAX_AVATAR_SIZE);
}

/**
 * Returns the response without a picture. Never follows a URL. Initials come from the request alone: the stored name
 * would reveal that Portrait knows the address.
 */
function fallbackOf(value: string | null, name: string): Fallback {
  if (value === '404') {
    return value;
  }
  return value === 'initials' && hasInitials(name) ? value : 'blank';
}
