import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Readable } from 'node:stream';
import { buffer, text } from 'node:stream/consumers';
import { describe, expect, it, onTestFinished } from 'vitest';
import { sendResponse } from '../../src/http/connection/send-response.ts';
import {
  ClientDisconnectedError,
  FileMissingError,
  RequestAnsweredError,
} from '../../src/multipart/errors.ts';
import { type MultipartOptions, readMultipartRequest } from '../../src/multipart/read-multipart-request.ts';
import type { Upload } from '../../src/multipart/upload.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import {
  BODY_END,
  BOUNDARY,
  fieldPart,
  fileHead,
  openWire,
  requestHead,
  type Wire,
} from '../support/wire.ts';

type Variables = Record<string, unknown>;
type Resolver = (variables: Variables) => Promise<unknown>;

interface TestServer {
  readonly url: string;
  readonly spoolDirectory: string;
}

/** Starts a server with a single resolver. The response contains the result of the resolver or its error. */
async function serve(resolve: Resolver, limits: Partial<MultipartOptions> = {}): Promise<TestServer> {
  const spoolDirectory = await temporaryFolder();
  const options = {
    maxFileBytes: 1_000_000,
    maxFiles: 3,
    maxFieldBytes: 5_000,
    maxBodyBytes: 4_000_000,
    idleTimeout: 60_000,
    spoolDirectory,
  };
  const server = createServer(async (request, response) => {
    const { operations, release } = readMultipartRequest(request, { ...options, ...limits });
    const outcome = await operations
      .then((found) => resolve((found as Record<string, Variables>)['variables'] as Variables))
      .then(
        (value) => ({ status: 200, headers: [], body: JSON.stringify(value ?? null) }),
        (error: Error) => ({ status: 400, headers: [], body: `${error.name}: ${error.message}` }),
      );
    release();
    await sendResponse(response, outcome);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, spoolDirectory };
}

async function open(value: unknown): Promise<Readable> {
  return (await (value as Upload).open()).stream;
}

const read = async (value: unknown) => text(await open(value));

/** Returns a complete body, in which the name of each file is the name of its variable. */
function bodyOf(files: Record<string, string>, variables = Object.keys(files)): string {
  const map = Object.fromEntries(variables.map((name) => [name, [`variables.${name}`]]));
  const parts = Object.entries(files).map(
    ([name, content]) => `${fileHead(name, `${name}.txt`)}${content}\r\n`,
  );
  return `${prelude(map)}${parts.join('')}--${BOUNDARY}--\r\n`;
}

function prelude(map: Record<string, string[]>): string {
  return fieldPart('operations', '{"query":"{ x }","variables":{}}') + fieldPart('map', JSON.stringify(map));
}

async function post(server: TestServer, body: string): Promise<{ status: number; body: string }> {
  using wire = await wireTo(server, Buffer.byteLength(body));
  await wire.send(body);
  return await wire.response();
}

async function wireTo({ url }: TestServer, length: number): Promise<Wire> {
  const wire = await openWire(url);
  await wire.send(requestHead({ 'Content-Length': length }));
  return wire;
}

describe('A file', () => {
  it('reaches its resolver unchanged, with the name and type that the client sent', async () => {
    const server = await serve(async ({ a }) => {
      const { fileName, mediaType, stream } = await (a as Upload).open();
      return { fileName, mediaType, content: await text(stream) };
    });
    const { body } = await post(server, bodyOf({ a: 'hello\r\n--portrait-bound\r\nworld' }));
    expect(JSON.parse(body)).toEqual({
      fileName: 'a.txt',
      mediaType: 'application/octet-stream',
      content: 'hello\r\n--portrait-bound\r\nworld',
    });
  });

  it('can have a name in UTF-8', async () => {
    const server = await serve(async ({ a }) => (await (a as Upload).open()).fileName);
    const body = `${prelude({ a: ['variables.a'] })}${fileHead('a', '你好.png')}x${BODY_END}`;
    expect(JSON.parse((await post(server, body)).body)).toBe('你好.png');
  });

  it('fails if its client disconnects after sending the whole body but before all of it is read', async () => {
    const failed = Promise.withResolvers<Error>();
    const server = await serve(async ({ a }) => {
      const stream = await open(a);
      stream.once('error', failed.resolve);
      await once(stream, 'close');
    });
    const body = Buffer.from(bodyOf({ a: 'x'.repeat(90_000) }));
    using wire = await openWire(server.url);
    await wire.send(requestHead({ 'Transfer-Encoding': 'chunked' }));
    // Node.js emits each chunk separately. When paused, it keeps the chunks that follow.
    const chunks: string[] = [];
    for (let start = 0; start < body.length; start += 3000) {
      const chunk = body.subarray(start, start + 3000);
      chunks.push(`${chunk.length.toString(16)}\r\n${chunk}\r\n`);
    }
    await wire.send(`${chunks.join('')}0\r\n\r\n`);
    wire.socket.end();
    expect(await failed.promise).toBeInstanceOf(ClientDisconnectedError);
  });

  it('can be opened before its first byte arrives', async () => {
    const requested = Promise.withResolvers<void>();
    const server = await serve(async ({ a }) => {
      requested.resolve();
      return read(a);
    });
    const body = bodyOf({ a: 'late' });
    const afterMap = body.indexOf(`--${BOUNDARY}`, body.indexOf('name="map"')) + BOUNDARY.length + 4;
    using wire = await wireTo(server, Buffer.byteLength(body));
    await wire.send(body.slice(0, afterMap));
    await requested.promise;
    await wire.send(body.slice(afterMap));
    expect(JSON.parse((await wire.response()).body)).toBe('late');
  });

  it('is read at the speed of its resolver: the sender has to wait, and less than 200 KB are buffered', async () => {
    const opened = Promise.withResolvers<Readable>();
    const finish = Promise.withResolvers<void>();
    const size = 900_000_000;
    const server = await serve(
      async ({ a }) => {
        opened.resolve(await open(a));
        await finish.promise;
      },
      { maxFileBytes: size, maxBodyBytes: size + 1_000_000 },
    );
    using wire = await wireTo(server, size);
    await wire.send(`${prelude({ a: ['variables.a'] })}${fileHead('a', 'a.txt')}`);
    const chunk = Buffer.alloc(1_000_000);
    // Sends until the kernel's buffers on both sides are full and the server reads no more.
    while (wire.socket.write(chunk)) {}
    const stream = await opened.promise;
    expect(stream.readableLength).toBeLessThan(200_000);
    expect(wire.socket.writableLength).toBeGreaterThan(0);
    finish.resolve();
  });

  it('that arrives after another can be read first, or both can be read at once', async () => {
    const inOrder: string[] = [];
    const server = await serve(async ({ a, b }) => {
      const second = await read(b);
      inOrder.push('b');
      const first = await read(a);
      inOrder.push('a');
      return [first.length, second];
    });
    const { body } = await post(server, bodyOf({ a: 'x'.repeat(300_000), b: 'second' }));
    expect(JSON.parse(body)).toEqual([300_000, 'second']);
    expect(inOrder).toEqual(['b', 'a']);
    const both = await serve(async ({ a, b }) => Promise.all([read(b), read(a)]));
    expect(JSON.parse((await post(both, bodyOf({ a: 'first', b: 'second' }))).body)).toEqual([
      'second',
      'first',
    ]);
    expect(await readdir(server.spoolDirectory)).toEqual([]);
  });

  it.each([10, 60_000, 70_000, 500_000])(
    'of %i bytes can be read before or after any other',
    async (size) => {
      const orders = ['abc', 'acb', 'bac', 'bca', 'cab', 'cba'];
      for (const order of orders) {
        const server = await serve(async (variables) => {
          const lengths: number[] = [];
          for (const name of order) {
            lengths.push((await read(variables[name])).length);
          }
          return lengths;
        });
        const { body } = await post(
          server,
          bodyOf({ a: 'x'.repeat(size), b: 'y'.repeat(size), c: 'z'.repeat(size) }),
        );
        expect(JSON.parse(body), order).toEqual([size, size, size]);
      }
    },
  );

  it.each<[string, Resolver]>([
    [
      'both are open',
      async ({ a, b }) => {
        const streams = await Promise.all([open(a), open(b)]);
        return Promise.all(streams.map((stream) => text(stream)));
      },
    ],
    [
      'the next is open',
      async ({ a, b }) => {
        const first = await open(a);
        const second = await open(b);
        return [await text(first), await text(second)];
      },
    ],
    [
      'the next is open, except for its first bytes',
      async ({ a, b }) => {
        const first = await open(a);
        await once(first, 'readable');
        const begin = String(first.read());
        const second = await open(b);
        return [begin + (await text(first)), await text(second)];
      },
    ],
  ])('can wait to be read until %s', async (_when, resolve) => {
    const server = await serve(resolve);
    const files = { a: 'x'.repeat(500_000), b: 'y'.repeat(500_000) };
    const { body } = await post(server, bodyOf(files));
    expect(JSON.parse(body)).toEqual([files.a, files.b]);
  });

  it('that was spooled but is never read is closed', async () => {
    const descriptors = async () => (await readdir('/proc/self/fd')).length;
    const server = await serve(async ({ b }) => read(b));
    await post(server, bodyOf({ a: 'x'.repeat(300_000), b: 'second' }));
    const before = await descriptors();
    for (let round = 0; round < 50; round += 1) {
      await post(server, bodyOf({ a: 'x'.repeat(300_000), b: 'second' }));
    }
    // The timeout is short, because the garbage collector would also close them eventually.
    await expect.poll(descriptors, { timeout: 1_000 }).toBeLessThan(before + 5);
  });

  it('that no resolver opens does not delay the response and leaves nothing behind', async () => {
    const server = await serve(async () => 'done');
    const { status, body } = await post(server, bodyOf({ a: 'x'.repeat(900_000) }));
    expect([status, body]).toEqual([200, '"done"']);
    expect(await readdir(server.spoolDirectory)).toEqual([]);
  });

  it('cannot be opened after the response', async () => {
    let upload: unknown;
    const server = await serve(async ({ a }) => {
      upload = a;
      return 'done';
    });
    const body = bodyOf({ a: 'x'.repeat(900_000) });
    using wire = await wireTo(server, Buffer.byteLength(body));
    await wire.send(body.slice(0, 1_000));
    await wire.response();
    await expect(open(upload)).rejects.toThrow(RequestAnsweredError);
  });

  it('can be opened only once', async () => {
    const server = await serve(async ({ a }) => {
      await read(a);
      return read(a);
    });
    expect((await post(server, bodyOf({ a: 'x' }))).body).toContain('TooManyFilesError');
  });

  it.each([
    ['is sent twice', `${fileHead('a', 'a.txt')}twice${BODY_END}`, 'was sent twice'],
    ['is followed by a truncated part', '--portrait', 'MalformedRequestError'],
  ])('that %s is rejected, although all its bytes have arrived', async (_title, rest, message) => {
    const arrived = Promise.withResolvers<void>();
    const server = await serve(async ({ a }) => {
      const stream = await open(a);
      let content = '';
      for await (const chunk of stream) {
        content += chunk;
        if (content === 'whole') {
          arrived.resolve();
        }
      }
      return content;
    });
    const begin = `${prelude({ a: ['variables.a'] })}${fileHead('a', 'a.txt')}whole\r\n--${BOUNDARY}\r\n`;
    using wire = await wireTo(server, begin.length + rest.length);
    await wire.send(begin);
    await arrived.promise;
    await wire.send(rest.replace(/^--portrait-boundary\r\n/, ''));
    wire.socket.end();
    const answer = await wire.response();
    expect([answer.status, answer.body]).toEqual([400, expect.stringContaining(message)]);
  });

  it('is rejected if the delimiter after it proves to be invalid, although another file follows', async () => {
    const server = await serve(async ({ a }) => read(a));
    const begin = `${prelude({ a: ['variables.a'], b: ['variables.b'] })}${fileHead('a', 'a.txt')}cut\r\n--${BOUNDARY}`;
    const rest = `X\r\n${fileHead('b', 'b.txt')}b${BODY_END}`;
    const { body } = await post(server, begin + rest);
    expect(body).toContain('MalformedRequestError');
  });
});

it('A request fails at once if its client disconnects before the server reads the body', async () => {
  const outcome = Promise.withResolvers<unknown>();
  const server = createServer(async (request) => {
    request.on('error', () => {});
    await new Promise<void>((resolve) => request.once('close', resolve));
    const { operations } = readMultipartRequest(request, {
      maxFileBytes: 1,
      maxFiles: 1,
      maxFieldBytes: 1,
      maxBodyBytes: 1,
      idleTimeout: 60_000,
      spoolDirectory: '',
    });
    operations.then(outcome.resolve, outcome.resolve);
  }).listen(0, '127.0.0.1');
  onTestFinished(() => {
    server.close();
  });
  await once(server, 'listening');
  const wire = await openWire(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  await wire.send(requestHead({ 'Content-Length': 100 }));
  await once(server, 'request');
  wire[Symbol.dispose]();
  expect(await outcome.promise).toBeInstanceOf(ClientDisconnectedError);
});

it('A body does not time out while it waits for its reader', async () => {
  const idleTimeout = 50;
  const server = await serve(
    async ({ a }) => {
      const stream = await open(a);
      // Waits several times as long as a client may stall.
      await new Promise((resolve) => setTimeout(resolve, 5 * idleTimeout));
      return (await buffer(stream)).length;
    },
    { idleTimeout },
  );
  expect((await post(server, bodyOf({ a: 'x'.repeat(900_000) }))).body).toBe('900000');
});

describe('A limit', () => {
  it('accepts a file of exactly the maximum size and rejects one more byte', async () => {
    const server = await serve(async ({ a }) => (await buffer(await open(a))).length, {
      maxFileBytes: 1_000,
    });
    expect((await post(server, bodyOf({ a: 'x'.repeat(1_000) }))).body).toBe('1000');
    expect((await post(server, bodyOf({ a: 'x'.repeat(1_001) }))).body).toContain('FileTooLargeError');
  });

  it.each<[string, Partial<MultipartOptions>, string, string]>([
    ['files in the map', { maxFiles: 1 }, bodyOf({ a: 'x', b: 'y' }), 'TooManyFilesError'],
    ['files among the parts', { maxFiles: 1 }, bodyOf({ a: 'x', b: 'y' }, ['a']), 'TooManyFilesError'],
    ['bytes of a field', { maxFieldBytes: 20 }, bodyOf({ a: 'x' }), 'RequestTooLargeError'],
    ['bytes of the body', { maxBodyBytes: 500 }, bodyOf({ a: 'x'.repeat(1_000) }), 'RequestTooLargeError'],
    [
      'parts',
      {},
      `${Array.from({ length: 20 }, (_, index) => fieldPart(`f${index}`, 'x')).join('')}${bodyOf({ a: 'x' })}`,
      'RequestTooLargeError',
    ],
  ])('applies to the %s', async (_title, limits, body, error) => {
    const server = await serve(async ({ a }) => read(a), limits);
    expect((await post(server, body)).body).toContain(error);
  });
});

describe('The first limit that a body exceeds is reported', () => {
  const LIMITS = { maxFileBytes: 2_000, maxBodyBytes: 4_000 };
  const large = (name: string) => `${fileHead(name, 'a.txt')}${'x'.repeat(9_000)}\r\n`;
  const begin = prelude({ a: ['variables.a'] });
  const end = `--${BOUNDARY}--\r\n`;

  const BODIES = [
    ['a file', `${begin}${large('a')}${end}`, 'FileTooLargeError'],
    [
      'a file before other parts',
      `${begin}${large('a')}${fieldPart('b', 'x')}${large('c')}${end}`,
      'FileTooLargeError',
    ],
    ['a file that the map does not name', `${begin}${large('b')}${end}`, 'FileTooLargeError'],
    ['a file with an empty map', `${prelude({})}${large('a')}${end}`, 'FileTooLargeError'],
    [
      'small parts, before the file',
      `${begin}${fieldPart('b', 'x'.repeat(4_000))}${large('a')}${end}`,
      'RequestTooLargeError',
    ],
    [
      'small parts, after the file',
      `${begin}${fileHead('a', 'a.txt')}x\r\n${fieldPart('b', 'x'.repeat(4_000))}${large('c')}${end}`,
      'RequestTooLargeError',
    ],
    [
      'text after the last part',
      `${begin}${fileHead('a', 'a.txt')}x\r\n${end}${'x'.repeat(9_000)}`,
      'RequestTooLargeError',
    ],
    [
      'a malformed part before the limit',
      `${begin}${fileHead('a', 'a.txt')}x\r\n--${BOUNDARY}X${'x'.repeat(9_000)}`,
      'MalformedRequestError',
    ],
  ] as const;

  it.each(BODIES)('for %s, whatever the size of its chunks', async (_what, body, error) => {
    const server = await serve(async ({ a }) => read(a), LIMITS);
    for (const size of [700, 5_000, body.length]) {
      using wire = await openWire(server.url);
      await wire.send(requestHead({ 'Transfer-Encoding': 'chunked' }));
      const chunks: string[] = [];
      for (let start = 0; start < body.length; start += size) {
        const chunk = body.slice(start, start + size);
        chunks.push(`${chunk.length.toString(16)}\r\n${chunk}\r\n`);
      }
      await wire.send(`${chunks.join('')}0\r\n\r\n`);
      expect((await wire.response()).body, `chunks of ${size} bytes`).toContain(error);
    }
  });
});

describe('A malformed request is rejected', () => {
  const file = `${fileHead('a', 'a.txt')}x${BODY_END}`;
  const operations = fieldPart('operations', '{"query":"{ x }","variables":{}}');
  const map = fieldPart('map', '{"a":["variables.a"]}');

  it.each([
    ['without operations', `${map}${file}`, 'must be sent first'],
    ['without a map', `${operations}--${BOUNDARY}--\r\n`, '"map" is missing'],
    ['without any parts', `--${BOUNDARY}--\r\n`, '"operations" is missing'],
    ['with an empty body', '', 'MalformedRequestError'],
    ['with a file before the map', `${operations}${file}`, 'must be sent before the files'],
    [
      'with operations as a file, but no map',
      `${fileHead('operations', 'o.json')}{}${BODY_END}`,
      '"map" is missing',
    ],
    ['with operations twice', `${operations}${operations}${map}${file}`, 'was sent twice'],
    ['with the map twice', `${operations}${map}${map}${file}`, 'was sent twice'],
    [
      'with text in place of a file',
      `${operations}${map}${fieldPart('a', 'x')}--${BOUNDARY}--\r\n`,
      'contains text',
    ],
    [
      'if it is truncated within a header',
      `${operations}${map}--${BOUNDARY}\r\nContent-Disp`,
      'MalformedRequestError',
    ],
    [
      'if it is truncated within a file',
      `${operations}${map}${fileHead('a', 'a.txt')}half`,
      'MalformedRequestError',
    ],
    ['without the mapped file', `${operations}${map}--${BOUNDARY}--\r\n`, 'that "map" names is missing'],
    ['with an empty file', `${operations}${map}${fileHead('a', 'a.txt')}${BODY_END}`, 'is empty'],
  ])('%s', async (_title, body, message) => {
    const server = await serve(async ({ a }) => read(a));
    const answer = await post(server, body);
    expect([answer.status, answer.body]).toEqual([400, expect.stringContaining(message)]);
  });

  it('if its Content-Type names no boundary', async () => {
    const server = await serve(async () => 'done');
    using wire = await openWire(server.url);
    await wire.send(requestHead({ 'Content-Type': 'multipart/form-data', 'Content-Length': 1 }));
    expect((await wire.response()).body).toContain('boundary');
  });
});

describe('A client that disconnects', () => {
  it('before its file begins makes the resolver fail', async () => {
    const failure = Promise.withResolvers<unknown>();
    const server = await serve(({ a }) => read(a).catch(failure.resolve));
    const wire = await wireTo(server, 10_000);
    await wire.send(`${prelude({ a: ['variables.a'] })}--${BOUNDARY}\r\n`);
    wire.socket.destroy();
    expect(await failure.promise).toBeInstanceOf(ClientDisconnectedError);
  });

  it('in the middle of its file makes the reader fail and leaves no files', async () => {
    const failure = Promise.withResolvers<unknown>();
    const began = Promise.withResolvers<void>();
    const server = await serve(async ({ a }) => {
      const stream = await open(a);
      stream.once('data', () => began.resolve());
      await buffer(stream).catch(failure.resolve);
    });
    const wire = await wireTo(server, 500_000);
    await wire.send(`${prelude({ a: ['variables.a'] })}${fileHead('a', 'a.txt')}${'x'.repeat(100_000)}`);
    await began.promise;
    wire.socket.destroy();
    expect(await failure.promise).toBeInstanceOf(ClientDisconnectedError);
    expect(await readdir(server.spoolDirectory)).toEqual([]);
  });

  it('during a file that precedes the opened file makes the resolver fail and leaves no files', async () => {
    const failure = Promise.withResolvers<unknown>();
    const server = await serve(({ b }) => read(b).catch(failure.resolve));
    const wire = await wireTo(server, 500_000);
    await wire.send(
      `${prelude({ a: ['variables.a'], b: ['variables.b'] })}${fileHead('a', 'a.txt')}${'x'.repeat(100_000)}`,
    );
    wire.socket.destroy();
    expect(await failure.promise).toBeInstanceOf(ClientDisconnectedError);
    await expect.poll(() => readdir(server.spoolDirectory)).toEqual([]);
  });
});

it('A file that never arrives fails only the call that opens it, at once', async () => {
  const server = await serve(async ({ a, b }) => [
    await read(a),
    await read(b).catch((error: unknown) => error instanceof FileMissingError),
  ]);
  expect(JSON.parse((await post(server, bodyOf({ a: 'here' }, ['a', 'b']))).body)).toEqual(['here', true]);
});
