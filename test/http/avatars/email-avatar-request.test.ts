import { expect, it } from 'vitest';
import { parseEmailAvatarRequest } from '../../../src/http/avatars/email-avatar-request.ts';

const MD5 = '0bc83cb571cd1c50ba6f3e8a78ef1346';
const SHA256 = '84059b07d4be67b806386c0aad8070a23f18836bbaae342275dc0a83414c32ee';

it('The defaults are a picture of 80 pixels, or the silhouette', () => {
  expect(parseEmailAvatarRequest(MD5, '', 'image/webp,image/svg+xml')).toEqual({
    id: MD5,
    size: 80,
    pictureFormat: 'webp',
    drawingFormat: 'svg',
    isNegotiated: true,
    fallback: 'blank',
    fallbackName: '',
    ignoresPicture: false,
  });
});

it.for([
  [SHA256, SHA256],
  [MD5.toUpperCase(), MD5],
  [`${MD5}.jpg`, MD5],
  [`${SHA256}.PNG`, SHA256],
] as const)('The path %s names the hash %s', ([path, id]) => {
  expect(parseEmailAvatarRequest(path, '', '')?.id).toBe(id);
});

it.for([
  '',
  'me@example.com',
  MD5.slice(1),
  `${MD5}0`,
  `${MD5}/`,
  `${MD5}.svg`,
  `%30${MD5.slice(1)}`,
  `../${MD5}`,
])('The path %j names no hash', (path) => {
  expect(parseEmailAvatarRequest(path, '', '')).toBeUndefined();
});

it('A path with an extension gets JPEG or PNG, whatever the client accepts', () => {
  expect(parseEmailAvatarRequest(`${MD5}.png`, '', 'image/webp,image/svg+xml')).toMatchObject({
    pictureFormat: 'jpeg',
    drawingFormat: 'png',
    isNegotiated: false,
  });
});

it.for([
  ['s=1', { size: 1 }],
  ['size=64', { size: 64 }],
  ['s=64&size=32', { size: 64 }],
  ['s=4096', { size: 2048 }],
  ['s=0', { size: 80 }],
  ['s=-1', { size: 80 }],
  ['s=large', { size: 80 }],
  ['s=9999999999', { size: 80 }],
  ['d=404', { fallback: '404' }],
  ['default=404', { fallback: '404' }],
  ['d=mp', { fallback: 'blank' }],
  ['d=mm&default=404', { fallback: 'blank' }],
  ['d=blank', { fallback: 'blank' }],
  ['d=identicon', { fallback: 'blank' }],
  ['d=https%3A%2F%2Fexample.com%2Fme.png', { fallback: 'blank' }],
  // Without a name, initials would show a letter of the hash.
  ['d=initials', { fallback: 'blank' }],
  ['d=initials&name=%F0%9F%99%82', { fallback: 'blank' }],
  ['d=initials&name=Ada+Lovelace', { fallback: 'initials', fallbackName: 'Ada Lovelace' }],
  [`d=initials&name=${'n'.repeat(10_000)}`, { fallbackName: 'n'.repeat(200) }],
  ['f=y', { ignoresPicture: true }],
  ['forcedefault=y', { ignoresPicture: true }],
  ['f=n', { ignoresPicture: false }],
  ['r=x&rating=g&v=2', { size: 80, fallback: 'blank' }],
] as const)('The parameters %s mean %j', ([query, expected]) => {
  expect(parseEmailAvatarRequest(MD5, query, '')).toMatchObject(expected);
});
