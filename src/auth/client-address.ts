import type { IncomingMessage } from 'node:http';
import ipaddr from 'ipaddr.js';
import proxyAddr from 'proxy-addr';

/** Bytes of an IPv6 address that a provider assigns to a customer. The customer can vary the others. */
const IPV6_PREFIX_BYTES = 8;

/** Some proxies add the port: `203.0.113.7:1001`, `[2001:db8::1]:10`. */
const ADDRESS_WITH_PORT = /^(?:\[(?<ipv6>[^\]]+)\](?::\d+)?|(?<ipv4>[\d.]+):\d+)$/;

/**
 * Maximum number of connections and headers to remember, and maximum length of their addresses. The longest IPv6
 * addresses have 45 characters, and there are usually one or two.
 */
const MAX_REMEMBERED = 1_000;
const MAX_REMEMBERED_LENGTH = 128;

/** Returns whether all entries are addresses, networks (`10.0.0.0/8`), `loopback`, `linklocal` or `uniquelocal`. */
export function areAddresses(list: readonly string[]): boolean {
  try {
    proxyAddr.compile([...list]);
    return true;
  } catch {
    return false;
  }
}

/**
 * Creates a function that returns the client of a request: its IPv4 address, or the 64-bit network of its IPv6 address.
 * The function uses X-Forwarded-For only if a trusted proxy sent it. It returns undefined for this machine.
 */
export function createClientAddress(
  trustedProxies: readonly string[],
): (request: IncomingMessage) => string | undefined {
  const isTrusted = proxyAddr.compile([...trustedProxies]);
  const remember = rememberClients();
  return (request) => {
    // Node has no address for a connection that has already closed.
    const { remoteAddress = '' } = request.socket;
    const forwarded = request.headers['x-forwarded-for'];
    return forwarded === undefined
      ? remember(remoteAddress, () => clientOf(remoteAddress))
      : remember(`${remoteAddress} ${forwarded}`, () => clientOf(proxyAddr(request, isTrusted)));
  };
}

function clientOf(address: string): string | undefined {
  const { ipv4, ipv6 } = ADDRESS_WITH_PORT.exec(address)?.groups ?? {};
  return groupOf(ipv4 ?? ipv6 ?? address);
}

/** Remembers the clients of the last addresses, because parsing them takes longer than finding a client again. */
function rememberClients(): (addresses: string, find: () => string | undefined) => string | undefined {
  const clients = new Map<string, string | undefined>();
  return (addresses, find) => {
    const known = clients.get(addresses);
    if (known !== undefined || clients.has(addresses)) {
      return known;
    }
    const client = find();
    if (addresses.length <= MAX_REMEMBERED_LENGTH) {
      if (clients.size >= MAX_REMEMBERED) {
        clients.clear();
      }
      // A copy, because a part of a header would keep the whole header in memory.
      clients.set(Buffer.from(addresses, 'latin1').toString('latin1'), client);
    }
    return client;
  };
}

/**
 * Creates a function that groups the remote addresses of connections as `createClientAddress` groups clients. It
 * returns undefined for this machine and for trusted proxies, because their connections belong to many clients.
 */
export function createPeerAddress(
  trustedProxies: readonly string[],
): (remoteAddress: string | undefined) => string | undefined {
  const isTrusted = proxyAddr.compile([...trustedProxies]);
  return (remoteAddress) =>
    // Node has no address for a connection that has already closed.
    remoteAddress === undefined || isTrusted(remoteAddress, 0) ? undefined : groupOf(remoteAddress);
}

/** Returns the client that an address belongs to, or undefined for this machine. */
function groupOf(address: string): string | undefined {
  if (!ipaddr.isValid(address)) {
    // A proxy may send `unknown`, or an invented name for each client. All of them count as one client.
    return 'unknown';
  }
  const parsed = ipaddr.process(address);
  if (parsed.range() === 'loopback') {
    return undefined;
  }
  return parsed.kind() === 'ipv6'
    ? Buffer.from(parsed.toByteArray().slice(0, IPV6_PREFIX_BYTES)).toString('hex')
    : parsed.toString();
}
