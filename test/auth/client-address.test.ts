import type { IncomingMessage } from 'node:http';
import { describe, expect, it } from 'vitest';
import { createClientAddress } from '../../src/auth/client-address.ts';
import { usedHeap } from '../support/used-heap.ts';

const MIB = 1024 * 1024;

function requestFrom(remoteAddress: string | undefined, forwarded?: string): IncomingMessage {
  const headers = forwarded === undefined ? {} : { 'x-forwarded-for': forwarded };
  return { headers, socket: { remoteAddress } } as unknown as IncomingMessage;
}

/** Returns different addresses. */
function addresses(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `203.0.${100 + (index >> 8)}.${index & 255}`);
}

describe('The client of a request', () => {
  const clientOf = createClientAddress(['10.0.0.0/8']);

  it.for<[what: string, request: IncomingMessage, client: string | undefined]>([
    ['an IPv4 address', requestFrom('198.51.100.7'), '198.51.100.7'],
    ['the same address in IPv6 notation', requestFrom('::ffff:198.51.100.7'), '198.51.100.7'],
    ['the network of an IPv6 address', requestFrom('2001:db8:1:2:3::4'), '20010db800010002'],
    ['undefined for this machine', requestFrom('127.0.0.1'), undefined],
    ['unknown after the connection has closed', requestFrom(undefined), 'unknown'],
    ['the address that a trusted proxy forwards', requestFrom('10.0.0.1', '198.51.100.8'), '198.51.100.8'],
    ['that address without its port', requestFrom('10.0.0.1', '198.51.100.8:1001'), '198.51.100.8'],
    ['an untrusted proxy itself', requestFrom('192.0.2.1', '198.51.100.8'), '192.0.2.1'],
    ['unknown if a proxy forwards a long text', requestFrom('10.0.0.1', 'x'.repeat(100)), 'unknown'],
  ])('is %s, each time, and after thousands of other clients', ([, request, client]) => {
    expect(clientOf(request)).toBe(client);
    expect(clientOf(request)).toBe(client);
    const others = addresses(2_500);
    expect(others.map((address) => clientOf(requestFrom(address)))).toEqual(others);
    expect(clientOf(request)).toBe(client);
  });

  it('keeps no header in memory', () => {
    const before = usedHeap();
    for (const address of addresses(900)) {
      clientOf(requestFrom('10.0.0.1', `${'198.51.100.1, '.repeat(1_000)}${address}`));
    }
    expect(usedHeap() - before).toBeLessThan(3 * MIB);
  });
});
