import type { LookupAddress } from 'node:dns';
import { lookup as systemLookup } from 'node:dns/promises';
import type { LookupFunction } from 'node:net';
import { BlockList, isIP } from 'node:net';

/** Finds the addresses of a host name. */
export type Resolve = (hostname: string) => Promise<readonly LookupAddress[]>;

/** The place that was asked for may not be sent to: a setting of the agency or of the gateway is wrong. */
export class AddressRefused extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'AddressRefused';
  }
}

/** Which addresses may be sent to. */
export interface Addresses {
  /** The URL of a push, checked as far as it can be without asking a name server. Throws AddressRefused. */
  check(url: string): URL;
  /** For sockets: resolves a name and gives only addresses that may be sent to, so nothing can change in between. */
  readonly lookup: LookupFunction;
}

// Everything that is not a public unicast address: IANA special-purpose registries.
const closedV4 = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
];
// Public unicast is 2000::/3; what is around it holds loopback, IPv4-mapped, NAT64, unique-local, link-local and multicast.
const closedV6 = ['::/3', '4000::/2', '8000::/1', '2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20'];

const closed = rangesOf([...closedV4, ...closedV6]);
const keepFor = 30_000;
const mostKept = 1000;

/** `allowed`: addresses and ranges in CIDR form that may be sent to although they are not public. */
export function createAddresses(allowed: readonly string[], resolve: Resolve = systemResolve): Addresses {
  const open = rangesOf(allowed);
  const mayGo = (address: string) => holds(open, address) || !holds(closed, address);
  const resolveOnce = remember(resolve);

  async function reachable(hostname: string): Promise<LookupAddress[]> {
    const found = await resolveOnce(hostname);
    const good = found.filter(({ address }) => mayGo(address));
    if (good.length === 0) throw new AddressRefused(`${hostname} has only addresses that may not be pushed to`);
    return good;
  }

  return {
    check(url) {
      const target = parse(url);
      if (target.protocol !== 'https:' && target.protocol !== 'http:') throw new AddressRefused(`${target.protocol} is not http or https`);
      if (target.username !== '' || target.password !== '') throw new AddressRefused('the URL holds a user name or a password');
      const literal = target.hostname.replace(/^\[(.*)\]$/, '$1');
      if (isIP(literal) !== 0 && !mayGo(literal)) throw new AddressRefused(`${literal} may not be pushed to`);
      return target;
    },
    lookup(hostname, options, callback) {
      reachable(hostname).then(
        (found) => {
          const [first] = found as [LookupAddress, ...LookupAddress[]];
          if (options.all === true) callback(null, found);
          else callback(null, first.address, first.family);
        },
        (error: NodeJS.ErrnoException) => callback(error, ''),
      );
    },
  };
}

function parse(url: string): URL {
  try {
    return new URL(url);
  } catch {
    throw new AddressRefused('the push URL is not a URL');
  }
}

/** Two lists, because in one the IPv6 range of the IPv4-mapped addresses holds every IPv4 address. */
interface Ranges {
  readonly v4: BlockList;
  readonly v6: BlockList;
}

/** Throws for what is no address and no range. */
function rangesOf(texts: readonly string[]): Ranges {
  const ranges = { v4: new BlockList(), v6: new BlockList() };
  for (const text of texts) {
    const [network = '', bits] = text.split('/');
    const [list, family] = isIP(network) === 6 ? ([ranges.v6, 'ipv6'] as const) : ([ranges.v4, 'ipv4'] as const);
    if (bits === undefined) list.addAddress(network, family);
    else list.addSubnet(network, Number(bits), family);
  }
  return ranges;
}

function holds({ v4, v6 }: Ranges, address: string): boolean {
  if (isIP(address) === 4) return v4.check(address, 'ipv4');
  return v6.check(address, 'ipv6') || v4.check(address, 'ipv6');
}

async function systemResolve(hostname: string): Promise<LookupAddress[]> {
  return systemLookup(hostname, { all: true });
}

/**
 * One question at a time for each name, and its answer for half a minute: a name server that does not answer holds up one thread
 * of the few that also read files, not all of them.
 */
function remember(resolve: Resolve): Resolve {
  const answers = new Map<string, { readonly until: number; readonly answer: Promise<readonly LookupAddress[]> }>();
  return (hostname) => {
    const known = answers.get(hostname);
    if (known !== undefined && known.until > Date.now()) return known.answer;
    const answer = resolve(hostname);
    if (answers.size >= mostKept) answers.clear();
    answers.set(hostname, { until: Number.POSITIVE_INFINITY, answer });
    answer.then(
      () => answers.set(hostname, { until: Date.now() + keepFor, answer }),
      () => answers.delete(hostname),
    );
    return answer;
  };
}
