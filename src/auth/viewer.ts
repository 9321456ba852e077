import type { IncomingHttpHeaders } from 'node:http';
import type { EmailHashes } from '../database/database.ts';
import type { Scope } from './scopes.ts';

/** Maximum lengths of a user's id and name in UTF-16 code units. */
export const MAX_ID_LENGTH = 255;
export const MAX_NAME_LENGTH = 255;

/** A signed-in user. The host application assigns the id. */
export interface Viewer {
  readonly id: string;
  readonly name: string | null;
  /** Undefined unless the server needs them, and the token has a usable address. */
  readonly emailHashes?: EmailHashes | undefined;
  /** Empty for most users. */
  readonly scopes: readonly Scope[];
}

/** Rule for user ids, as a noun phrase. A database could reject other ids, or alter them so that they match a user. */
export const USER_ID_RULE = `1 to ${MAX_ID_LENGTH} characters of well-formed Unicode without NUL`;

/** Returns whether a text can be the id of a user: see {@link USER_ID_RULE}. */
export function isUserId(text: string): boolean {
  return text !== '' && text.length <= MAX_ID_LENGTH && text.isWellFormed() && !text.includes('\0');
}

/** A request with a valid token. */
export interface SignedIn {
  readonly viewer: Viewer;
}

/** A request without a valid token. */
export interface NotSignedIn {
  readonly viewer: null;
  /** Why there is no viewer, as a sentence for people. */
  readonly reason: string;
}

export type Identity = SignedIn | NotSignedIn;

/**
 * Identifies the sender of a request. Returns a promise only if the server has to verify a token. The promise rejects
 * with AuthUnavailableError if the server cannot do that right now.
 */
export type Identify = (headers: IncomingHttpHeaders) => Identity | Promise<Identity>;

const DEMO: SignedIn = { viewer: { id: 'demo', name: 'Demo', scopes: [] } };

/** Identifies every client as the user `demo`. For demo mode, which serves only this machine. */
export const identifyAsDemo: Identify = () => DEMO;
