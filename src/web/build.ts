import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  css,
  editorWorkerService,
  graphqlWorker,
  js,
  jsonWorker,
} from '@graphql-yoga/render-graphiql/graphiql';
import { build } from 'esbuild';

// Run by npm's `prepare`: makes the files of GraphiQL's page, which the server then sends like any other file.

const TARGET = join(import.meta.dirname, '../../static/page/graphiql');

/** GraphiQL itself, as it comes; the workers are named after the label that Monaco asks them by. */
const FILES = {
  'graphiql.js': js,
  'graphiql.css': css,
  'editorWorkerService.js': editorWorkerService,
  'json.js': jsonWorker,
  'graphql.js': graphqlWorker,
};

await rm(TARGET, { recursive: true, force: true });
await mkdir(TARGET, { recursive: true });
await Promise.all([
  ...Object.entries(FILES).map(([name, text]) => writeFile(join(TARGET, name), text)),
  build({
    entryPoints: ['page.tsx', 'page.css'].map((name) => join(import.meta.dirname, 'graphiql', name)),
    outdir: TARGET,
    bundle: true,
    minify: true,
    format: 'iife',
    target: 'es2022',
    legalComments: 'none',
  }),
]);
