import { hash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { textMemory } from '../multipart/text-memory.ts';
import type { SignedIn } from './viewer.ts';

/** A token whose signature and claims are valid. */
export interface VerifiedToken {
  readonly identity: SignedIn;
  /** Unix times in seconds. The token is valid between them, give or take the clock tolerance. */
  readonly notBefore: number;
  readonly expiresAt: number;
  /** Keys that verified the token; see {@link TokenVerifier.currentKeys}. */
  readonly keys: object;
}

/** Maximum bytes of all cached tokens: about 16,000 tokens of users with short ids and names. */
const MAX_CACHE_BYTES = 8 * 1024 * 1024;
/** Bytes of memory of an entry without its id and name. Measured: 370 with an id and a name of ten characters. */
const ENTRY_BYTES = 400;
/** Bytes of memory of the hashes of an address: 96 digits in two texts and an object. */
const EMAIL_HASHES_BYTES = 200;

/**
 * Caches the users of valid tokens, so that the server verifies a repeated token only once. Evicts the least recently
 * used entry when it is full. Stores a hash of the token, not the token: a token can be large, and a reader of the
 * memory could use it to act for the user.
 */
export class VerifiedTokens {
  readonly #clockTolerance: number;
  readonly #tokens: LRUCache<string, VerifiedToken>;

  /** @param clockTolerance seconds by which the clocks of issuer and server can differ. */
  constructor(clockTolerance: number, maxBytes = MAX_CACHE_BYTES) {
    this.#clockTolerance = clockTolerance;
    this.#tokens = new LRUCache({
      maxSize: maxBytes,
      sizeCalculation: ({ identity: { viewer } }) =>
        ENTRY_BYTES +
        textMemory(viewer.id) +
        textMemory(viewer.name ?? '') +
        (viewer.emailHashes === undefined ? 0 : EMAIL_HASHES_BYTES),
    });
  }

  /** Bytes of memory that the entries take. */
  get bytes(): number {
    return this.#tokens.calculatedSize;
  }

  /** Returns the user of a token that these keys have verified, and that is valid now. */
  find(token: string, keys: object): SignedIn | undefined {
    const verified = this.#tokens.get(digestOf(token));
    return verified?.keys === keys && this.#isInTime(verified) ? verified.identity : undefined;
  }

  add(token: string, verified: VerifiedToken): void {
    this.#tokens.set(digestOf(token), verified);
  }

  /** Compares as jose does, which ignores fractions of the current second. */
  #isInTime({ notBefore, expiresAt }: VerifiedToken): boolean {
    const now = Math.floor(Date.now() / 1000);
    return notBefore <= now + this.#clockTolerance && expiresAt > now - this.#clockTolerance;
  }
}

function digestOf(token: string): string {
  return hash('sha256', token, 'base64url');
}
