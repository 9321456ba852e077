import { describe, expect, it } from 'vitest';
import { parseAvatarRequest } from '../../../src/http/avatars/avatar-request.ts';
import { InvalidInputError } from '../../../src/pictures/errors.ts';

const BROWSERS = {
  'Chromium 147': 'image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8',
  'Firefox 153': 'image/avif,image/webp,image/png,image/svg+xml,image/*;q=0.8,*/*;q=0.5',
  'Safari 18':
    'image/webp,image/avif,image/jxl,image/heic,image/heic-sequence,video/*;q=0.8,image/png,image/svg+xml,image/*;q=0.8,*/*;q=0.5',
};

describe('The id in the path', () => {
  it.for([
    { path: 'alice/avatar', id: 'alice' },
    { path: 'auth0%7C42/avatar', id: 'auth0|42' },
    { path: 'auth0|42/avatar', id: 'auth0|42' },
    // A proxy may decode slashes, but no other encoded character.
    { path: 'a%2Fb/avatar', id: 'a/b' },
    { path: 'a/b/avatar', id: 'a/b' },
    { path: '%2Favatar/avatar', id: '/avatar' },
    { path: 'avatar%2Favatar/avatar', id: 'avatar/avatar' },
    // It is decoded once.
    { path: '100%25/avatar', id: '100%' },
    { path: 'a%252Fb/avatar', id: 'a%2Fb' },
    { path: '%252e%252e/avatar', id: '%2e%2e' },
    { path: 'a+b/avatar', id: 'a+b' },
    { path: 'a%3Fsize%3D0%23/avatar', id: 'a?size=0#' },
    { path: '%E5%B1%B1%F0%9F%98%80/avatar', id: '山😀' },
    { path: '..%2Favatar', id: '..' },
    { path: '.%2Favatar', id: '.' },
    { path: '../avatar', id: '..' },
    { path: '%00/avatar', id: '\0' },
    { path: '/avatar', id: '' },
    { path: `${'%F0%9F%98%80'.repeat(127)}x/avatar`, id: `${'😀'.repeat(127)}x` },
  ])('of $path is $id', ({ path, id }) => {
    expect(parseAvatarRequest(path, '', '')?.id).toBe(id);
  });

  it.for(['', 'alice', 'alice/', 'alice/avatar/', 'avatar', 'alice/avatar.png', 'alice/Avatar'])(
    'does not exist in another path: %j',
    (path) => {
      expect(parseAvatarRequest(path, '', '')).toBeUndefined();
    },
  );

  it.for([
    ['%/avatar', 'percent-encoded UTF-8'],
    ['%zz/avatar', 'percent-encoded UTF-8'],
    ['%ff/avatar', 'percent-encoded UTF-8'],
    ['%ED%A0%80/avatar', 'percent-encoded UTF-8'],
    [`${'x'.repeat(256)}/avatar`, 'at most 255 characters'],
  ] as const)('is rejected if no token can have it: %s', ([path, message]) => {
    expect(() => parseAvatarRequest(path, '', '')).toThrow(message);
  });
});

describe('The parameters', () => {
  it('have defaults', () => {
    expect(parseAvatarRequest('alice/avatar', '', '*/*')).toEqual({
      id: 'alice',
      size: 128,
      pictureFormat: 'jpeg',
      drawingFormat: 'png',
      isNegotiated: true,
      fallback: 'initials',
      fallbackName: null,
      ignoresPicture: false,
    });
  });

  it.for([
    ['size=1', { size: 1 }],
    ['size=2048', { size: 2048 }],
    ['size=0064', { size: 64 }],
    ['format=auto', { isNegotiated: true, pictureFormat: 'jpeg' }],
    ['format=webp', { isNegotiated: false, pictureFormat: 'webp', drawingFormat: 'png' }],
    ['format=jpeg', { isNegotiated: false, pictureFormat: 'jpeg', drawingFormat: 'png' }],
    ['default=initials', { fallback: 'initials' }],
    ['default=blank', { fallback: 'blank' }],
    ['default=404', { fallback: '404' }],
    ['name=', { fallbackName: '' }],
    ['name=Ada+Lovelace', { fallbackName: 'Ada Lovelace' }],
    ['name=%F0%9F%98%80%20%3Cb%3E', { fallbackName: '😀 <b>' }],
    [`name=${'n'.repeat(200)}`, { fallbackName: 'n'.repeat(200) }],
    // An unknown parameter, such as a version against caches, changes nothing. Neither does a repetition.
    ['v=2&Size=7&size=64&size=bad&', { size: 64 }],
  ] as const)('accept %s', ([query, expected]) => {
    expect(parseAvatarRequest('alice/avatar', query, '')).toMatchObject(expected);
  });

  it.for([
    ['size=0', 'size'],
    ['size=2049', 'size'],
    ['size=99999', 'size'],
    ['size=-1', 'size'],
    ['size=1.5', 'size'],
    ['size=1e2', 'size'],
    ['size=0x10', 'size'],
    ['size=', 'size'],
    ['size=large', 'size'],
    ['format=png', '"format"'],
    ['format=WebP', '"format"'],
    ['format=', '"format"'],
    ['default=mp', '"default"'],
    ['default=https://example.com/a.png', '"default"'],
    ['default=', '"default"'],
    [`name=${'n'.repeat(201)}`, 'name'],
    [`name=${'n'.repeat(10_000)}`, 'name'],
    [`name=${encodeURIComponent('😀'.repeat(101))}`, 'name'],
  ] as const)('do not accept %s, and the error names the parameter', ([query, name]) => {
    const parse = () => parseAvatarRequest('alice/avatar', query, '');
    expect(parse).toThrow(InvalidInputError);
    expect(parse).toThrow(name);
  });
});

describe('With format=auto', () => {
  it.for(Object.entries(BROWSERS))('%s gets WebP and SVG', ([, accept]) => {
    expect(parseAvatarRequest('alice/avatar', '', accept)).toMatchObject({
      pictureFormat: 'webp',
      drawingFormat: 'svg',
    });
  });

  it.for([
    ['', 'jpeg', 'png'],
    ['*/*', 'jpeg', 'png'],
    ['image/*', 'jpeg', 'png'],
    ['image/png,image/*;q=0.8,*/*;q=0.5', 'jpeg', 'png'],
    ['image/webp,*/*', 'webp', 'png'],
    ['image/svg+xml', 'jpeg', 'svg'],
    ['IMAGE/WebP ; q=0.5', 'webp', 'png'],
    ['image/webp;q=0, image/svg+xml;q=0.0, */*', 'jpeg', 'png'],
    ['image/webpx, application/image/webp', 'jpeg', 'png'],
    // Only the start of the header counts.
    [`${'x,'.repeat(3_000)}image/webp`, 'jpeg', 'png'],
  ] as const)('a client that accepts "%s" gets %s and %s', ([accept, pictureFormat, drawingFormat]) => {
    expect(parseAvatarRequest('alice/avatar', '', accept)).toMatchObject({ pictureFormat, drawingFormat });
  });
});
