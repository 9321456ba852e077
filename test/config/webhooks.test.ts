import { expect, test } from 'vitest';
import { type ConfigError, parseConfig } from '../../src/config/load-config.ts';

const URL = 'https://app.example.com/webhooks';

function secretOf(bytes: number, fill = 7): string {
  return `whsec_${Buffer.alloc(bytes, fill).toString('base64')}`;
}

const SECRET = secretOf(32);

function faultsOf(environment: Record<string, string>): readonly string[] {
  try {
    parseConfig(environment);
    return [];
  } catch (error) {
    return (error as ConfigError).faults;
  }
}

test.for([
  URL,
  `${URL}?token=1`,
  'http://localhost:3000/webhooks',
  'http://127.0.0.1/',
  'http://[::1]:3000/',
  'http://app:3000/webhooks',
  'http://app.internal/',
  'http://APP.local/',
  'http://10.1.2.3/',
  'http://172.31.0.1/',
  'http://192.168.0.1/',
  'http://[fd00::1]/',
])('WEBHOOK_URL=%s is accepted', (url) => {
  expect(parseConfig({ WEBHOOK_URL: url, WEBHOOK_SECRET: SECRET }).WEBHOOK_URL).toBe(url);
});

const PRIVATE = 'must be an https URL, or an http URL on this machine or in a private network';
const SHAPE = 'must be a URL such as https://app.example.com/webhooks/portrait';
const PLAIN = 'must not contain a user, a password or a fragment. WEBHOOK_SECRET authenticates each webhook';

test.for([
  ['app.example.com', SHAPE],
  ['ftp://app.example.com', SHAPE],
  ['http://app.example.com/', PRIVATE],
  ['http://172.32.0.1/', PRIVATE],
  ['http://8.8.8.8/', PRIVATE],
  ['http://169.254.169.254/', PRIVATE],
  ['http://[2001:db8::1]/', PRIVATE],
  ['http://internal.example/', PRIVATE],
  ['https://user:hunter2@app.example.com/', PLAIN],
  ['https://app.example.com/#a', PLAIN],
  [`https://app.example.com/${'a'.repeat(2_000)}`, 'must have at most 2000 characters'],
])('WEBHOOK_URL=%s is rejected: it %s', ([url = '', rule]) => {
  expect(faultsOf({ WEBHOOK_URL: url, WEBHOOK_SECRET: SECRET })).toEqual([`WEBHOOK_URL ${rule}.`]);
});

test('WEBHOOK_SECRET is one secret of 24 to 64 bytes, or two during a rotation', () => {
  const secretsIn = (text: string) =>
    parseConfig({ WEBHOOK_URL: URL, WEBHOOK_SECRET: text }).WEBHOOK_SECRET?.map((secret) => [...secret]);
  expect(secretsIn(secretOf(24))).toEqual([Array(24).fill(7)]);
  expect(secretsIn(secretOf(64))).toEqual([Array(64).fill(7)]);
  expect(secretsIn(`${secretOf(32, 1)}  ${secretOf(40, 2)} `)).toEqual([
    Array(32).fill(1),
    Array(40).fill(2),
  ]);
});

const EXAMPLE = 'for example from `echo whsec_$(openssl rand -base64 32)`';
const BASE64 = `must be "whsec_" followed by base64 with its padding, ${EXAMPLE}`;

test.for([
  [' ', `must be a secret, ${EXAMPLE}`],
  ['hunter2hunter2', `must begin with "whsec_", ${EXAMPLE}`],
  [`${SECRET} hunter2`, `must begin with "whsec_", ${EXAMPLE}`],
  ['whsec_hunter2!', BASE64],
  ['whsec_aHVudGVyMg', BASE64],
  [SECRET.replace('whsec_', 'whsec_-'), BASE64],
  ['whsec_', `must be the base64 of 24 to 64 bytes, ${EXAMPLE}`],
  [secretOf(23), `must be the base64 of 24 to 64 bytes, ${EXAMPLE}`],
  [secretOf(65), `must be the base64 of 24 to 64 bytes, ${EXAMPLE}`],
  [`${SECRET} ${SECRET}`, 'must be two different secrets during a rotation'],
  [
    [1, 2, 3].map((fill) => secretOf(32, fill)).join(' '),
    'must be one secret, or two separated by a space during a rotation',
  ],
])('WEBHOOK_SECRET=%s is rejected, and the message does not contain it', ([secret = '', rule]) => {
  const faults = faultsOf({ WEBHOOK_URL: URL, WEBHOOK_SECRET: secret });
  expect(faults).toEqual([`WEBHOOK_SECRET ${rule}.`]);
  expect(faults.join()).not.toContain('hunter2');
});

test('WEBHOOK_URL and WEBHOOK_SECRET must be set together', () => {
  const rule = 'WEBHOOK_URL and WEBHOOK_SECRET must be set together.';
  expect(faultsOf({ WEBHOOK_URL: URL })).toEqual([`WEBHOOK_SECRET is missing. ${rule}`]);
  expect(faultsOf({ WEBHOOK_SECRET: SECRET })).toEqual([`WEBHOOK_URL is missing. ${rule}`]);
});
