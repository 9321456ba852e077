import type { IncomingHttpHeaders } from 'node:http';
import type { EmailHashes } from '../database/database.ts';

/** Maximum lengths of a user's id and name in UTF-16 code units. */
export const MAX_ID_LENGTH = 255;
export const MAX_NAME_LENGTH = 255;

/** A signed-in user. The host application assigns the id. */
export interface Viewer {
  readonly id: string;
  readonly name: string | null;
  /** Undefined unless the server needs them, and the token has a usable address. */
  readonly emailHashes?: EmailHashes | undefined;
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

const DEMO: SignedIn = { viewer: { id: 'demo', name: 'Demo' } };

/** Identifies every client as the user `demo`. For demo mode, which serves only this machine. */
export const identifyAsDemo: Identify = () => DEMO;
