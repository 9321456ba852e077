import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type MultipartServer, startMultipartServer } from '../support/multipart-server.ts';
import { openWire, requestHead, type WireResponse } from '../support/wire.ts';
import { taken, USUAL, WIRE_CASES, type WireCase } from './wire-cases.ts';

let server: MultipartServer;

beforeAll(async () => {
  server = await startMultipartServer();
});

afterAll(() => server[Symbol.asyncDispose]());

/** Sends a case unchanged, with no bytes after it. */
async function send({ body, headers, chunked = false }: WireCase): Promise<WireResponse> {
  const bytes = Buffer.from(body);
  using wire = await openWire(server.url);
  const length = chunked ? { 'Transfer-Encoding': 'chunked' } : { 'Content-Length': bytes.length };
  await wire.send(requestHead({ Accept: 'application/graphql-response+json', ...length, ...headers }));
  if (chunked) {
    const middle = bytes.length >> 1;
    for (const piece of [bytes.subarray(0, middle), bytes.subarray(middle)]) {
      wire.socket.write(`${piece.length.toString(16)}\r\n`);
      wire.socket.write(piece);
      wire.socket.write('\r\n');
    }
    wire.socket.write('0\r\n\r\n');
  } else {
    wire.socket.write(bytes);
  }
  return await wire.response();
}

describe.each(Object.entries(WIRE_CASES))('A multipart request %s', (_outcome, cases) => {
  it.each(cases)('$title', async (wireCase) => {
    const { status, headers, body } = await send(wireCase);
    const { data, errors } = JSON.parse(body);
    expect(headers['content-type']).toBe('application/graphql-response+json; charset=utf-8');
    if ('data' in wireCase.answer) {
      expect({ status, data, errors }).toEqual({
        status: 200,
        data: wireCase.answer.data,
        errors: undefined,
      });
    } else {
      const { says = '', ...expected } = wireCase.answer;
      expect({ status, code: errors?.[0].extensions.code }).toEqual(expected);
      expect(errors[0].message).toContain(says);
      expect(data ?? null).toBeNull();
    }
    expect(({} as Record<string, unknown>)['x']).toBeUndefined();
    await expect.poll(() => server.spooled()).toEqual([]);
  });
});

it('An error response closes the connection cleanly or leaves it open for the next request', async () => {
  const early = USUAL.replace('"variables.file"', '"query"');
  const late = USUAL.replace('"0"', '"other"');
  for (const body of [early, late]) {
    using wire = await openWire(server.url);
    await wire.send(requestHead({ 'Content-Length': body.length }) + body);
    const { status, headers } = await wire.response();
    expect(status).toBe(400);
    if (headers['connection'] === 'close') {
      await wire.closed();
      expect(wire.socket.errored).toBeNull();
    } else {
      await wire.send(requestHead({ 'Content-Length': USUAL.length }) + USUAL);
      expect(JSON.parse((await wire.response()).body).data.take).toEqual(taken('hello'));
    }
  }
});
