import { hash } from 'node:crypto';
import type { EmailHashes } from '../database/database.ts';

/** Maximum UTF-16 code units of an address. RFC 5321, section 4.5.3.1.3, allows 254 octets. */
const MAX_ADDRESS_LENGTH = 254;

/**
 * Returns the hashes of the address in a token, as Gravatar and Libravatar define them. Returns undefined if there is
 * no address, or if the issuer has not verified it. Some issuers send `isVerified` as a text. Without it, the issuer
 * vouches for the address like for the other claims.
 * @param email claim `email` of OpenID Connect: https://openid.net/specs/openid-connect-core-1_0.html#StandardClaims
 * @param isVerified claim `email_verified`.
 */
export function emailHashesOf(email: unknown, isVerified: unknown): EmailHashes | undefined {
  if (typeof email !== 'string' || isVerified === false || isVerified === 'false') {
    return undefined;
  }
  const address = email.trim().toLowerCase();
  if (address === '' || address.length > MAX_ADDRESS_LENGTH) {
    return undefined;
  }
  return { md5: hash('md5', address), sha256: hash('sha256', address) };
}
