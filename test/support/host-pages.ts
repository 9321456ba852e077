import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { compile } from 'svelte/compiler';
import { build, type Plugin, type Rolldown } from 'vite';
import { compileScript, parse } from 'vue/compiler-sfc';

const SOURCES = join(import.meta.dirname, '../browser/hosts');
const NAMES = ['plain', 'react', 'vue', 'svelte'] as const;

export type HostName = (typeof NAMES)[number];

export interface Hosts extends AsyncDisposable {
  /** Origin of the host pages. */
  readonly url: string;
  /** Sets the base URL of Portrait, and the token of the signed-in user. */
  connect(portraitUrl: string, token: string): void;
}

/** Builds a page per framework, and serves them on an origin of their own, under a strict policy. */
export async function startHosts(): Promise<Hosts> {
  const scripts = await buildScripts();
  let portrait = '';
  let token = '';
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://host');
    const script = scripts.get(pathname.slice(1));
    const name = NAMES.find((candidate) => pathname === `/${candidate}`);
    if (script !== undefined) {
      response.writeHead(200, { 'Content-Type': 'text/javascript' }).end(script);
    } else if (pathname === '/token') {
      response.end(token);
    } else if (name === undefined) {
      response.writeHead(404).end();
    } else {
      const headers = { 'Content-Type': 'text/html', 'Content-Security-Policy': policyFor(portrait) };
      response.writeHead(200, headers).end(pageOf(name, portrait));
    }
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    connect(portraitUrl, signedInToken) {
      [portrait, token] = [portraitUrl, signedInToken];
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** Returns the policy of docs/elements.md. */
function policyFor(portrait: string): string {
  return [
    "default-src 'none'",
    `script-src 'self' ${portrait} 'wasm-unsafe-eval'`,
    `connect-src 'self' ${portrait}`,
    `img-src ${portrait} blob:`,
    'worker-src blob:',
    "base-uri 'none'",
  ].join('; ');
}

function pageOf(name: HostName, portrait: string): string {
  const elements = `
    <portrait-avatar user-id="ann" name="Ann Lee" size="96"></portrait-avatar>
    <portrait-avatar id="fallback" user-id="ann" size="96">
      <img src="${portrait}/users/ann/avatar?size=96" width="96" height="96" alt="Ann">
    </portrait-avatar>
    <portrait-editor>
    </portrait-editor>
    <output></output>`;
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>Host</title>
    <link rel="icon" href="${portrait}/static/images/favicon.svg">
    <script type="module" src="${portrait}/static/elements/portrait.js"></script>
    <script type="module" src="/${name}.js"></script>
  </head>
  <body>
    <main><h1>Host</h1><div id="app">${name === 'plain' ? elements : ''}</div></main>
  </body>
</html>`;
}

async function buildScripts(): Promise<ReadonlyMap<string, string>> {
  const input = Object.fromEntries(NAMES.map((name) => [name, join(SOURCES, fileOf(name))]));
  const result = await build({
    configFile: false,
    root: SOURCES,
    logLevel: 'error',
    publicDir: false,
    // The same build as for users. Vitest sets NODE_ENV to `test`.
    define: { 'process.env.NODE_ENV': '"production"', __VUE_OPTIONS_API__: 'false' },
    oxc: { jsx: { runtime: 'automatic', development: false } },
    resolve: { conditions: ['browser', 'module', 'production'] },
    plugins: [COMPONENTS],
    build: {
      write: false,
      minify: false,
      modulePreload: { polyfill: false },
      rolldownOptions: { input, output: { entryFileNames: '[name].js', chunkFileNames: '[name]-chunk.js' } },
    },
  });
  const { output } = result as Rolldown.RolldownOutput;
  return new Map(output.flatMap((file) => (file.type === 'chunk' ? [[file.fileName, file.code]] : [])));
}

function fileOf(name: HostName): string {
  return name === 'react' ? 'react.tsx' : `${name}.ts`;
}

/** Compiles the components of Vue and Svelte. The compilers are those of the frameworks' own plugins. */
const COMPONENTS: Plugin = {
  name: 'components',
  async load(id) {
    if (id.endsWith('.vue')) {
      const { descriptor } = parse(await readFile(id, 'utf8'), { filename: id });
      const isCustomElement = (tag: string) => tag.startsWith('portrait-');
      const templateOptions = { compilerOptions: { isCustomElement } };
      return compileScript(descriptor, { id: 'app', inlineTemplate: true, templateOptions }).content;
    }
    if (id.endsWith('.svelte')) {
      return compile(await readFile(id, 'utf8'), { filename: id, generate: 'client' }).js.code;
    }
    return undefined;
  },
};
