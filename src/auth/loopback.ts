import { BlockList, isIP } from 'node:net';

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

/** Returns whether a host name or address, without a port, can only mean this machine. */
export function isLoopback(host: string): boolean {
  const name = host.toLowerCase().replace(/^\[(.*)\]$/, '$1');
  if (name === 'localhost' || name.endsWith('.localhost')) {
    return true;
  }
  const version = isIP(name);
  return version !== 0 && loopback.check(name, version === 6 ? 'ipv6' : 'ipv4');
}

/**
 * Returns whether a Host header can only mean this machine. This check prevents DNS rebinding: a foreign site can point
 * its own name to 127.0.0.1, but browsers still send that name as the Host.
 */
export function isLoopbackHostHeader(host: string | undefined): boolean {
  return host !== undefined && isLoopback(host.replace(/:\d*$/, ''));
}
