import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { BUTTON_TEXTS } from '../../src/web/elements/button-texts.ts';
import { ENGLISH } from '../../src/web/messages/english.ts';
import { createLanguage } from '../../src/web/messages/language.ts';
import { sayPhotoFault } from '../../src/web/messages/say-photo-fault.ts';
import type { PhotoFault } from '../../src/web/photo/photo-fault.ts';
import { pseudoTranslation } from '../support/pseudo-translation.ts';

const SOURCES = join(import.meta.dirname, '../../src/web');

describe('A sentence of the interface', () => {
  it('is English unless it is replaced, and contains its values', () => {
    const { say } = createLanguage({ messages: { pixels: '{height} hoch, {width} breit' } });
    expect(say('pixels', { width: 3, height: 4 })).toBe('4 hoch, 3 breit');
    expect(say('photoEmpty', { file: '{width}.jpg' })).toBe('“{width}.jpg” is empty. Choose another file.');
    expect(say('save')).toBe('Save');
  });

  it('has the form and the digits that its number requires in the language of the messages', () => {
    const seconds = {
      one: '{count} секунда',
      few: '{count} секунды',
      many: '{count} секунд',
      other: '{count} с',
    };
    const russian = createLanguage({ locale: 'ru', messages: { seconds } });
    const forms = [1, 2, 5, 21].map((count) => russian.say('seconds', { count }));
    expect(forms).toEqual(['1 секунда', '2 секунды', '5 секунд', '21 секунда']);
    const { say } = createLanguage();
    expect([1, 2].map((count) => say('seconds', { count }))).toEqual(['a second', '2 seconds']);
    // A language can have more categories than a translation.
    const polish = createLanguage({ locale: 'pl', messages: { seconds: { other: '{count} s' } } });
    expect(polish.say('seconds', { count: 2 })).toBe('2 s');
    const arabic = createLanguage({ locale: 'ar-EG' });
    expect(arabic.say('pixels', { width: 1024, height: 3 })).toBe('١٠٢٤ × ٣ pixels');
  });

  it('has sizes, lists and dates in the language of the messages', () => {
    const german = createLanguage({
      locale: 'de',
      messages: { mebibytes: '{size} MiB', bytes: '{count} Byte' },
    });
    expect(german.formatBytes(1.5 * 1024 ** 2)).toBe('1,5 MiB');
    expect(german.say('bytes', { count: 5_242_881 })).toBe('5.242.881 Byte');
    expect(german.listTypes(['image/jpeg', 'image/webp'])).toBe('JPEG oder WebP');
    expect(german.formatTime(new Date(2026, 10, 5, 9, 30))).toBe('5. November 2026 um 09:30');
    const english = createLanguage();
    expect([1, 1000, 1536].map(english.formatBytes)).toEqual(['1 byte', '1,000 bytes', '1.5 KiB']);
    expect(() => createLanguage({ locale: 'no locale' })).toThrow(RangeError);
  });

  it('replaces the sentence of the server by its error code', () => {
    const { sayError } = createLanguage({ messages: { errors: { FORBIDDEN: 'Verboten. ({message})' } } });
    expect(sayError('FORBIDDEN', 'No.')).toBe('Verboten. (No.)');
    for (const code of ['toString', 'STORAGE_FULL', undefined]) {
      expect(sayError(code, 'The disk is full.')).toBe('The disk is full.');
    }
  });

  it('names each reason why a file cannot be used', () => {
    const [fileName, size] = ['a.jpg', { width: 1, height: 2 }];
    const faults: PhotoFault[] = [
      { reason: 'unreadable', fileName },
      { reason: 'empty', fileName },
      { reason: 'damaged', fileName },
      { reason: 'decoderUnavailable', fileName },
      { reason: 'unsupported', fileName, mediaTypes: ['image/gif', 'image/png'] },
      { reason: 'tooSmall', size, min: size },
      { reason: 'tooLarge', fileName, bytes: 2000, maxBytes: 1000 },
      { reason: 'tooManyPixels', size, maxPixels: 3_000_000 },
    ];
    const sentences = faults.map((fault) =>
      sayPhotoFault(fault, createLanguage({ messages: pseudoTranslation() })),
    );
    expect(new Set(sentences).size).toBe(faults.length);
    const english = sentences.map((text) => text.replace(/a\.jpg|GIF or PNG/g, '').match(/[a-z]+/gi));
    expect(english).toEqual(faults.map(() => null));
  });

  it('of the button is the same before and after the dialog is loaded', () => {
    expect(ENGLISH).toMatchObject(BUTTON_TEXTS);
  });

  it('is used somewhere', async () => {
    const code = (await readComponents()).join('\n');
    const unused = Object.keys(ENGLISH).filter(
      (key) => !new RegExp(`'${key}'|ENGLISH\\.${key}\\b`).test(code),
    );
    expect(unused).toEqual([]);
  });

  it('is never written in a component', async () => {
    // Text of two or more words between tags, or an attribute that users read, except the name of the product.
    const literals =
      /(?<=>|^)\s*[A-Z]\w*,? [\w ,.’]+(?=<|\{|$)|(?:alt|title|aria-label|placeholder)="(?!Portrait")[^"$]+"/gm;
    const found = (await readComponents()).flatMap((code) => withoutComments(code).match(literals) ?? []);
    expect(found).toEqual([]);
  });
});

/** Returns the sources of the page, the editor and their sentences' users. */
async function readComponents(): Promise<string[]> {
  const folders = ['client', 'elements', 'page', 'editor', 'messages'].map((folder) => join(SOURCES, folder));
  const names = await Promise.all(
    folders.map(async (folder) => (await readdir(folder)).map((name) => join(folder, name))),
  );
  const components = names.flat().filter((name) => /\.tsx?$/.test(name) && !name.endsWith('english.ts'));
  return await Promise.all(components.map((name) => readFile(name, 'utf8')));
}

function withoutComments(code: string): string {
  return code.replace(/\/\*.*?\*\//gs, '').replace(/\/\/.*$/gm, '');
}
