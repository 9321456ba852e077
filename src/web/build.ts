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

// Run by npm's `prepare`. Makes what browsers load, in static/page/, and what the server renders the page by, in build/.

const SOURCES = import.meta.dirname;
const ROOT = join(SOURCES, '../..');
const TARGET = join(ROOT, 'static/page');

/** GraphiQL itself, as it comes; the workers are named after the label that Monaco asks them by. */
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
/** Names without a hash: the server has them revalidated, and an upgrade needs no list of files. */
const NAMES = { entryFileNames: '[name].js', chunkFileNames: '[name].js', assetFileNames: '[name][extname]' };

await build({
  ...COMMON,
  base: './',
  build: {
    outDir: TARGET,
    emptyOutDir: true,
    modulePreload: { polyfill: false },
    rolldownOptions: { input: { page: join(SOURCES, 'page/client.tsx') }, output: NAMES },
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
      rolldownOptions: { input: { page: join(SOURCES, 'page/server.tsx') }, output: NAMES },
    },
  }),
  build({
    ...COMMON,
    // React comes with GraphiQL's own bundle, as a global.
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
