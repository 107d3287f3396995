import { request } from 'node:http';
import { readConfig } from '../src/config.ts';
import type { Store } from '../src/store.ts';
import { openStore } from '../src/store.ts';
import { makeIdentity } from '../tests/support/certificates.ts';
import type { GatewayOptions, TestGateway } from '../tests/support/gateway.ts';
import { startTestGateway } from '../tests/support/gateway.ts';
import type { Credentials } from '../tests/support/participants.ts';
import { basicAuth, enrolClient } from '../tests/support/participants.ts';
import { openRaw } from '../tests/support/raw-http.ts';
import type { Cage } from './canary.ts';
import { openCage } from './canary.ts';
import { openChains } from './chains.ts';
import type { Target } from './target.ts';
import { cast, makeTarget } from './target.ts';
import type { Census } from './watch.ts';
import { createCensus } from './watch.ts';

/** An answer of the gateway. `codes`: those of a refusal. */
export interface Answer {
  readonly status: number;
  readonly codes: readonly string[];
  readonly headers: Readonly<Record<string, unknown>>;
  readonly text: string;
}

/** One request. `login`: null for none. */
export interface Ask {
  readonly path: string;
  readonly method?: string;
  readonly login?: Credentials | null;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer | string;
}

/** A running gateway with agencies, and everything to attack and to watch it with. */
export interface Stage {
  readonly gateway: TestGateway;
  readonly store: Store;
  readonly target: Target;
  readonly cage: Cage;
  readonly pid: number;
  readonly port: number;
  readonly logins: { readonly sender: Credentials; readonly recipient: Credentials; readonly other: Credentials } & {
    readonly operator: Credentials;
    readonly auditor: Credentials;
  };
  ask(ask: Ask): Promise<Answer>;
  /** Posts a package as its sender. */
  send(bytes: Buffer | string, headers?: Readonly<Record<string, string>>): Promise<Answer>;
  /** Sends bytes as they are over a connection of their own; resolves with what came back until the gateway hung up, or so many ms. */
  raw(text: string, milliseconds?: number): Promise<string>;
  census(): Promise<Census>;
  close(): Promise<void>;
}

/** Starts the gateway of the corpus in a process of its own. */
export async function openStage(options: Pick<GatewayOptions, 'database'> = {}): Promise<Stage> {
  const cage = await openCage();
  const gateway = await startTestGateway({
    ...options,
    agencies: [{ code: cast.other }, { code: cast.bound }],
    env: { LIENTHONG_PUSH_ALLOW: '', LIENTHONG_BODY_IDLE_SECONDS: '2', LIENTHONG_MAX_PACKAGE_BYTES: '64 MiB' },
  });
  const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };
  const store = await openStore(readConfig(gateway.env), silent);
  const loginOf = (code: string) => gateway.agency(code).client;
  const [own, bound] = [gateway.agency(cast.sender).agencyId, gateway.agency(cast.bound).agencyId];
  await store.clients.setAgencies(loginOf(cast.sender).id, [own, bound], 'cli:attacks');
  const chains = await openChains(store, bound);
  const target = makeTarget(await keysOf(gateway, store), cage.canary, chains);
  const auditor = await enrolClient(store, 'kiem-tra', ['audit']);
  const logins = {
    sender: loginOf(cast.sender),
    recipient: loginOf(cast.recipient),
    other: loginOf(cast.other),
    operator: gateway.operatorLogin,
    auditor,
  };
  const port = Number(new URL(gateway.url).port);
  const ask = (one: Ask) => exchange(port, one, logins.sender);
  return {
    gateway,
    store,
    target,
    cage,
    pid: gateway.processes[0]?.pid ?? 0,
    port,
    logins,
    ask,
    send: (body, headers = {}) =>
      ask({ path: '/v1/packages', method: 'POST', headers: { 'content-type': 'application/xml', ...headers }, body }),
    raw: (text, milliseconds = 4000) => converse(port, text, milliseconds),
    census: await createCensus(store, gateway.env['LIENTHONG_DATA'] ?? ''),
    async close() {
      await store.close();
      await gateway.close();
      await cage.close();
      await chains.close();
    },
  };
}

/** The sender also has a key of RSA. */
async function keysOf(gateway: TestGateway, store: Store) {
  const { identity: ec, agencyId } = gateway.agency(cast.sender);
  const [rsa, stranger] = await Promise.all([makeIdentity('rsa-2048', { name: 'Sở Nội vụ' }), makeIdentity('p256', { name: 'Sở Nội vụ' })]);
  const add = (id: string, { certificate }: typeof rsa) =>
    store.register.addCertificate(id, { ...certificate, subject: 'CN=x', issuer: 'CN=x', serial: '02' }, 'cli:attacks');
  await add(agencyId, rsa);
  return { ec, rsa, stranger };
}

function exchange(port: number, { path, method = 'GET', login, headers = {}, body }: Ask, usual: Credentials): Promise<Answer> {
  return new Promise((resolve, fail) => {
    const auth = login === null ? {} : basicAuth(login ?? usual);
    const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };
    const req = request({
      port,
      host: '127.0.0.1',
      path,
      method,
      headers: { ...auth, ...length, ...headers },
      timeout: 15_000,
      agent: false,
    });
    req.on('response', (res) => {
      const chunks: Buffer[] = [];
      res.on('data', (chunk) => chunks.push(chunk as Buffer));
      res.on('error', fail);
      res.on('end', () => {
        const text = Buffer.concat(chunks).toString();
        resolve({ status: res.statusCode ?? 0, codes: codesIn(text), headers: res.headers, text });
      });
    });
    req.on('timeout', () => req.destroy(new Error('no answer within 15 s')));
    req.on('error', fail);
    req.end(body);
  });
}

function codesIn(text: string): string[] {
  try {
    return ((JSON.parse(text) as { problems?: { code: string }[] }).problems ?? []).map(({ code }) => code);
  } catch {
    return [];
  }
}

async function converse(port: number, text: string, milliseconds: number): Promise<string> {
  const raw = await openRaw(port);
  raw.send(text);
  await raw.closed(milliseconds).catch(() => undefined);
  raw.socket.destroy();
  return raw.received();
}
