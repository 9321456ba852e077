import { BlockList, isIP } from 'node:net';

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

/** Whether a name or address, as in a URL or a Host header without its port, can only mean this machine. */
export function isLoopback(host: string): boolean {
  const name = host.toLowerCase().replace(/^\[(.*)\]$/, '$1');
  if (name === 'localhost' || name.endsWith('.localhost')) {
    return true;
  }
  const version = isIP(name);
  return version !== 0 && loopback.check(name, version === 6 ? 'ipv6' : 'ipv4');
}

/** The same for a whole Host header. A page elsewhere can point its own name to 127.0.0.1, and this tells it apart. */
export function isLoopbackHostHeader(host: string | undefined): boolean {
  return host !== undefined && isLoopback(host.replace(/:\d*$/, ''));
}
