import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, type JWK, type JWTPayload, SignJWT } from 'jose';
import { atTestEnd } from './current-test.ts';

export interface Issuer {
  readonly url: string;
  /** Returns the number of requests for the key set. */
  requestCount(): number;
  /** Adds a key to the key set. @param kid ID of the key, or an empty string for none. */
  addKey(kid: string, alg: string): Promise<{ jwk: JWK; sign(claims: JWTPayload): Promise<string> }>;
  respondWith(status: number, body: string): void;
  /** Closes all connections and accepts no new ones. */
  stop(): void;
  recover(): Promise<void>;
}

/** Starts a server with an empty key set for the current test. */
export async function startIssuer(): Promise<Issuer> {
  const keys: JWK[] = [];
  let override: { status: number; body: string } | undefined;
  let requestCount = 0;
  const server = createServer((_request, response) => {
    requestCount += 1;
    response.writeHead(override?.status ?? 200, {
      'Content-Type': 'application/json',
      Location: '/elsewhere',
    });
    response.end(override?.body ?? JSON.stringify({ keys }));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const stop = () => {
    server.close();
    server.closeAllConnections();
  };
  atTestEnd(stop);
  return {
    url: `http://127.0.0.1:${port}/keys`,
    requestCount: () => requestCount,
    async addKey(kid, alg) {
      const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true });
      const jwk = { ...(await exportJWK(publicKey)), ...(kid && { kid }), alg };
      keys.push(jwk);
      return {
        jwk,
        sign: (claims) =>
          new SignJWT(claims).setProtectedHeader({ alg, ...(kid && { kid }) }).sign(privateKey),
      };
    },
    respondWith(status, body) {
      override = { status, body };
    },
    stop,
    async recover() {
      override = undefined;
      if (!server.listening) {
        server.listen(port, '127.0.0.1');
        await once(server, 'listening');
      }
    },
  };
}
