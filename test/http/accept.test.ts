import { expect, it } from 'vitest';
import { acceptedEncodings, prefersHtml } from '../../src/http/accept.ts';

it.for<[accept: string, preferred: boolean]>([
  ['text/html', true],
  ['text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8', true],
  ['application/xml, TEXT/HTML ; q=1', true],
  ['text/html;q=0.9', false],
  ['text/html;q=0', false],
  ['text/html, application/json;q=0.1', false],
  ['text/html, application/graphql-response+json', false],
  ['*/*', false],
  ['text/*', false],
  ['', false],
])('The Accept header "%s" prefers HTML: %s', ([accept, preferred]) => {
  expect(prefersHtml(accept)).toBe(preferred);
});

it.for<[acceptEncoding: string | undefined, encodings: string]>([
  [undefined, 'identity'],
  ['', 'identity'],
  ['identity', 'identity'],
  ['zstd, deflate', 'identity'],
  ['gzip', 'gzip identity'],
  ['br', 'br identity'],
  ['gzip, deflate, br, zstd', 'br gzip identity'],
  ['GZip ; Q=0.5, BR;q=0.5', 'br gzip identity'],
  ['gzip;q=0.8, br;q=0.2', 'gzip br identity'],
  ['br;q=0.001', 'br identity'],
  ['br;q=0, gzip', 'gzip identity'],
  ['br;q=none, gzip;q=', 'identity'],
  ['identity;q=1, br;q=0.5', 'identity br'],
  ['*', 'br gzip identity'],
  ['br;q=0, *', 'gzip identity'],
  ['gzip;q=0.2, *;q=0.8', 'br identity gzip'],
  ['gzip, *;q=0', 'gzip'],
  ['gzip, identity;q=0', 'gzip'],
  ['identity;q=0.5, *;q=0', 'identity'],
  ['identity;q=0', ''],
  ['*;q=0', ''],
  [`${'x,'.repeat(2_048)}br`, 'identity'],
])('The Accept-Encoding header "%s" accepts: %s', ([acceptEncoding, encodings]) => {
  expect(acceptedEncodings(acceptEncoding).join(' ')).toBe(encodings);
});
