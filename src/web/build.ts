import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  css,
  editorWorkerService,
  graphqlWorker,
  js,
  jsonWorker,
} from '@graphql-yoga/render-graphiql/graphiql';
import { build, type InlineConfig } from 'vite';

// npm's `prepare` script runs this file. It builds the browser's files in static/page/, and the server's page renderer
// in build/.

const SOURCES = import.meta.dirname;
const ROOT = join(SOURCES, '../..');
const TARGET = join(ROOT, 'static/page');

/** GraphiQL's own files, unchanged. Each worker is named after the label that Monaco passes to `getWorkerUrl`. */
const GRAPHIQL_FILES = {
  'graphiql.js': js,
  'graphiql.css': css,
  'editorWorkerService.js': editorWorkerService,
  'json.js': jsonWorker,
  'graphql.js': graphqlWorker,
};

const COMMON: InlineConfig = {
  configFile: false,
  root: SOURCES,
  logLevel: 'warn',
  publicDir: false,
  resolve: {
    alias: {
      react: 'preact/compat',
      'react-dom': 'preact/compat',
      'react/jsx-runtime': 'preact/jsx-runtime',
    },
  },
};
/** File names without hashes. Browsers revalidate these files, so pages can link to them without a manifest. */
const FILE_NAMES = {
  entryFileNames: '[name].js',
  chunkFileNames: '[name].js',
  assetFileNames: '[name][extname]',
};

await build({
  ...COMMON,
  base: './',
  build: {
    outDir: TARGET,
    emptyOutDir: true,
    modulePreload: { polyfill: false },
    rolldownOptions: { input: { page: join(SOURCES, 'page/client.tsx') }, output: FILE_NAMES },
  },
});
await Promise.all([
  build({
    ...COMMON,
    ssr: { noExternal: true },
    build: {
      outDir: join(ROOT, 'build'),
      emptyOutDir: false,
      ssr: true,
      rolldownOptions: { input: { page: join(SOURCES, 'page/server.tsx') }, output: FILE_NAMES },
    },
  }),
  build({
    ...COMMON,
    // GraphiQL's bundle sets React as a global.
    resolve: {},
    build: {
      outDir: join(TARGET, 'graphiql'),
      emptyOutDir: false,
      lib: {
        entry: join(SOURCES, 'graphiql/page.tsx'),
        formats: ['iife'],
        name: 'Page',
        fileName: () => 'page.js',
      },
      rolldownOptions: { output: { assetFileNames: 'page[extname]' } },
    },
  }),
]);
await Promise.all(
  Object.entries(GRAPHIQL_FILES).map(([name, text]) => writeFile(join(TARGET, 'graphiql', name), text)),
);
