import type { IncomingHttpHeaders } from 'node:http';

/** Maximum lengths of a user's id and name in UTF-16 code units. */
export const MAX_ID_LENGTH = 255;
export const MAX_NAME_LENGTH = 255;

/** Who is signed in. The id is the host application's own. */
export interface Viewer {
  readonly id: string;
  readonly name: string | null;
}

/** What a request proves of its sender: who it is, or why nobody is known. */
export type Identity =
  | { readonly viewer: Viewer }
  /** A sentence for people. */
  | { readonly viewer: null; readonly reason: string };

/** Tells who sent a request. Rejects with AuthUnavailableError if that cannot be told right now. */
export type Identify = (headers: IncomingHttpHeaders) => Promise<Identity>;

const DEMO_VIEWER: Viewer = { id: 'demo', name: 'Demo' };

/** Without any sign-in configured everybody is the user `demo`; fit for one's own machine only. */
export const identifyAsDemo: Identify = async () => ({ viewer: DEMO_VIEWER });
