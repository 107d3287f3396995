import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type Client, createClient } from '../src/client/client.ts';
import { Arrivals } from './arrivals.ts';
import { Board, deliverySheet } from './board.ts';
import type { AgencyId } from './cast.ts';
import { agencies } from './cast.ts';
import { type Identities, type Prepared, prepareAll, referenceOf } from './compose.ts';
import type { Ending } from './ending.ts';
import { type GatewayProcess, startGateway } from './gateway-process.ts';
import { type InboxReader, startReader } from './inbox-reader.ts';
import { type LetterId, letters } from './letters.ts';
import { Monitor } from './monitor.ts';
import { makeIdentities, type Provided, provide } from './provision.ts';
import { type PushEndpoint, startEndpoint } from './push-endpoint.ts';

/** Everything that plays a part: the gateway, four agencies, an operator, and packages ready to go. */
export interface Stage {
  readonly folder: string;
  readonly gateway: GatewayProcess;
  readonly provided: Provided;
  readonly identities: Identities;
  readonly clients: ReadonlyMap<AgencyId | 'operator', Client>;
  readonly prepared: ReadonlyMap<LetterId, Prepared>;
  readonly endpoints: ReadonlyMap<AgencyId, PushEndpoint>;
  readonly arrivals: Arrivals;
  /** Why packages were rejected, by their SHA-256. */
  readonly rejections: Map<string, string>;
  readonly board: Board;
  readonly monitor: Monitor;
  /** From then on nobody fetches from the inboxes. */
  stopReaders(): Promise<void>;
  /** Rejects when something in the background fails. */
  readonly failed: Promise<never>;
}

/** Sets the stage in a folder of its own. What was started is told to `ending`. */
export async function setStage(folder: string, megabytes: number, ending: Ending, tell: (text: string) => void): Promise<Stage> {
  const arrivals = new Arrivals();
  for (const name of ['packages', 'received']) await mkdir(join(folder, name), { recursive: true });
  const endpoints = await startEndpoints(folder, arrivals, ending);
  tell('Khởi động trục với cơ sở dữ liệu nhúng / starting the gateway on the embedded database');
  const [gateway, identities] = await Promise.all([startGateway(folder, ending), makeIdentities(join(folder, 'keys'))]);
  tell(`  ${gateway.url}  ${gateway.data}`);
  tell(`Đăng ký bốn đơn vị; ký các gói tin, tệp lớn nhất ${megabytes} MB / registering four agencies, signing packages`);
  const pushUrls = new Map([...endpoints].map(([id, endpoint]) => [id, endpoint.url]));
  const [provided, prepared] = await Promise.all([
    provide(gateway, folder, pushUrls, (command) => tell(`  $ ${command}`)),
    prepareAll(letters(megabytes * 1_000_000), identities, join(folder, 'packages')),
  ]);
  const clients = connect(gateway.url, provided, ending);
  const rejections = new Map<string, string>();
  const board = new Board(process.stdout, deliverySheet(describe(prepared, rejections)));
  const monitor = new Monitor(clientOf(clients, 'operator'), board.show);
  const readers = startReaders(folder, clients, prepared, arrivals);
  const stopReaders = async () => void (await Promise.all(readers.map((reader) => reader.stop())));
  ending.add(stopReaders);
  endpoints.get('so-noi-vu')?.open(provided.gatewayCertificate);
  monitor.start();
  ending.add(() => monitor.stop());
  const failed = Promise.race([gateway.failed, monitor.failed, ...readers.map((reader) => reader.failed)]);
  failed.catch(() => undefined);
  const players = { gateway, provided, identities, clients, prepared, endpoints };
  return { folder, ...players, arrivals, rejections, board, monitor, stopReaders, failed };
}

/** The client of an agency, or the operator's. */
export function clientOf(clients: Stage['clients'], id: AgencyId | 'operator'): Client {
  const client = clients.get(id);
  if (client === undefined) throw new Error(`no client for ${id}`);
  return client;
}

async function startEndpoints(folder: string, arrivals: Arrivals, ending: Ending): Promise<Map<AgencyId, PushEndpoint>> {
  const made = agencies
    .filter((agency) => agency.channel === 'push')
    .map(async (agency): Promise<[AgencyId, PushEndpoint]> => {
      const losesAnswer = agency.id === 'so-noi-vu';
      return [agency.id, await startEndpoint(agency, join(folder, 'received'), arrivals, losesAnswer)];
    });
  const endpoints = new Map(await Promise.all(made));
  for (const endpoint of endpoints.values()) ending.add(() => endpoint.close());
  return endpoints;
}

function connect(url: string, { clients }: Provided, ending: Ending): Map<AgencyId | 'operator', Client> {
  const made = [...clients.values()].map(({ id, secret }) => [id as AgencyId, createClient({ url, id, secret })] as const);
  for (const [, client] of made) ending.add(async () => client.close());
  return new Map(made);
}

function startReaders(folder: string, clients: Stage['clients'], prepared: Stage['prepared'], arrivals: Arrivals): InboxReader[] {
  const wrong = new Map([...prepared.values()].map(({ letter }) => [referenceOf(letter), letter.sentBack]));
  const sendBack = (reference: string) => wrong.get(reference);
  return agencies
    .filter((agency) => agency.channel === 'inbox')
    .map((agency) => startReader({ agency, client: clientOf(clients, agency.id), folder: join(folder, 'received'), arrivals, sendBack }));
}

function describe(prepared: Stage['prepared'], rejections: ReadonlyMap<string, string>) {
  const names = new Map([...prepared.values()].map(({ letter, sha256 }) => [sha256, referenceOf(letter)]));
  return (sha256: string) => {
    const [name, rejected] = [names.get(sha256), rejections.get(sha256)];
    return { ...(name === undefined ? {} : { name }), ...(rejected === undefined ? {} : { rejected }) };
  };
}
