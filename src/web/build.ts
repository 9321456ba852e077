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

/** Styles of the page. The error page for forms uses only the first file. */
const STYLES = [join(ROOT, 'static/style.css'), join(SOURCES, 'editor/editor.css')];
const DEVELOPERS_STYLES = [join(ROOT, 'static/style.css'), join(SOURCES, 'developers/developers.css')];
/** GraphiQL's own files, unchanged. */
const GRAPHIQL_FILES = { 'graphiql.js': js, 'graphiql.css': css };
/** GraphiQL's workers, by the label that Monaco passes to `getWorkerUrl`. */
const WORKERS = { editorWorkerService, json: jsonWorker, graphql: graphqlWorker };

type PageName = 'page' | 'developers';

const COMMON: InlineConfig = {
  configFile: false,
  root: SOURCES,
  logLevel: 'warn',
  publicDir: false,
};
/** Components of several folders are in the page, and only one of them has a tsconfig.json that names Preact. */
const PREACT: InlineConfig = { oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } } };

const license = await writeHashed(TARGET, 'libheif-license.txt', await libheifLicense());
const scripts = await buildScripts(license);
const style = await writeHashed(TARGET, 'style.css', await concatenate(STYLES));
const developersStyle = await writeHashed(TARGET, 'developers.css', await concatenate(DEVELOPERS_STYLES));
const [, graphiql] = await Promise.all([
  buildRenderers({
    PAGE_FILES: { script: scripts.entries.page, style },
    DEVELOPERS_FILES: { script: scripts.entries.developers, style: developersStyle },
  }),
  buildGraphiQL(),
]);
await compressFiles(TARGET, [
  ...scripts.files,
  style,
  developersStyle,
  license,
  ...graphiql.map((name) => `graphiql/${name}`),
]);

/**
 * Builds the scripts of the pages.
 * @param license name of the file with the licenses of libheif, which the script that loads libheif names.
 * @returns the names of all files, and of those that the pages load.
 */
async function buildScripts(
  license: string,
): Promise<{ entries: Record<PageName, string>; files: string[] }> {
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
        input: { page: join(SOURCES, 'page/client.tsx'), developers: join(SOURCES, 'developers/client.ts') },
        output: fileNames,
      },
    },
  });
  const entryOf = (name: PageName): string => {
    const entry = output.find((file) => file.type === 'chunk' && file.isEntry && file.name === name);
    if (entry === undefined) {
      throw new Error(`Vite built no script named "${name}".`);
    }
    return entry.fileName;
  };
  return {
    entries: { page: entryOf('page'), developers: entryOf('developers') },
    files: output.map(({ fileName }) => fileName),
  };
}

async function concatenate(paths: readonly string[]): Promise<Buffer> {
  return Buffer.concat(await Promise.all(paths.map((path) => readFile(path))));
}

/** Builds the server's renderers of the pages. @param files names of the files that each page loads, by variable. */
async function buildRenderers(files: Record<string, { script: string; style: string }>): Promise<void> {
  await bundle({
    ...PREACT,
    define: Object.fromEntries(Object.entries(files).map(([name, value]) => [name, JSON.stringify(value)])),
    ssr: { noExternal: true },
    build: {
      outDir: SERVER_TARGET,
      emptyOutDir: false,
      ssr: true,
      rolldownOptions: {
        input: { page: join(SOURCES, 'page/server.tsx'), developers: join(SOURCES, 'developers/server.tsx') },
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
