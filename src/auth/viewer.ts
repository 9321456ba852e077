import type { IncomingHttpHeaders } from 'node:http';

/** Maximum lengths of a user's id and name in UTF-16 code units. */
export const MAX_ID_LENGTH = 255;
export const MAX_NAME_LENGTH = 255;

/** A signed-in user. The host application assigns the id. */
export interface Viewer {
  readonly id: string;
  readonly name: string | null;
}

/** The sender of a request: a user, or the reason why there is none. */
export type Identity =
  | { readonly viewer: Viewer }
  /** The reason is a sentence for people. */
  | { readonly viewer: null; readonly reason: string };

/**
 * Identifies the sender of a request. Rejects with AuthUnavailableError if the server cannot check tokens right now.
 */
export type Identify = (headers: IncomingHttpHeaders) => Promise<Identity>;

const DEMO_VIEWER: Viewer = { id: 'demo', name: 'Demo' };

/** Identifies every client as the user `demo`. For demo mode, which serves only this machine. */
export const identifyAsDemo: Identify = async () => ({ viewer: DEMO_VIEWER });
