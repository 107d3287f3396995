import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Client, createClient } from '../../src/client/client.ts';
import { type Agency, type AgencyId, agencies, cast, neighbour, province } from '../cast.ts';
import type { Ending } from '../ending.ts';
import { type GatewayProcess, startGateway } from '../gateway-process.ts';
import { makeIdentities, provide } from '../provision.ts';

/** One of the three gateways, and whoever operates it. */
export interface Place {
  readonly gateway: GatewayProcess;
  readonly operator: Client;
}

/** The gateway of a province with the systems of its agencies, which all fetch from their inboxes. */
export interface Province extends Place {
  readonly code: string;
  readonly folder: string;
  readonly agencies: readonly Agency[];
  readonly identities: Awaited<ReturnType<typeof makeIdentities>>;
  readonly clients: ReadonlyMap<AgencyId, Client>;
  readonly certificate: string;
}

/** What the axis of the demo does wrong, as real ones do. */
export const unkindness = 'reserialise, null-trace=0.3, duplicate-entries=0.5, cut-send=0.25, lying-fail=0.2, unauthorised=0.1';

const carrier = 'TRUC.QG';
const inbox = (agency: Agency): Agency => ({ ...agency, channel: 'inbox' });
const members: Readonly<Record<string, readonly Agency[]>> = {
  [province]: agencies.filter(({ id }) => id === 'van-phong' || id === 'xa-dong-sen').map(inbox),
  [neighbour]: Object.values(cast)
    .filter(({ code }) => code.includes(neighbour))
    .map(inbox),
};

type Tell = (text: string) => void;

/** Starts a province in a folder of its own, registers its agencies and issues their credentials. */
export async function openProvince(code: string, folder: string, ending: Ending, tell: Tell): Promise<Province> {
  const who = members[code] ?? [];
  const settings = { LIENTHONG_PROVINCE: code, LIENTHONG_GATEWAY: code.toLowerCase(), LIENTHONG_PUSH_SECONDS: '10' };
  const [gateway, identities] = await Promise.all([startGateway(folder, ending, settings), makeIdentities(join(folder, 'keys'), who)]);
  const { clients, gatewayCertificate } = await provide(gateway, folder, new Map(), tell, who);
  const connected = [...clients.values()].map(({ id, secret }) => [id, connect(gateway, id, secret, ending)] as const);
  const [operator] = connected.flatMap(([id, client]) => (id === 'operator' ? [client] : []));
  if (operator === undefined) throw new Error('no operator');
  return {
    ...{ code, folder, gateway, identities, operator, agencies: who },
    clients: new Map(connected.filter(([id]) => id !== 'operator') as [AgencyId, Client][]),
    certificate: gatewayCertificate,
  };
}

/** Starts the axis, and registers the agencies of both provinces there. */
export async function openAxis(folder: string, ending: Ending, tell: Tell): Promise<Place> {
  const settings = { LIENTHONG_PROFILE: 'axis', LIENTHONG_GATEWAY: 'truc-quoc-gia', LIENTHONG_AXIS_UNKIND: unkindness };
  const gateway = await startGateway(folder, ending, settings);
  const file = join(folder, 'agencies.json');
  await writeFile(
    file,
    JSON.stringify(
      Object.values(members)
        .flat()
        .map(({ code, name }) => ({ code, name })),
    ),
  );
  await told(gateway, tell, 'agencies', 'import', file);
  const secret = join(folder, 'operator.secret');
  const rights = ['--scopes', 'operate,audit', '--secret-file', secret];
  await told(gateway, tell, 'credentials', 'issue', '--client', 'operator', '--name', 'Vận hành trục quốc gia', ...rights);
  return { gateway, operator: connect(gateway, 'operator', (await readFile(secret, 'utf8')).trim(), ending) };
}

/** Makes a province a client of the axis: credentials there, a carrier and a route here. */
export async function joinAxis({ gateway: axis }: Place, { gateway, folder, code, agencies: who }: Province, tell: Tell): Promise<void> {
  const secretFile = join(folder, 'axis.secret');
  const system = `vxp.${code.toLowerCase()}`;
  const client = ['--kind', 'vxp', '--client', system, '--name', `Trục tỉnh ${code}`];
  const rights = ['--agencies', who.map((agency) => agency.code).join(','), '--scopes', 'send,receive', '--secret-file', secretFile];
  await told(axis, tell, 'credentials', 'issue', ...client, ...rights);
  const more = ['--channel', 'upward', '--policy', 'optional'];
  await told(gateway, tell, 'agencies', 'add', carrier, '--name', 'Trục liên thông văn bản quốc gia', ...more);
  const settings = { endpoint: `${axis.url}/vxp`, systemId: system, secretFile, pollSeconds: 0.5, followDays: 1, syncHours: 0 };
  await told(gateway, tell, 'routes', 'open', 'axis', '--agency', carrier, '--kind', 'vxp', '--settings', JSON.stringify(settings));
}

function told(gateway: GatewayProcess, tell: Tell, ...words: readonly string[]): Promise<string> {
  tell(`lienthong ${words.map((word) => (/^[\w./,:-]+$/.test(word) ? word : `'${word}'`)).join(' ')}`);
  return gateway.command(...words);
}

function connect({ url }: GatewayProcess, id: string, secret: string, ending: Ending): Client {
  const client = createClient({ url, id, secret });
  ending.add(async () => client.close());
  return client;
}
