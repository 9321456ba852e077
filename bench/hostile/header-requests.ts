import { HEADER_BYTES, type HostileRequest, httpRequest, repeat } from './hostile-request.ts';

const BODY = '{"query":"{ viewer { id } }"}';
const fill = (text: string) => text.repeat(HEADER_BYTES / text.length);

/** Returns requests with headers, paths and query strings of almost 16 KiB. */
export function headerRequests(picturePath: string): HostileRequest[] {
  const headers: readonly [name: string, headers: Readonly<Record<string, string>>][] = [
    ['Accept: blanks', { Accept: `a${fill(' ')}b` }],
    ['Accept: blanks and semicolons', { Accept: `a${fill(' ;')}b` }],
    ['Accept: media ranges', { Accept: fill('a/b;q=0.1,') }],
    ['Accept-Encoding: codings', { 'Accept-Encoding': fill('a;q=0,') }],
    ['Cookie: pairs', { Cookie: fill('a=b; ') }],
    ['Cookie: escapes', { Cookie: `session=${fill('%41')}` }],
    ['Authorization: blanks', { Authorization: `Bearer${fill(' ')}a b` }],
    ['Authorization: a long token', { Authorization: `Bearer ${fill('ab.')}` }],
    [
      'Authorization: a token of a deep header',
      { Authorization: `Bearer ${Buffer.from('[').toString('base64url')}${fill('W1tb')}.e30.AAAA` },
    ],
    ['Content-Type: parameters', { 'Content-Type': `application/json${fill('; a=b')}` }],
    [
      'Content-Type: a quoted string of backslashes',
      { 'Content-Type': `multipart/form-data; boundary="${fill('\\\\')}` },
    ],
    ['X-Forwarded-For: addresses', { 'X-Forwarded-For': fill('127.0.0.1, ') }],
    ['X-Forwarded-For: commas', { 'X-Forwarded-For': fill(',') }],
    ['Host: a long name', { Host: fill('a.') }],
    ['Origin: a long name', { Origin: `https://${fill('a.')}` }],
    ['a thousand headers', Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`a-${i}`, 'b']))],
  ];
  const onPicture: readonly [name: string, headers: Readonly<Record<string, string>>][] = [
    ['If-None-Match: a list', { 'If-None-Match': fill('"a", ') }],
    ['If-None-Match: blanks', { 'If-None-Match': `"a"${fill(' ')}b` }],
    ['If-Match: quotes', { 'If-Match': fill('W/"",') }],
    ['Range: a list', { Range: `bytes=${fill('0-0,')}` }],
    ['If-Modified-Since: blanks', { 'If-Modified-Since': fill(' 1') }],
  ];
  const paths: readonly [name: string, path: string][] = [
    ['path: %2e%2e', `/static/pictures/${fill('%2e%2e%2f')}`],
    ['path: slashes', `/${fill('/')}`],
    ['path: incomplete escapes', `/${fill('%2')}`],
    ['query string: parameters', `/graphql?${fill('a=b&')}`],
    ['query string: a document of escapes', `/graphql?query=${fill('%7B')}`],
    [
      'query string: fields',
      `/graphql?query=${encodeURIComponent(`{ viewer { ${repeat(240, (i) => `a${i}:avatarUrl`)} } }`)}`,
    ],
    ['query string: deep variables', `/graphql?query={viewer{id}}&variables=${fill('[')}`],
  ];
  const json = { 'Content-Type': 'application/json' };
  return [
    ...headers.map(([name, more]) => ({
      name,
      bytes: httpRequest({ headers: { ...json, ...more }, body: BODY }),
    })),
    ...onPicture.map(([name, more]) => ({
      name,
      bytes: httpRequest({ method: 'GET', path: picturePath, headers: more }),
    })),
    ...paths.map(([name, path]) => ({
      name,
      bytes: httpRequest({ method: 'GET', path, headers: { Accept: 'application/json' } }),
    })),
  ];
}
