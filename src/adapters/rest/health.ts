import type { IncomingMessage } from 'node:http';
import { BlockList, isIP, isIPv6 } from 'node:net';
import { reject } from '../../routing/problem.ts';
import { vietnamTime } from '../../routing/time.ts';
import type { Handlers } from './call.ts';
import type { healthRoutes } from './contract-operator.ts';
import type { AddressOf } from './login.ts';
import type { Probe, RestPorts, RestSettings } from './ports.ts';

const probeMilliseconds = 2000;
/** Anybody may ask; the database is asked at most this often. */
const freshMilliseconds = 1000;

/** Liveness, readiness, figures and the description of the API. */
export function healthHandlers(
  ports: Pick<RestPorts, 'probes' | 'routes' | 'metrics' | 'log' | 'stopping'>,
  settings: Pick<RestSettings, 'metricsFrom' | 'trustedProxies' | 'openapi'>,
  addressOf: AddressOf,
): Handlers<typeof healthRoutes> {
  const readParts = createReadiness(ports);
  const readRoutes = createRoutesView(ports);
  const networks = networksFrom(settings.metricsFrom);

  function isMonitoring(req: IncomingMessage): boolean {
    // a proxy that is not configured as trusted would lend every stranger its own address
    const hidden = settings.trustedProxies.length === 0 && (req.headers['x-forwarded-for'] ?? req.headers['forwarded']) !== undefined;
    return !hidden && within(networks, addressOf(req));
  }

  return {
    alive: async () => ({ json: { status: 'ok' } }),

    async ready({ req }) {
      const [parts, routes] = await Promise.all([readParts(), isMonitoring(req) ? readRoutes() : undefined]);
      // of routes it is only told: taking the gateway out of service would not bring back what is above it
      const ready = !ports.stopping.aborted && Object.values(parts).every((part) => part === 'ok');
      const json = { ready, parts, ...(routes === undefined ? {} : { routes }) };
      return { status: ready ? 200 : 503, json, ...(ready ? {} : { headers: { 'Retry-After': '5' } }) };
    },

    async metrics({ req }) {
      if (!isMonitoring(req)) throw reject('ADDRESS_NOT_ALLOWED');
      const { contentType, text } = await ports.metrics();
      return { text: { type: contentType, content: text } };
    },

    openapi: async () => ({ text: { type: 'application/json', content: settings.openapi } }),
  };
}

type Parts = Readonly<Record<keyof RestPorts['probes'], 'ok' | 'failed'>>;

function createReadiness({ probes, log }: Pick<RestPorts, 'probes' | 'log'>): () => Promise<Parts> {
  async function read(): Promise<Parts> {
    const found = await Promise.all(
      Object.entries(probes).map(async ([name, probe]) => {
        const failure = await failureOf(probe);
        if (failure !== undefined) log.warn({ part: name, err: failure }, 'not ready');
        return [name, failure === undefined ? 'ok' : 'failed'] as const;
      }),
    );
    return Object.fromEntries(found) as Parts;
  }

  return atMostOften(read);
}

/** How routes stand; undefined when the store is away, which `parts` tells. */
function createRoutesView({ routes }: Pick<RestPorts, 'routes'>) {
  return atMostOften(async () => {
    const found = await routes().catch(() => undefined);
    return found?.map(({ route, succeededAt, failures, followFailures, parked }) => ({
      route,
      ...(succeededAt === undefined ? {} : { lastSuccess: vietnamTime(succeededAt) }),
      failures,
      followFailures,
      parked,
    }));
  });
}

function atMostOften<T>(read: () => Promise<T>): () => Promise<T> {
  let last: { readonly at: number; readonly value: Promise<T> } | undefined;
  return () => {
    const now = performance.now();
    if (last === undefined || now - last.at > freshMilliseconds) last = { at: now, value: read() };
    return last.value;
  };
}

async function failureOf(probe: Probe): Promise<unknown> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Error>((resolve) => {
    timer = setTimeout(() => resolve(new Error(`no answer within ${probeMilliseconds} ms`)), probeMilliseconds);
  });
  const tried = (async () => probe())().then(
    () => undefined,
    (error: unknown) => error,
  );
  try {
    return await Promise.race([tried, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** A list of networks from CIDR texts or single addresses. Throws on anything else: a setting is wrong. */
export function networksFrom(texts: readonly string[]): BlockList {
  const networks = new BlockList();
  for (const text of texts) {
    const [address = '', prefix] = text.split('/');
    const family = isIPv6(address) ? 'ipv6' : 'ipv4';
    const longest = family === 'ipv6' ? 128 : 32;
    const bits = prefix === undefined ? longest : Number(prefix);
    if (isIP(address) === 0 || !Number.isInteger(bits) || bits < 0 || bits > longest) throw new Error(`${text} is not a network`);
    networks.addSubnet(address, bits, family);
  }
  return networks;
}

function within(networks: BlockList, address: string): boolean {
  const plain = address.replace(/^::ffff:(?=\d+\.)/i, '');
  return isIP(plain) !== 0 && networks.check(plain, isIPv6(plain) ? 'ipv6' : 'ipv4');
}
