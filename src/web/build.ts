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
import { contentHash, writeHashed, writeWhole } from './hashed-files.ts';

// npm's `prepare` script runs this file. It builds the browser's files in static/page/ and static/elements/, and in build/ the
// server's page renderer and GraphiQL's page. The name of each of the browser's files contains a hash of its content, so
// browsers can keep it. The exceptions are the module of the elements and its types, which other sites name.

const SOURCES = import.meta.dirname;
const ROOT = join(SOURCES, '../..');
const TARGET = join(ROOT, 'static/page');
const ELEMENTS_TARGET = join(ROOT, 'static/elements');
const GRAPHIQL_TARGET = join(TARGET, 'graphiql');
const SERVER_TARGET = join(ROOT, 'build');

/** Styles of the page and the error page for forms. */
const STYLE = join(ROOT, 'static/style.css');
const DEVELOPERS_STYLES = [STYLE, join(SOURCES, 'developers/developers.css')];
/** GraphiQL's own files, unchanged. */
const GRAPHIQL_FILES = { 'graphiql.js': js, 'graphiql.css': css };
/** GraphiQL's workers, by the label that Monaco passes to `getWorkerUrl`. */
const WORKERS = { editorWorkerService, json: jsonWorker, graphql: graphqlWorker };

/** Pattern of file names with a hash, without the extension. */
const HASHED = '[name]-[hash]';
/** File with the types of the elements. */
const TYPES = 'portrait.d.ts';

const COMMON: InlineConfig = {
  configFile: false,
  root: SOURCES,
  logLevel: 'warn',
  publicDir: false,
};
/** Components of several folders are in the page, and only one of them has a tsconfig.json that names Preact. */
const PREACT: InlineConfig = { oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } } };

const elements = await buildElements();
const pages = await buildScripts({
  folder: TARGET,
  input: { page: join(SOURCES, 'page/client.tsx'), developers: join(SOURCES, 'developers/client.ts') },
  names: HASHED,
});
const style = await writeHashed(TARGET, 'style.css', await readFile(STYLE));
const developersStyle = await writeHashed(TARGET, 'developers.css', await concatenate(DEVELOPERS_STYLES));
const [, graphiql] = await Promise.all([
  buildRenderers({
    PAGE_FILES: { script: pages.entries.page, style, elements: elements.version },
    DEVELOPERS_FILES: { script: pages.entries.developers, style: developersStyle },
  }),
  buildGraphiQL(),
]);
await Promise.all([
  compressFiles(TARGET, [
    ...pages.files,
    style,
    developersStyle,
    ...graphiql.map((name) => `graphiql/${name}`),
  ]),
  compressFiles(ELEMENTS_TARGET, elements.files),
]);

/**
 * Builds the custom elements. Their module keeps its name. It loads the dialog by a hashed name, and shares no code with
 * it, so the browser never combines files of two versions.
 * @returns the names of all files, and the hash of the module.
 */
async function buildElements(): Promise<{ files: string[]; version: string }> {
  const folder = ELEMENTS_TARGET;
  const libheif = await writeLibheif(folder);
  const { script, wasm, license } = libheif;
  const dialog = await buildScripts({
    folder,
    input: { dialog: join(SOURCES, 'elements/dialog.tsx') },
    names: HASHED,
    define: { LIBHEIF_FILES: JSON.stringify({ script, wasm }) },
    workerBanner: `/*! Loads libheif and libde265 (LGPL-3.0): see ${license} */`,
  });
  const module = await buildScripts({
    folder,
    input: { portrait: join(SOURCES, 'elements/define.ts') },
    names: '[name]',
    define: { DIALOG_FILE: JSON.stringify(dialog.entries.dialog) },
  });
  const content = await readFile(join(folder, module.entries.portrait));
  await writeWhole(join(folder, TYPES), await readFile(join(SOURCES, 'elements', TYPES)));
  return {
    files: [...dialog.files, ...module.files, TYPES, ...Object.values(libheif)],
    version: contentHash(content),
  };
}

/** Copies libheif's files unchanged. @returns their names, and that of the file with their licenses. */
async function writeLibheif(folder: string): Promise<{ script: string; wasm: string; license: string }> {
  const copy = async (file: string) =>
    writeHashed(folder, file, await readFile(join(ROOT, 'node_modules/libheif-js/libheif-wasm', file)));
  const [script, wasm, license] = await Promise.all([
    copy('libheif.js'),
    copy('libheif.wasm'),
    writeHashed(folder, 'libheif-license.txt', await libheifLicense()),
  ]);
  return { script, wasm, license };
}

interface ScriptOptions<Name extends string> {
  readonly folder: string;
  /** Sources by the name of the built file. */
  readonly input: Readonly<Record<Name, string>>;
  /** Pattern of the names of the built files, without the extension. */
  readonly names: string;
  readonly define?: Record<string, string>;
  /** Comment at the start of workers. */
  readonly workerBanner?: string;
}

/** Builds scripts for browsers. @returns the names of all files, and of those that pages load. */
async function buildScripts<Name extends string>({
  folder,
  input,
  names,
  define = {},
  workerBanner = '',
}: ScriptOptions<Name>): Promise<{ entries: Readonly<Record<Name, string>>; files: string[] }> {
  const fileNames = {
    entryFileNames: `${names}.js`,
    chunkFileNames: `${HASHED}.js`,
    assetFileNames: `${HASHED}[extname]`,
  };
  const { output } = await bundle({
    ...PREACT,
    base: './',
    define,
    worker: { rolldownOptions: { output: { ...fileNames, banner: workerBanner } } },
    build: {
      outDir: folder,
      emptyOutDir: false,
      modulePreload: { polyfill: false },
      rolldownOptions: { input, output: fileNames, preserveEntrySignatures: 'strict' },
    },
  });
  const entries = output.flatMap((file) =>
    file.type === 'chunk' && file.isEntry ? [[file.name, file.fileName] as const] : [],
  );
  return {
    entries: Object.fromEntries(entries) as Record<Name, string>,
    files: output.map(({ fileName }) => fileName),
  };
}

async function concatenate(paths: readonly string[]): Promise<Buffer> {
  return Buffer.concat(await Promise.all(paths.map((path) => readFile(path))));
}

/** Builds the server's renderers of the pages. @param files names of the files that each page loads, by variable. */
async function buildRenderers(files: Readonly<Record<string, object>>): Promise<void> {
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
