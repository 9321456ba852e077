import { createHash, randomUUID } from 'node:crypto';
import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { GraphQLScalarType } from 'graphql';
import { createSchema } from 'graphql-yoga';
import { schema as portraitSchema } from '../../src/graphql/schema.ts';
import { createHttpServer, type HttpServerOptions } from '../../src/http/server.ts';
import { createGraphQLServer } from '../../src/http/yoga/yoga.ts';
import { GatheredChunks } from '../../src/multipart/gathered-chunks.ts';
import type { MultipartOptions } from '../../src/multipart/read-multipart-request.ts';
import { saveChunks } from '../../src/multipart/save-chunks.ts';
import type { Upload } from '../../src/multipart/upload.ts';
import { createLogger } from '../../src/telemetry/logger.ts';
import { NO_AVATARS } from './no-avatars.ts';
import { picturesIn } from './pictures-in.ts';
import { makeTemporaryFolder } from './temporary-folder.ts';

export interface MultipartServer extends AsyncDisposable {
  readonly url: string;
  /** Folder for spooled files. `/static/` serves it too. */
  readonly folder: string;
  /** Returns the names of the currently spooled files. */
  spooled(): Promise<string[]>;
}

/** A file as a resolver received it. */
export interface ReceivedFile {
  readonly fileName: string | null;
  readonly mediaType: string;
  readonly bytes: number;
  readonly sha256: string;
}

export const TEST_LIMITS = {
  maxFileBytes: 100_000,
  maxFiles: 3,
  maxFieldBytes: 8_000,
  maxBodyBytes: 100_000 + 64 * 1024,
  idleTimeout: 60_000,
} as const;

/** Starts Portrait's HTTP and GraphQL servers with a schema that has the scalar `File` in every position. */
export async function startMultipartServer(
  limits: Partial<MultipartOptions> = {},
  timeouts: Partial<HttpServerOptions['timeouts']> = {},
  maxPendingBytes = 32 * 1024 * 1024,
): Promise<MultipartServer> {
  const folder = await makeTemporaryFolder();
  const logger = createLogger('silent');
  const multipart = { ...TEST_LIMITS, spoolDirectory: folder.path, ...limits };
  const basePath = () => '';
  const allowsOrigin = () => false;
  const server = createHttpServer({
    graphql: createGraphQLServer({
      schema,
      createContext: async () => ({ folder: folder.path }),
      multipart,
      basePath,
      allowsOrigin,
      introspection: true,
      logger,
    }),
    pictures: picturesIn(folder.path),
    avatars: NO_AVATARS,
    routes: {
      staticDirectory: folder.path,
      publicUrl: () => 'http://127.0.0.1',
      picturesUrl: () => 'http://127.0.0.1/static/pictures',
      needsToken: false,
      runQuery: async () => ({}),
      checkReady: async () => {},
    },
    overHttps: () => false,
    limitRequests: async () => {},
    maxConnections: 1000,
    maxConnectionsPerAddress: 0,
    trustedProxies: [],
    maxPendingBytes,
    timeouts: { headers: 10_000, request: 60_000, idle: 60_000, rateWindow: 60_000, ...timeouts },
    headerRules: {
      maxUploadBytes: multipart.maxFileBytes,
      loopbackOnly: true,
      allowsOrigin,
      onRejectedOrigin: () => {},
    },
    basePath,
    logger,
  });
  const port = await server.listen('127.0.0.1', 0);
  return {
    url: `http://127.0.0.1:${port}`,
    folder: folder.path,
    spooled: () => readdir(folder.path),
    async [Symbol.asyncDispose]() {
      await server.stop({ drain: 0, grace: 0 });
      await folder[Symbol.asyncDispose]();
    },
  };
}

type Files = Readonly<Record<string, Upload>>;

const schema = createSchema({
  typeDefs: /* GraphQL */ `
    scalar File
    type ReceivedFile { fileName: String mediaType: String! bytes: Float! sha256: String! }
    enum Order { AB BA TOGETHER }
    input Picture { title: String file: File! }
    type Query { ready: Boolean!, broken: Boolean }
    type Mutation {
      take(file: File!): ReceivedFile!
      takeOptional(file: File): Float!
      "Saves the file as Portrait does, and deletes it."
      store(file: File!): Float!
      takeList(files: [File!]!): [ReceivedFile!]!
      takeNested(picture: Picture!): ReceivedFile!
      takeTwo(a: File!, b: File!, order: Order! = AB): [ReceivedFile!]!
      ignore(file: File!): Boolean!
      fail(file: File!): Boolean!
      failAfterFirstByte(file: File!): Boolean!
    }
  `,
  resolvers: {
    File: portraitSchema.getType('File') as GraphQLScalarType,
    Query: {
      ready: () => true,
      broken: () => {
        throw new TypeError('A resolver that fails.');
      },
    },
    Mutation: {
      take: (_root: unknown, { file }: Files) => take(file),
      takeOptional: async (_root: unknown, { file }: Files) => (file ? (await take(file)).bytes : 0),
      store: (_root: unknown, { file }: Files, { folder }: { folder: string }) => store(file, folder),
      takeList: (_root: unknown, { files }: { files: Upload[] }) => Promise.all(files.map(take)),
      takeNested: (_root: unknown, { picture }: { picture: { file: Upload } }) => take(picture.file),
      takeTwo: async (_root: unknown, { a, b, order }: { a: Upload; b: Upload; order: string }) => {
        if (order === 'TOGETHER') {
          return Promise.all([take(a), take(b)]);
        }
        const first = await take(order === 'AB' ? a : b);
        const second = await take(order === 'AB' ? b : a);
        return [first, second];
      },
      ignore: () => true,
      fail: () => {
        throw new TypeError('A resolver that fails.');
      },
      failAfterFirstByte: async (_root: unknown, { file }: Files) => {
        for await (const _chunk of (await (file as Upload).open()).stream) {
          throw new TypeError('A resolver that fails.');
        }
      },
    },
  },
});

async function store(upload: Upload | undefined, folder: string): Promise<number> {
  const { stream } = await (upload as Upload).open();
  const path = join(folder, randomUUID());
  await saveChunks(new GatheredChunks(stream), path);
  const { size } = await stat(path);
  await rm(path);
  return size;
}

async function take(upload: Upload | undefined): Promise<ReceivedFile> {
  const { fileName, mediaType, stream } = await (upload as Upload).open();
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const chunk of stream) {
    hash.update(chunk as Buffer);
    bytes += (chunk as Buffer).length;
  }
  return { fileName: fileName ?? null, mediaType, bytes, sha256: hash.digest('hex') };
}
