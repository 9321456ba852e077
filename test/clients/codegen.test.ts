import { copyFile, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { generate } from '@graphql-codegen/cli';
import { Client, fetchExchange } from '@urql/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ERROR_CODES } from '../../src/graphql/error-codes.ts';
import { folderInProject, importExample, writeExamples } from '../support/examples.ts';
import { viewer } from '../support/graphql.ts';
import { paddedPicture, pictureFile } from '../support/pictures.ts';
import { type Portrait, startPortrait } from '../support/portrait.ts';
import { compile, runNode, runTool } from '../support/typescript.ts';
import config from './codegen/codegen.ts';
import { ADVICE, acceptedTypes, uploadPicture } from './codegen/sample.ts';

const ROOT = join(import.meta.dirname, '../..');
const SAMPLE = 'test/clients/codegen';
const CONFIG = join(ROOT, SAMPLE, 'codegen.ts');
const WEB_CLIENT = 'src/web/client';

let portrait: Portrait;

beforeAll(async () => {
  portrait = await startPortrait();
});
afterAll(() => portrait[Symbol.asyncDispose]());

describe('The sample with typed documents', () => {
  it('uploads a picture, reads the rules, and maps an error code to advice', async () => {
    const client = new Client({
      url: `${portrait.url}/graphql`,
      exchanges: [fetchExchange],
    });
    const avatarUrl = await uploadPicture(client, await pictureFile('photo.webp'));
    expect(String(avatarUrl)).toMatch(/\/64\.webp$/);
    expect(await acceptedTypes(client)).toBe('image/jpeg,image/png,image/webp,image/gif,image/avif');
    expect(await uploadPicture(client, await pictureFile('drawing.svg'))).toBe('choose another picture');
  });

  it('has advice for every code', () => {
    expect(Object.keys(ADVICE).sort()).toEqual(Object.keys(ERROR_CODES).sort());
  });

  it('has the documents that `npm run codegen` generates', async () => {
    const folder = await folderForSample((schema) => schema);
    await runTool('graphql-codegen', ['--config', CONFIG], folder);
    expect(await readFolder(join(folder, SAMPLE, 'generated'))).toEqual(
      await readFolder(join(ROOT, SAMPLE, 'generated')),
    );
    await compile(folder);
  });

  it.each([
    ['a code is added', 'enum ErrorCode {', 'enum ErrorCode {\n  TEAPOT', "Property 'TEAPOT' is missing"],
    ['a code is renamed', '  FILE_TOO_LARGE\n', '  FILE_TOO_BIG\n', "'FILE_TOO_LARGE' does not exist"],
    [
      'a field becomes nullable',
      'size: Int! = 128\n  ): URL!',
      'size: Int! = 128\n  ): URL',
      "Type 'null' is not assignable",
    ],
    [
      'a mutation returns a nullable type',
      '    userId: ID\n  ): User!\n}',
      '    userId: ID\n  ): User\n}',
      "Property 'avatarUrl' does not exist on type",
    ],
  ])('does not compile when %s', async (_change, before, after, message) => {
    const folder = await generateSample((schema) => replaceIn(schema, before, after));
    await expect(compile(folder)).rejects.toThrow(message);
  });

  it.each([
    ['a field is renamed', '  avatarUrl(', '  portraitUrl(', 'Cannot query field "avatarUrl"'],
    [
      'the type of an argument changes',
      '    file: File!\n',
      '    file: [File!]!\n',
      'expecting type "[File!]!"',
    ],
    [
      'an argument becomes required',
      '    altText: String\n',
      '    altText: String!\n',
      'altText:)" of type "String!" is required',
    ],
  ])('fails to generate when %s', async (_change, before, after, message) => {
    await expect(generateSample((schema) => replaceIn(schema, before, after))).rejects.toThrow(message);
  });
});

describe('The typed documents of the web page', () => {
  it('match the output of `npm run codegen`', async () => {
    const folder = await folderInProject();
    await writeSchema(folder, await readSchema());
    for (const part of [WEB_CLIENT, 'src/web/developers']) {
      await mkdir(join(folder, part), { recursive: true });
      await copyFile(join(ROOT, part, 'operations.graphql'), join(folder, part, 'operations.graphql'));
    }
    await runTool('graphql-codegen', ['--config', join(ROOT, 'src/web/codegen.ts')], folder);
    expect(await readFolder(join(folder, WEB_CLIENT, 'generated'))).toEqual(
      await readFolder(join(ROOT, WEB_CLIENT, 'generated')),
    );
  });
});

describe('docs/api.md', () => {
  it('has a codegen.ts whose documents compile and work', async () => {
    const folder = await folderInProject();
    await writeSchema(folder, await readSchema());
    const [, picture] = await writeExamples(folder, ['codegen.ts', 'src/picture.ts'], portrait);
    await runTool('graphql-codegen', ['--config', 'codegen.ts'], folder);
    await compile(folder);
    const example: { uploadPicture(file: File): Promise<string>; fits(file: File): Promise<boolean> } =
      await import(picture as string);
    expect(await example.uploadPicture(await pictureFile('photo.webp'))).toBe(
      (await viewer(portrait)).avatarUrl,
    );
    const tooLarge = await paddedPicture(5 * 1024 * 1024 + 1);
    expect(await example.uploadPicture(tooLarge)).toBe('Please choose a smaller picture.');
    expect(await example.fits(tooLarge)).toBe(false);
    expect(await example.fits(await pictureFile('photo.webp'))).toBe(true);
  });

  it('has gql.tada documents that compile and work, and that fail to compile against another schema', async () => {
    const folder = await folderInProject();
    const [introspect] = await writeExamples(folder, ['introspect.ts', 'tada.ts'], portrait);
    await writeSchema(folder, await readSchema());
    await runNode(introspect as string, folder);
    await compile(folder);
    const example = await importExample<{ uploadPicture(file: File): Promise<string> }>('tada.ts', portrait);
    expect(await example.uploadPicture(await pictureFile('photo.webp'))).toBe(
      (await viewer(portrait)).avatarUrl,
    );
    await writeSchema(folder, replaceIn(await readSchema(), '  avatarUrl(', '  portraitUrl('));
    await runNode(introspect as string, folder);
    await expect(compile(folder)).rejects.toThrow('tada.ts');
  });

  it('has examples that compile in strict mode', async () => {
    const folder = await folderInProject();
    await writeExamples(folder, ['apollo.ts', 'urql.ts', 'relay.ts', 'fetch.ts'], portrait);
    await compile(folder);
  });
});

/**
 * Generates the sample's typed documents from a changed schema in a new folder, with the settings of
 * `npm run codegen`. Rejects if a document does not match the schema.
 */
async function generateSample(change: (schema: string) => string): Promise<string> {
  const folder = await folderForSample(change);
  await generate({ ...config, cwd: folder, silent: true });
  return folder;
}

async function folderForSample(change: (schema: string) => string): Promise<string> {
  const folder = await folderInProject();
  await writeSchema(folder, change(await readSchema()));
  await mkdir(join(folder, SAMPLE), { recursive: true });
  await copyFile(join(ROOT, SAMPLE, 'sample.ts'), join(folder, SAMPLE, 'sample.ts'));
  return folder;
}

function readSchema(): Promise<string> {
  return readFile(join(ROOT, 'schema.graphql'), 'utf8');
}

async function writeSchema(folder: string, schema: string): Promise<void> {
  await writeFile(join(folder, 'schema.graphql'), schema);
}

function replaceIn(schema: string, before: string, after: string): string {
  expect(schema).toContain(before);
  return schema.replace(before, after);
}

async function readFolder(folder: string): Promise<Record<string, string>> {
  const names = await readdir(folder);
  const entries = names.map(async (name) => [name, await readFile(join(folder, name), 'utf8')] as const);
  return Object.fromEntries(await Promise.all(entries));
}
