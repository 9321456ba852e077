import { SANDBOX } from '../files/resource-headers.ts';
import type { AvatarRequest } from './avatar-request.ts';

/**
 * `Cache-Control` of the current avatar of a user. Clients see a change after five minutes. For a day, caches can serve
 * the old avatar once more while they load the new one: RFC 5861, section 3.
 */
const AVATAR_CACHE_CONTROL = 'public, max-age=300, stale-while-revalidate=86400';

/** Returns the headers of every response with the avatar of a user, also for a redirect and without an image. */
export function avatarHeaders({ isNegotiated }: Pick<AvatarRequest, 'isNegotiated'>): Record<string, string> {
  return {
    'Cache-Control': AVATAR_CACHE_CONTROL,
    'Content-Security-Policy': SANDBOX,
    ...(isNegotiated && { Vary: 'Accept' }),
  };
}
