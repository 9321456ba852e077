import { expect, test } from 'vitest';
import { ALL_TYPES } from '../../src/imaging/accepted-types.ts';
import { checkExtension } from '../../src/imaging/detect-type.ts';
import { unsupportedExtension } from '../../src/web/shared/unsupported-extension.ts';

const NAMES = [
  ...['', 'me', 'me.jpg', 'me.JPG', 'me.jpg. ', ' me.png ', 'me.tar.png', '.htaccess', '...', 'me.'],
  ...['John Smith Jr. photo', 'Dr. Who', 'holiday.d/me', '日本語.png', 'me.exe.jpg'],
  ...['me.exe', 'me.EXE', 'me.exe. ', 'me..exe', 'me.jpg.html', 'notes.txt', 'me.jpg\u200b', 'IMG_1.HEIC'],
];

test.for(NAMES)('the browser accepts or rejects the name %j as the server does', (name) => {
  const isRejectedByServer = () => {
    try {
      checkExtension(name, ALL_TYPES);
      return false;
    } catch {
      return true;
    }
  };
  expect(unsupportedExtension(name, ALL_TYPES) !== undefined).toBe(isRejectedByServer());
});
