import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  css,
  editorWorkerService,
  graphqlWorker,
  js,
  jsonWorker,
} from '@graphql-yoga/render-graphiql/graphiql';
import { build, type InlineConfig, type Rolldown } from 'vite';
import { compressFiles } from './compress-files.ts';
import { libheifLicense } from './libheif-license.ts';
import { writeHashed, writeWhole } from './hashed-files.ts';

// npm's `prepare` script runs this file. It builds the browser's files in static/page/, and in build/ the server's page
// renderer and GraphiQL's page. The name of each of the browser's files contains a hash of its content, so browsers can
// keep it.

const SOURCES = import.meta.dirname;
const ROOT = join(SOURCES, '../..');
const TARGET = join(ROOT, 'static/page');
const GRAPHIQL_TARGET = join(TARGET, 'graphiql');
const SERVER_TARGET = join(ROOT, 'build');

/** Styles of the page. Other pages use only the first file. */
const STYLES = [join(ROOT, 'static/style.css'), join(SOURCES, 'editor/editor.css')];
/** GraphiQL's own files, unchanged. */
const GRAPHIQL_FILES = { 'graphiql.js': js, 'graphiql.css': css };
/** GraphiQL's workers, by the label that Monaco passes to `getWorkerUrl`. */
const WORKERS = { editorWorkerService, json: jsonWorker, graphql: graphqlWorker };

const COMMON: InlineConfig = {
  configFile: false,
  root: SOURCES,
  logLevel: 'warn',
  publicDir: false,
};
/** Components of several folders are in the page, and only one of them has a tsconfig.json that names Preact. */
const PREACT: InlineConfig = { oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } } };

const license = await writeHashed(TARGET, 'libheif-license.txt', await libheifLicense());
const script = await buildScript(license);
const style = await writeHashed(TARGET, 'style.css', await concatenate(STYLES));
const [, graphiql] = await Promise.all([buildRenderer({ script: script.entry, style }), buildGraphiQL()]);
await compressFiles(TARGET, [...script.files, style, license, ...graphiql.map((name) => `graphiql/${name}`)]);

/**
 * Builds the script of the page.
 * @param license name of the file with the licenses of libheif, which the script that loads libheif names.
 * @returns the names of its files, and of the one that the page loads.
 */
async function buildScript(license: string): Promise<{ entry: string; files: string[] }> {
  const names = '[name]-[hash]';
  const fileNames = {
    entryFileNames: `${names}.js`,
    chunkFileNames: `${names}.js`,
    assetFileNames: `${names}[extname]`,
  };
  const { output } = await bundle({
    ...PREACT,
    base: './',
    worker: {
      rolldownOptions: {
        output: { ...fileNames, banner: `/*! Loads libheif and libde265 (LGPL-3.0): see ${license} */` },
      },
    },
    build: {
      outDir: TARGET,
      emptyOutDir: false,
      modulePreload: { polyfill: false },
      rolldownOptions: {
        input: { page: join(SOURCES, 'page/client.tsx') },
        output: fileNames,
      },
    },
  });
  return { entry: output[0].fileName, files: output.map(({ fileName }) => fileName) };
}

async function concatenate(paths: readonly string[]): Promise<Buffer> {
  return Buffer.concat(await Promise.all(paths.map((path) => readFile(path))));
}

/** Builds the server's renderer of the page. @param pageFiles names of the files that the page loads. */
async function buildRenderer(pageFiles: { script: string; style: string }): Promise<void> {
  await bundle({
    ...PREACT,
    define: { PAGE_FILES: JSON.stringify(pageFiles) },
    ssr: { noExternal: true },
    build: {
      outDir: SERVER_TARGET,
      emptyOutDir: false,
      ssr: true,
      rolldownOptions: {
        input: { page: join(SOURCES, 'page/server.tsx') },
        output: { entryFileNames: '[name].js', chunkFileNames: '[name].js' },
      },
    },
  });
}

/** Builds GraphiQL's page and its files. @returns the names of the files. */
async function buildGraphiQL(): Promise<string[]> {
  const write = async (file: string, content: string | Uint8Array) =>
    [file, await writeHashed(GRAPHIQL_TARGET, file, content)] as const;
  const workers = await Promise.all(
    Object.entries(WORKERS).map(async ([label, content]) => {
      const [, name] = await write(`${label}.js`, content);
      return [label, name] as const;
    }),
  );
  const { output } = await bundle({
    define: { WORKER_FILES: JSON.stringify(Object.fromEntries(workers)) },
    build: {
      write: false,
      lib: {
        entry: join(SOURCES, 'graphiql/page.tsx'),
        formats: ['iife'],
        name: 'Page',
        fileName: () => 'page.js',
      },
      rolldownOptions: { output: { assetFileNames: 'page[extname]' } },
    },
  });
  const names = await Promise.all([
    ...Object.entries(GRAPHIQL_FILES).map(([file, content]) => write(file, content)),
    ...output.map((file) => write(file.fileName, file.type === 'chunk' ? file.code : file.source)),
  ]);
  const template = await readFile(join(SOURCES, 'graphiql.html'), 'utf8');
  const page = names.reduce((html, [file, name]) => html.replaceAll(`{${file}}`, name), template);
  await writeWhole(join(SERVER_TARGET, 'graphiql.html'), page);
  return [...workers.map(([, name]) => name), ...names.map(([, name]) => name)];
}

/** Runs Vite for one output. @returns its files. */
async function bundle(config: InlineConfig): Promise<Rolldown.RolldownOutput> {
  const [result] = [await build({ ...COMMON, ...config })].flat();
  if (result === undefined || !('output' in result)) {
    throw new Error('Vite returned no files. Configure a build that does not watch.');
  }
  return result;
}
