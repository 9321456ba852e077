import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, type JWK, type JWTPayload, SignJWT } from 'jose';
import { atTestEnd } from './present-test.ts';

export interface Issuer {
  readonly url: string;
  /** Number of requests for the key set. */
  asked(): number;
  /** @param kid the key's name; empty for one without. */
  addKey(kid: string, alg: string): Promise<{ jwk: JWK; sign(claims: JWTPayload): Promise<string> }>;
  answerWith(status: number, body: string): void;
  /** Ends every connection and accepts no more. */
  stop(): void;
  recover(): Promise<void>;
}

/** Starts a real key set on a port of its own, for the present test. */
export async function startIssuer(): Promise<Issuer> {
  const keys: JWK[] = [];
  let spoiled: { status: number; body: string } | undefined;
  let asked = 0;
  const server = createServer((_request, response) => {
    asked += 1;
    response.writeHead(spoiled?.status ?? 200, {
      'Content-Type': 'application/json',
      Location: '/elsewhere',
    });
    response.end(spoiled?.body ?? JSON.stringify({ keys }));
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
    asked: () => asked,
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
    answerWith(status, body) {
      spoiled = { status, body };
    },
    stop,
    async recover() {
      spoiled = undefined;
      if (!server.listening) {
        server.listen(port, '127.0.0.1');
        await once(server, 'listening');
      }
    },
  };
}
