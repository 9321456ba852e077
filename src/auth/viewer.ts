import type { IncomingHttpHeaders } from 'node:http';

/** Who is signed in. The id is the host application's own. */
export interface Viewer {
  readonly id: string;
  readonly name: string | null;
}

/** Tells who sent a request, or null. */
export type Identify = (headers: IncomingHttpHeaders) => Promise<Viewer | null>;

const DEMO_VIEWER: Viewer = { id: 'demo', name: 'Demo' };

/** Without any sign-in configured everybody is the user `demo`; fit for one's own machine only. */
export const identifyAsDemo: Identify = async () => DEMO_VIEWER;
