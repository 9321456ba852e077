import { randomBytes } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import { expect, test } from 'vitest';
import { signatureHeaders } from '../../src/webhooks/sign.ts';

const BODY = '{"type":"profile_picture.updated","data":{"altText":"Ann’s 🐈"}}';

function contentOf(body = BODY) {
  return { id: 'msg_1', timestamp: Math.floor(Date.now() / 1000), body };
}

function verify(secret: Buffer, headers: Record<string, string>, body = BODY): unknown {
  return new Webhook(`whsec_${secret.toString('base64')}`).verify(body, headers);
}

test('the package standardwebhooks verifies the signature, and rejects another body, id, time or secret', () => {
  for (const bytes of [24, 64]) {
    const secret = randomBytes(bytes);
    const headers = signatureHeaders([secret], contentOf());
    expect(headers['webhook-signature']).toMatch(/^v1,[A-Za-z0-9+/]{43}=$/);
    expect(verify(secret, headers)).toEqual(JSON.parse(BODY));
    expect(() => verify(secret, headers, `${BODY} `)).toThrow('signature');
    expect(() => verify(secret, { ...headers, 'webhook-id': 'msg_2' })).toThrow('signature');
    const earlier = String(Number(headers['webhook-timestamp']) - 1);
    expect(() => verify(secret, { ...headers, 'webhook-timestamp': earlier })).toThrow('signature');
    expect(() => verify(randomBytes(bytes), headers)).toThrow('signature');
  }
});

test('during a rotation, receivers with the old and with the new secret verify the same webhook', () => {
  const secrets = [randomBytes(32), randomBytes(32)] as const;
  const headers = signatureHeaders(secrets, contentOf());
  expect(headers['webhook-signature']).toMatch(/^v1,\S+ v1,\S+$/);
  for (const secret of secrets) {
    expect(verify(secret, headers)).toEqual(JSON.parse(BODY));
  }
  expect(() => verify(randomBytes(32), headers)).toThrow('signature');
});
