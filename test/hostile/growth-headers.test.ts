import type { IncomingMessage } from 'node:http';
import { createClientAddress } from '../../src/auth/client-address.ts';
import { checkSite } from '../../src/auth/cross-site.ts';
import { isLoopbackHostHeader } from '../../src/auth/loopback.ts';
import { allowOrigins } from '../../src/auth/origins.ts';
import { identifyByToken } from '../../src/auth/token.ts';
import { prefersHtml, qualityOf } from '../../src/http/accept.ts';
import { mediaTypeOf } from '../../src/http/check-headers.ts';
import { decodePath } from '../../src/http/files/decode-path.ts';
import { evaluatePreconditions } from '../../src/http/files/preconditions.ts';
import { namesOneHost } from '../../src/http/host-header.ts';
import { parseQuery } from '../../src/http/yoga/parse-params.ts';
import { parseDisposition, parseParameters } from '../../src/multipart/parameters.ts';
import { readPartHeader } from '../../src/multipart/part-header.ts';
import { ignoringErrors, reading, testGrowth } from '../support/growth.ts';

const LOOPBACK = { remoteAddress: '127.0.0.1' };
const addressOf = createClientAddress(['loopback']);

function requestTo(host: string): IncomingMessage {
  return { headers: { host }, rawHeaders: ['Host', host], httpVersion: '1.1' } as unknown as IncomingMessage;
}

const identify = identifyByToken({
  keys: { secret: 'a secret of more than 32 bytes, for tests' },
  cookie: 'token',
});

testGrowth([
  ...[' ', ';', ',', 'a;q=0.5,', 'application/json ;'].map((part) => ({
    where: `Accept with many "${part}"`,
    size: 8_000,
    work: reading(
      (size) => `a${part.repeat(size / part.length)}b`,
      (value) => [qualityOf('application/json', value), prefersHtml(value)],
    ),
  })),
  ...['text/html ', ', ', ' ,'].map((part) => ({
    where: `Accept of a form with many "${part}"`,
    size: 8_000,
    work: reading((size) => part.repeat(size / part.length), prefersHtml),
  })),
  ...[' ', 'a', 'a ', 'a.'].map((part) => ({
    where: `Authorization with many "${part}"`,
    size: 8_000,
    work: reading(
      (size) => `Bearer ${part.repeat(size / part.length)}\tb c`,
      (authorization) => identify({ authorization }),
    ),
  })),
  ...['a=b;', 'a;', ' ', '='].map((part) => ({
    where: `Cookie with many "${part}"`,
    size: 8_000,
    work: reading(
      (size) => part.repeat(size / part.length),
      (cookie) => identify({ cookie }),
    ),
  })),
  ...[':', '1', ':1', '.'].map((part) => ({
    where: `Host with many "${part}"`,
    size: 8_000,
    work: reading(
      (size) => `a${part.repeat(size / part.length)}x`,
      (host) => [
        isLoopbackHostHeader(host),
        // The server remembers the last valid host, so another one comes before.
        namesOneHost(requestTo('a')),
        namesOneHost(requestTo(host)),
        checkSite({ origin: `http://${host}`, host }, allowOrigins([], true)),
      ],
    ),
  })),
  ...['127.0.0.1,', ',', ' ', '1', '[', ':1'].map((part) => ({
    where: `X-Forwarded-For with many "${part}"`,
    size: 8_000,
    work: reading(
      (size) => part.repeat(size / part.length),
      (named) =>
        addressOf({ headers: { 'x-forwarded-for': named }, socket: LOOPBACK } as unknown as IncomingMessage),
    ),
  })),
  ...['"', '"a",', 'W/', ' '].map((part) => ({
    where: `If-None-Match with many '${part}'`,
    size: 8_000,
    work: reading(
      (size) => part.repeat(size / part.length),
      (etags) =>
        evaluatePreconditions(
          { method: 'GET', headers: { 'if-none-match': etags, 'if-match': etags, range: `bytes=${etags}` } },
          { etag: '"x"', modifiedAt: new Date(0), size: 1 },
        ),
    ),
  })),
  ...['; ', ';a=b', ';a="', '\\', 'a', ' '].map((part) => ({
    where: `Content-Type and a part's headers with many '${part}'`,
    size: 4_000,
    work: reading(
      (size) => `form-data; name="a${part.repeat(size / part.length)}"`,
      (value) => {
        ignoringErrors(() => parseParameters(value))();
        ignoringErrors(() => readPartHeader(`Content-Disposition: ${value}\r\nX: ${value}`))();
        return mediaTypeOf(value);
      },
    ),
  })),
  ...['"', '" ', '";', '"; a', '\\', ' '].map((part) => ({
    where: `an unescaped file name with many '${part}'`,
    size: 4_000,
    work: reading(
      (size) => `form-data; name="a"; filename="${part.repeat(size / part.length)}"b"`,
      ignoringErrors(parseDisposition),
    ),
  })),
  ...['%20', '/..', '%', 'a/'].map((part) => ({
    where: `a path with many "${part}"`,
    size: 8_000,
    work: reading((size) => part.repeat(size / part.length), decodePath),
  })),
  ...['&query=a', '&', '%22', '='].map((part) => ({
    where: `a query string with many "${part}"`,
    size: 8_000,
    work: reading(
      (size) => `variables={"a":"${part.repeat(size / part.length)}"}`,
      ignoringErrors((search) => parseQuery(new URLSearchParams(search))),
    ),
  })),
]);
