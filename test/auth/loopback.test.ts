import { expect, test } from 'vitest';
import { isLoopback, isLoopbackHostHeader } from '../../src/auth/loopback.ts';

test.for([
  '127.0.0.1',
  '127.1.2.3',
  '127.255.255.255',
  'localhost',
  'LocalHost',
  'foo.localhost',
  'a.b.localhost',
  '::1',
  '[::1]',
  '0:0:0:0:0:0:0:1',
  // IPv4-mapped IPv6 addresses: connections to them go to 127.0.0.1.
  '::ffff:127.0.0.1',
  '[::ffff:7f00:1]',
])('%s always means this machine', (host) => {
  expect(isLoopback(host)).toBe(true);
});

test.for([
  '',
  '0.0.0.0',
  '::',
  '[::]',
  '*',
  '10.0.0.1',
  '126.255.255.255',
  '128.0.0.1',
  '192.168.1.1',
  '169.254.0.1',
  'fe80::1',
  '::2',
  '::ffff:10.0.0.1',
  '64:ff9b::7f00:1',
  'evil.example',
  'localhost.evil.example',
  '127.0.0.1.evil.example',
  'evillocalhost',
  'localhost@evil.example',
  '127.0.0.1 evil.example',
  ' 127.0.0.1',
  // Programs differ in how they parse these.
  '127.1',
  '0177.0.0.1',
  '2130706433',
  '[127.0.0.1',
  '127.0.0.1:4000',
])('"%s" can mean another machine', (host) => {
  expect(isLoopback(host)).toBe(false);
});

test.for([
  '127.0.0.1:4000',
  '127.0.0.1',
  '127.1.2.3:80',
  'localhost',
  'localhost:4000',
  'LOCALHOST:4000',
  'foo.localhost:4000',
  '[::1]:4000',
  '[::1]',
  '[::ffff:127.0.0.1]:4000',
])('The Host header "%s" names this machine', (header) => {
  expect(isLoopbackHostHeader(header)).toBe(true);
});

test.for([
  undefined,
  '',
  ':4000',
  '0.0.0.0:4000',
  '10.0.0.1:4000',
  '[::]:4000',
  '[::ffff:10.0.0.1]:4000',
  'evil.example',
  'evil.example:4000',
  'localhost.evil.example:4000',
  '127.0.0.1.evil.example:4000',
  'evil.example:127.0.0.1',
  'evil.example, localhost',
  'localhost, evil.example',
  'localhost:4000:evil.example',
  'localhost@evil.example:4000',
  '[::1]evil.example:4000',
])('The Host header "%s" does not name this machine', (header) => {
  expect(isLoopbackHostHeader(header)).toBe(false);
});
