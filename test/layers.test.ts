import { readdir, readFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { expect, test } from 'vitest';

const SOURCES = join(import.meta.dirname, '../src');

/** Layers from top to bottom. A layer may import the layers below it. A file directly below src/ is a layer. */
const LAYERS = [
  'boot',
  'main',
  'commands',
  'app',
  'open-picture-parts',
  'prepare-stores',
  'open-stores',
  'config',
  'http',
  'webhooks',
  'graphql',
  'upkeep',
  'pictures',
  'auth',
  'multipart',
  'imaging',
  'storage',
  'database',
  'telemetry',
  'compile-cache',
  'collect-garbage',
  'file-identity',
  'file-names',
];

/** Layer of the page, which imports only schema.graphql and the rule for file names. */
const PAGE_LAYER = 'web';

/** Matches `import … from`, `export … from`, `import '…'`, `import()`, and the URL of a program. */
const IMPORTS =
  /\bfrom\s+'(\.[^'?]+)|\bimport\s+'(\.[^'?]+)|\bimport\(\s*'(\.[^']+)'\s*\)|\bnew URL\(\s*'(\.[^']+\.(?:ts|mjs))'/g;

/** Imports by path below src/. */
type Graph = ReadonlyMap<string, readonly string[]>;

interface Import {
  readonly from: string;
  readonly to: string;
}

test('imports of every kind are found, and every target exists', async () => {
  const graph = await readGraph();
  const edges = importsOf(graph).map(({ from, to }) => `${from} -> ${to}`);
  // One import of each kind.
  expect(edges).toEqual(
    expect.arrayContaining([
      'boot.mjs -> main.ts',
      'main.ts -> config/load-config.ts',
      'commands/commands.ts -> commands/move.ts',
      'graphql/schema.ts -> graphql/scalars.ts',
      'graphql/errors.ts -> multipart/errors.ts',
      'imaging/decoder.ts -> imaging/worker.ts',
      'imaging/decoder.ts -> compile-cache.mjs',
    ]),
  );
  expect(importsOf(graph).filter(({ to }) => !graph.has(to))).toEqual([]);
});

test('every file belongs to a layer', async () => {
  const layers = new Set([...(await readGraph()).keys()].map(layerOf));
  layers.delete(PAGE_LAYER);
  expect([...layers].sort()).toEqual([...LAYERS].sort());
});

test('no import points up', async () => {
  const upward = importsOf(await readGraph()).filter(
    ({ from, to }) =>
      layerOf(from) !== PAGE_LAYER && LAYERS.indexOf(layerOf(to)) < LAYERS.indexOf(layerOf(from)),
  );
  expect(upward).toEqual([]);
});

test('only the entry point, the wiring and the commands import the configuration', async () => {
  const importers = importsOf(await readGraph())
    .filter(({ from, to }) => layerOf(to) === 'config' && layerOf(from) !== 'config')
    .map(({ from }) => from);
  expect([...new Set(importers)].sort()).toEqual([
    'app.ts',
    'commands/backup.ts',
    'commands/command-line.ts',
    'commands/is-served.ts',
    'commands/move.ts',
    'main.ts',
    'open-picture-parts.ts',
    'open-stores.ts',
    'prepare-stores.ts',
  ]);
});

test.for([
  { layer: 'config', allowed: ['auth', 'database', 'imaging', 'telemetry'] },
  // The multipart layer could be a separate package.
  { layer: 'multipart', allowed: [] },
  { layer: 'imaging', allowed: ['compile-cache'] },
  { layer: 'telemetry', allowed: [] },
  // The page uses this layer too, so it must run in browsers.
  { layer: 'file-names', allowed: [] },
  { layer: PAGE_LAYER, allowed: ['file-names'] },
])('$layer imports no other layers than $allowed', async ({ layer, allowed }) => {
  const imported = importsOf(await readGraph())
    .filter(({ from, to }) => layerOf(from) === layer && layerOf(to) !== layer)
    .map(({ to }) => layerOf(to));
  expect([...new Set(imported)].sort()).toEqual(allowed);
});

test('the server does not import the page', async () => {
  const importers = importsOf(await readGraph()).filter(({ to }) => layerOf(to) === PAGE_LAYER);
  expect(importers.filter(({ from }) => layerOf(from) !== PAGE_LAYER)).toEqual([]);
});

test('there is no import cycle', async () => {
  expect(findCycle(await readGraph())).toEqual([]);
});

test.for([
  { what: 'a cycle of two files', graph: { a: ['b'], b: ['a'] }, cycle: ['a', 'b', 'a'] },
  { what: 'a cycle of one file', graph: { a: ['b'], b: ['b'] }, cycle: ['b', 'b'] },
  {
    what: 'a cycle deep in the graph',
    graph: { a: ['b', 'c'], b: ['d'], c: ['d'], d: ['e'], e: ['c'] },
    cycle: ['d', 'e', 'c', 'd'],
  },
  { what: 'no cycle where two paths lead to a file', graph: { a: ['b', 'c'], b: ['c'], c: [] }, cycle: [] },
])('the search finds $what', ({ graph, cycle }) => {
  expect(findCycle(new Map(Object.entries(graph)))).toEqual(cycle);
});

async function readGraph(): Promise<Graph> {
  const names = await readdir(SOURCES, { recursive: true });
  const files = names.filter((name) => /\.(tsx?|mjs|css)$/.test(name));
  return new Map(
    await Promise.all(
      files.map(async (file): Promise<[string, string[]]> => {
        const path = join(SOURCES, file);
        const matches = [...(await readFile(path, 'utf8')).matchAll(IMPORTS)];
        const targets = matches.map((match) => match.slice(1).find((target) => target !== undefined) ?? '');
        const sources = targets.map((target) => relative(SOURCES, join(dirname(path), target)));
        // Stylesheets that the server publishes are no sources.
        return [file, sources.filter((target) => !target.startsWith('../static/'))];
      }),
    ),
  );
}

function importsOf(graph: Graph): Import[] {
  return [...graph].flatMap(([from, targets]) => targets.map((to) => ({ from, to })));
}

function layerOf(file: string): string {
  return file.split('/')[0]?.replace(/\.(ts|mjs)$/, '') ?? '';
}

/** Returns the first cycle, with its first file at both ends, or an empty list. */
function findCycle(graph: Graph): string[] {
  const finished = new Set<string>();
  function visit(file: string, path: readonly string[]): string[] {
    if (path.includes(file)) {
      return [...path.slice(path.indexOf(file)), file];
    }
    if (finished.has(file)) {
      return [];
    }
    for (const target of graph.get(file) ?? []) {
      const cycle = visit(target, [...path, file]);
      if (cycle.length > 0) {
        return cycle;
      }
    }
    finished.add(file);
    return [];
  }
  for (const file of graph.keys()) {
    const cycle = visit(file, []);
    if (cycle.length > 0) {
      return cycle;
    }
  }
  return [];
}
