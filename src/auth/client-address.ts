import type { IncomingMessage } from 'node:http';
import ipaddr from 'ipaddr.js';
import proxyAddr from 'proxy-addr';

/** Bytes of an IPv6 address that one customer of a provider is given; the rest is for the customer to vary. */
const IPV6_NETWORK_BYTES = 8;

/** Some proxies name the port too: `203.0.113.7:1001`, `[2001:db8::1]:10`. */
const WITH_PORT = /^(?:\[(?<ipv6>[^\]]+)\](?::\d+)?|(?<ipv4>[\d.]+):\d+)$/;

/** Whether these are addresses, networks (`10.0.0.0/8`), or `loopback`, `linklocal`, `uniquelocal`. */
export function areAddresses(list: readonly string[]): boolean {
  try {
    proxyAddr.compile([...list]);
    return true;
  } catch {
    return false;
  }
}

/**
 * Who sends a request: an IPv4 address, or the network of an IPv6 address. Past proxies that are trusted it is whom
 * they name in X-Forwarded-For; nobody else's word counts. Undefined for this machine itself.
 */
export function createClientAddress(
  trustedProxies: readonly string[],
): (request: IncomingMessage) => string | undefined {
  const isTrusted = proxyAddr.compile([...trustedProxies]);
  return (request) => {
    const named = proxyAddr(request, isTrusted);
    const { ipv4, ipv6 } = WITH_PORT.exec(named)?.groups ?? {};
    return groupOf(ipv4 ?? ipv6 ?? named);
  };
}

/**
 * Creates a function that groups the remote addresses of connections as `createClientAddress` groups clients. It returns
 * undefined for this machine and for trusted proxies, because their connections belong to many clients.
 */
export function createPeerAddress(
  trustedProxies: readonly string[],
): (remoteAddress: string | undefined) => string | undefined {
  const isTrusted = proxyAddr.compile([...trustedProxies]);
  return (remoteAddress) =>
    // Node has no address for a connection that has already closed.
    remoteAddress === undefined || isTrusted(remoteAddress, 0) ? undefined : groupOf(remoteAddress);
}

/** Undefined for this machine itself. */
function groupOf(address: string): string | undefined {
  if (!ipaddr.isValid(address)) {
    // A proxy may say `unknown`, or make a name up for each client: all those count as one.
    return 'unknown';
  }
  const parsed = ipaddr.process(address);
  if (parsed.range() === 'loopback') {
    return undefined;
  }
  return parsed.kind() === 'ipv6'
    ? Buffer.from(parsed.toByteArray().slice(0, IPV6_NETWORK_BYTES)).toString('hex')
    : parsed.toString();
}
