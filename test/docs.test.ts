import { existsSync } from 'node:fs';
import { glob, readdir, readFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import {
  type GraphQLNamedType,
  isEnumType,
  isInputObjectType,
  isIntrospectionType,
  isObjectType,
  isSpecifiedScalarType,
} from 'graphql';
import { expect, it } from 'vitest';
import { schema } from '../src/graphql/schema.ts';
import { readProse, sentencesOf } from './support/prose.ts';
import { startFlags } from './support/start-flags.ts';

const ROOT = join(import.meta.dirname, '..');
/** Packages that benchmarks and compatibility tests install have prose of their own. */
const OWN_FILES = { cwd: ROOT, exclude: ['**/node_modules'] };
const PAGES = await Array.fromAsync(glob(['*.md', 'docs/**/*.md', 'bench/*.md', 'test/**/*.md'], OWN_FILES));

const CODE = await Array.fromAsync(
  glob(
    ['{src,test,bench}/**/*.{ts,tsx,mjs,css}', 'static/*.css', 'deploy/*', 'Dockerfile', '.ci/*'],
    OWN_FILES,
  ),
);
const PASSAGES = (
  await Promise.all([...PAGES, ...CODE, 'schema.graphql'].map((file) => readProse(ROOT, file)))
).flat();

/** Maximum length of a line of Markdown outside of code, in columns. */
const MAX_COLUMNS = 120;
/** Openings that hide the actor or leave a fragment. */
const OPENING = /^(?:What|Who|Whoever|Of|Told)\b/;
/** Words for which CONTRIBUTING.md names better ones. */
const RETIRED =
  /\b(?:whoever|whatever comes|somebody|nobody|those who|back-ups?|left-overs?|portions?|mend(?:s|ed)?|heed(?:s|ed)?|gives? way|given up|gives up|is away|told|tells?)\b/i;

it.for(PAGES)('%s names only files that exist', async (page) => {
  const text = await readFile(join(ROOT, page), 'utf8');
  const links = [...text.matchAll(/\]\(([^)\s]+)\)|^\[[^\]]+\]: (\S+)$|(?:src|href)="([^"]+)"/gm)]
    .map(
      ([, link, reference, attribute]) => (link ?? reference ?? attribute ?? '').split('#', 1)[0] as string,
    )
    .filter((link) => link !== '' && !/^[a-z]+:|^\//.test(link))
    .map((link) => resolve(ROOT, dirname(page), link));
  const paths = [...text.matchAll(/`((?:src|test|bench|docs)\/[\w./-]*\w)`/g)].map(([, path]) =>
    join(ROOT, path as string),
  );
  expect([...links, ...paths].filter((path) => !existsSync(path))).toEqual([]);
});

it.for(PAGES)('%s links only to headings that exist', async (page) => {
  const text = await readFile(join(ROOT, page), 'utf8');
  const links = [...text.matchAll(/\]\(([^)\s:]*)#([^)\s]+)\)/g)].map(([, path = '', anchor = '']) => ({
    target: path === '' ? join(ROOT, page) : resolve(ROOT, dirname(page), path),
    anchor,
  }));
  const missing: string[] = [];
  for (const { target, anchor } of links) {
    const headings = (await readFile(target, 'utf8')).matchAll(/^#+ (.+)$/gm);
    if (![...headings].some(([, heading = '']) => anchorOf(heading) === anchor)) {
      missing.push(`${target}#${anchor}`);
    }
  }
  expect(missing).toEqual([]);
});

it('the Dockerfile and docs/deploy.md start Node with the flags of npm start', async () => {
  expect(startFlags()).not.toEqual([]);
  for (const page of ['Dockerfile', 'docs/deploy.md']) {
    const text = await readFile(join(ROOT, page), 'utf8');
    const starts = text.split('\n').filter((line) => /\bnode\b.*src\/boot\.mjs"?\]?$/.test(line));
    expect(starts.map((line) => line.match(/--[\w-]+=[\w-]+/g))).toEqual([startFlags()]);
  }
});

it('the README uploads a picture with the same form fields as CI', async () => {
  const [documented, run] = await Promise.all(
    ['README.md', '.ci/run'].map(async (file) => {
      const text = await readFile(join(ROOT, file), 'utf8');
      return [...text.matchAll(/-F (?:operations|map)='[^']*'/g)].map(([field]) => field);
    }),
  );
  expect(documented).toHaveLength(2);
  expect(documented).toEqual(run);
});

it('CONTRIBUTING.md describes every file and folder directly below src/', async () => {
  const text = await readFile(join(ROOT, 'CONTRIBUTING.md'), 'utf8');
  const [table = ''] = text.match(/^\| Path \| Contents \|\n(?:\|.*\n)+/m) ?? [];
  const described = [...table.matchAll(/^\| (`.+?`) \|/gm)].flatMap(
    ([, paths]) => paths?.match(/[\w./-]+/g) ?? [],
  );
  const entries = await readdir(join(ROOT, 'src'), { withFileTypes: true });
  const names = entries.map((entry) => (entry.isDirectory() ? `${entry.name}/` : entry.name));
  expect(described.filter((path) => !/\/./.test(path)).sort()).toEqual(names.sort());
  expect(described.filter((path) => !existsSync(join(ROOT, 'src', path)))).toEqual([]);
});

it('no sentence opens with a relative clause or a fragment', () => {
  const found = PASSAGES.flatMap((passage) =>
    sentencesOf(passage)
      .filter((sentence) => OPENING.test(sentence) && !sentence.endsWith('?'))
      .map((sentence) => `${passage.file}:${passage.line} ${sentence}`),
  );
  expect(PASSAGES.length).toBeGreaterThan(5_000);
  expect(found).toEqual([]);
});

it('no text uses a retired word', () => {
  const found = PASSAGES.filter(({ text }) => RETIRED.test(text.replace(/`[^`]*`/g, ''))).map(
    ({ file, line, text }) => `${file}:${line} ${text}`,
  );
  expect(found).toEqual([]);
});

it.for(PAGES)('%s has no line of more than 120 columns outside of code', async (page) => {
  const text = await readFile(join(ROOT, page), 'utf8');
  const lines = text.replace(/^```.*?^```/gms, (code) => code.replace(/.+/g, '')).split('\n');
  const isLinkTarget = /^\[[^\]]+\]: \S+$/;
  expect(lines.filter((line) => line.length > MAX_COLUMNS && !isLinkTarget.test(line))).toEqual([]);
});

it('every element of the schema has a description', () => {
  const types = Object.values(schema.getTypeMap()).filter((type) => !isSpecified(type));
  const elements = types.flatMap((type) => [
    { name: type.name, description: type.description },
    ...membersOf(type).map(({ name, description }) => ({ name: `${type.name}.${name}`, description })),
  ]);
  expect(elements.length).toBeGreaterThan(80);
  expect(elements.filter(({ description }) => !description).map(({ name }) => name)).toEqual([]);
});

/** Returns the fields of a type with their arguments, or the values of an enum. */
function membersOf(type: GraphQLNamedType): { name: string; description?: string | null | undefined }[] {
  if (isEnumType(type)) {
    return [...type.getValues()];
  }
  if (isInputObjectType(type)) {
    return Object.values(type.getFields());
  }
  if (!isObjectType(type)) {
    return [];
  }
  return Object.values(type.getFields()).flatMap((field) => [
    field,
    ...field.args.map(({ name, description }) => ({ name: `${field.name}(${name}:)`, description })),
  ]);
}

function isSpecified(type: GraphQLNamedType): boolean {
  return isIntrospectionType(type) || isSpecifiedScalarType(type);
}

/** Returns the anchor that GitHub gives a heading. */
function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{Letter}\p{Number}\s_-]/gu, '')
    .replace(/\s/g, '-');
}
