import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ENGLISH } from '../../src/web/messages/english.ts';
import { createSay } from '../../src/web/messages/say.ts';

const SOURCES = join(import.meta.dirname, '../../src/web');

describe('A sentence of the interface', () => {
  it('is English unless it is replaced, and contains its values', () => {
    const say = createSay({ pixels: '{height} hoch, {width} breit' });
    expect(say('pixels', { width: 3, height: 4 })).toBe('4 hoch, 3 breit');
    expect(say('photoEmpty', { file: '{width}.jpg' })).toBe('“{width}.jpg” is empty. Choose another file.');
    expect(say('save')).toBe('Save');
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
  const folders = ['page', 'editor', 'messages'].map((folder) => join(SOURCES, folder));
  const names = await Promise.all(
    folders.map(async (folder) => (await readdir(folder)).map((name) => join(folder, name))),
  );
  const components = names.flat().filter((name) => /\.tsx?$/.test(name) && !name.endsWith('english.ts'));
  return await Promise.all(components.map((name) => readFile(name, 'utf8')));
}

function withoutComments(code: string): string {
  return code.replace(/\/\*.*?\*\//gs, '').replace(/\/\/.*$/gm, '');
}
