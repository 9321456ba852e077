import { expect, it } from 'vitest';
import { prefersHtml } from '../../src/http/accept.ts';

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
