import { auditServer } from 'graphql-http';
import { expect, it } from 'vitest';
import { portraitForTest } from '../../support/portrait.ts';
import { openWire } from '../../support/wire.ts';

it('The server passes every audit of graphql-http: each MUST, SHOULD and MAY', async () => {
  const portrait = await portraitForTest();
  const results = await auditServer({ url: `${portrait.url}/graphql` });
  expect(results.length).toBeGreaterThan(50);
  const failed = results.flatMap((result) =>
    result.status === 'ok' ? [] : [`${result.id} ${result.name}: ${result.reason}`],
  );
  expect(failed).toEqual([]);
});

it('Two Content-Types, missing bodies and invalid UTF-8 are rejected, and clients that exclude HTML get JSON', async () => {
  const { url } = await portraitForTest();
  const body = '{"query":"{ __typename }"}';
  using wire = await openWire(url);
  await wire.send(
    `POST /graphql HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Type: text/plain\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
  );
  expect((await wire.response()).status).toBe(415);
  for (const [type, message] of [
    ['application/json', 'The body is not valid JSON'],
    ['multipart/form-data; boundary=b', 'The multipart body is malformed or incomplete.'],
  ] as const) {
    // Without a Content-Length, the request has no body, and Node emits no `end` for it.
    using wire = await openWire(url);
    await wire.send(
      `POST /graphql HTTP/1.1\r\nHost: 127.0.0.1\r\nGraphQL-Preflight: 1\r\nContent-Type: ${type}\r\n\r\n`,
    );
    const response = await wire.response();
    expect([response.status, response.body]).toEqual([400, expect.stringContaining(message)]);
  }
  const broken = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: Buffer.from('{"query":"{ user(id: \\"\xe9\\") { id } }"}', 'latin1'),
  });
  expect(await broken.text()).toContain('The body is not valid UTF-8.');
  const response = await fetch(`${url}/graphql?query={__typename}`, {
    headers: { Accept: 'application/json, text/html;q=0' },
  });
  expect(response.headers.get('Content-Type')).toBe('application/json; charset=utf-8');
  expect(response.headers.get('Cache-Control')).toBe('private, no-cache');
});
