import { BlockList, isIP } from 'node:net';
import { isLoopback } from './loopback.ts';

/** Networks that routers on the internet do not forward: RFC 1918 and RFC 4193. */
const privateNetworks = new BlockList();
privateNetworks.addSubnet('10.0.0.0', 8, 'ipv4');
privateNetworks.addSubnet('172.16.0.0', 12, 'ipv4');
privateNetworks.addSubnet('192.168.0.0', 16, 'ipv4');
privateNetworks.addSubnet('fc00::', 7, 'ipv6');

/** Names that no public DNS server resolves: names without a dot, such as those of containers, and reserved domains. */
const PRIVATE_NAME = /^[^.]+$|\.(?:internal|local)$/;

/** Returns whether a host name or address, without a port, can only mean this machine or one in a private network. */
export function isPrivateHost(host: string): boolean {
  const name = host.toLowerCase().replace(/^\[(.*)\]$/, '$1');
  const version = isIP(name);
  return (
    isLoopback(name) ||
    (version === 0 ? PRIVATE_NAME.test(name) : privateNetworks.check(name, version === 6 ? 'ipv6' : 'ipv4'))
  );
}
