import { createHash, generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { packagePart } from '../../src/adapters/mime/multipart.ts';
import { createReceiptSigner } from '../../src/adapters/pki/receipt-xml.ts';
import { createRestApp } from '../../src/adapters/rest/app.ts';
import type { RestPorts, RestSettings } from '../../src/adapters/rest/ports.ts';
import type { RestServer, ServerSettings } from '../../src/adapters/rest/server.ts';
import { createRestServer, defaultServer } from '../../src/adapters/rest/server.ts';
import { createDesk } from '../../src/routing/desk.ts';
import type { AgencyEntry, LookUp } from '../../src/routing/directory.ts';
import { createNewId } from '../../src/routing/ids.ts';
import { createJudge } from '../../src/routing/judge.ts';
import type { Message } from '../../src/routing/message.ts';
import type { Examined, Lifted } from '../../src/routing/package.ts';
import type { TakeIn } from '../../src/routing/ports.ts';
import { reject } from '../../src/routing/problem.ts';
import { createReceive, createValidate } from '../../src/routing/receive.ts';
import type { ClientScope } from '../../src/routing/register.ts';
import { reportRows } from '../../src/routing/report.ts';
import { defaultSchedules } from '../../src/routing/retry.ts';
import { createMemoryMailbox, createMemoryReceipts } from './memory-feeds.ts';
import { createMemoryPlans, createMemoryRecords } from './memory-records.ts';
import type { MemoryTables } from './memory-tables.ts';
import { createMemoryIntake, createMemoryLocks, createMemoryTables } from './memory-tables.ts';
import { bookWith } from './route-books.ts';

/** Agencies of the test province, by a letter. B and C fetch, P is pushed to, S is suspended. */
export const agencies = {
  A: agency(1, '000.00.01.H61'),
  B: agency(2, '000.00.02.H61'),
  C: agency(3, '000.00.03.H61'),
  P: agency(4, '000.00.04.H61'),
  S: agency(5, '000.00.05.H61'),
};

type Letter = keyof typeof agencies;

/** Clients by id: what they may do and for whom. The secret of each is `secret-of-<id>`. */
export const clients: Readonly<Record<string, { readonly scopes: readonly ClientScope[]; readonly of: readonly Letter[] }>> = {
  'sender-a': { scopes: ['send'], of: ['A'] },
  'sender-c': { scopes: ['send'], of: ['C'] },
  'box-b': { scopes: ['receive'], of: ['B'] },
  'box-c': { scopes: ['receive'], of: ['C'] },
  'both.b': { scopes: ['send', 'receive'], of: ['B'] },
  operator: { scopes: ['operate'], of: [] },
  auditor: { scopes: ['audit'], of: [] },
  admin: { scopes: ['admin'], of: [] },
  nobody: { scopes: [], of: ['A', 'B', 'C'] },
};

/** A gateway of the real core and REST adapter, with everything else in memory. */
export interface RestGateway {
  readonly url: string;
  readonly port: number;
  readonly server: RestServer;
  readonly stopping: AbortController;
  readonly tables: MemoryTables;
  readonly ports: RestPorts;
  /** What went on behind the API. */
  readonly seen: Seen;
  close(): Promise<void>;
}

interface Seen {
  /** Bodies taken in and neither kept nor discarded. */
  open: number;
  kept: number;
  checks: number;
  rungs: number;
  readonly accepted: boolean[];
  readonly rejected: string[][];
  readonly log: { level: string; fields: Record<string, unknown>; message: string }[];
}

const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
const signReceipt = createReceiptSigner(() => ({
  sign: async (bytes) => sign('sha256', bytes, { key: privateKey, dsaEncoding: 'ieee-p1363' }),
  origin: 'made',
  algorithm: 'ecdsa-sha256',
  certificatePem: '',
  certificateDer: new Uint8Array(),
  fingerprint: '',
  notAfter: new Date(),
}));

/** What a test changes about it. */
export interface RestGatewayOptions {
  readonly ports?: (ports: RestPorts, tables: MemoryTables) => Partial<RestPorts>;
  readonly settings?: Partial<RestSettings>;
  readonly server?: Partial<ServerSettings>;
}

/** Starts one on a free port of 127.0.0.1. */
export async function startRestGateway(options: RestGatewayOptions = {}): Promise<RestGateway> {
  const tables = createMemoryTables(Object.values(agencies));
  const stopping = new AbortController();
  const seen: Seen = { open: 0, kept: 0, checks: 0, rungs: 0, accepted: [], rejected: [], log: [] };
  const base = portsOf(tables, stopping.signal, seen);
  const ports = { ...base, ...options.ports?.(base, tables) };
  const app = createRestApp(ports, { ...settings, ...options.settings });
  const server = createRestServer(app, stopping, { ...defaultServer, refusedBodySeconds: 0.3, ...options.server });
  const { port }: AddressInfo = await server.listen(0, '127.0.0.1');
  return { url: `http://127.0.0.1:${port}`, port, server, stopping, tables, ports, seen, close: () => server.close(0.2) };
}

const settings: RestSettings = {
  clientRate: 0,
  addressRate: 0,
  loginFailures: 10,
  addressLoginFailures: 100,
  loginLockSeconds: 300,
  tokenSeconds: 600,
  publicUrl: 'https://lienthong.example',
  packageLimit: 200_000,
  bodyIdleSeconds: 5,
  uploads: 64,
  trustedProxies: [],
  metricsFrom: ['127.0.0.0/8'],
  openapi: '{"openapi":"3.1.0"}',
};

/** A gateway without anchors, bindings and timestamps. */
const trustNobody = createJudge(
  {
    settings: async () => ({ version: 1, anchors: [], intermediates: [], bindings: new Map() }),
    validatePath: async () => ({ ok: false, problem: { code: 'CHAIN_NO_ANCHOR' } }),
    bindingFor: () => undefined,
    readTimestamp: () => ({ why: 'none' }),
    describe: () => {
      throw new Error('no certificate');
    },
  },
  'imported',
);

function portsOf(tables: MemoryTables, stopping: AbortSignal, seen: Seen): RestPorts {
  const now = () => new Date();
  const newId = createNewId(now, (n) => randomBytes(n));
  const ring = (rings: readonly unknown[]) => {
    seen.rungs += rings.length;
  };
  const core = { ...bookWith(), newId, now, lookUp, signReceipt, ring };
  const plan = { gateway: 'test-gateway', province: ['H61'], traceCodes: [], schedules: defaultSchedules, receiverAdded: '1' as const };
  const verifyClaim = () => ({ verdict: { state: 'absent' } as const });
  const inspect = async () => ({ findings: [], work: [] });
  const acts = { answersFor: async () => new Map(), findAdded: async () => [], carryOut: async () => undefined };
  const receivePorts = {
    ...core,
    ...acts,
    examine,
    verifyClaim,
    inspect,
    judge: trustNobody,
    intake: createMemoryIntake(tables),
    findEarlier: async () => [],
    admitSender: async () => null,
    digest: (text: string) => createHash('sha256').update(text).digest('hex'),
  };
  const log = (level: string) => (fields: object, message: string) => void seen.log.push({ level, fields: { ...fields }, message });
  const records = createMemoryRecords(tables);
  return {
    clientForLogin: async (id) => loginOf(id),
    clientForCertificate: async () => null,
    clients: createMemoryClients(),
    issueToken: async ({ clientId, scopes }) => `eyJh.${Buffer.from(JSON.stringify({ clientId, scopes })).toString('base64url')}.c2ln`,
    async readToken(text) {
      const [, body = ''] = text.split('.');
      const issuedAt = now();
      return { ...JSON.parse(Buffer.from(body, 'base64url').toString()), issuedAt, expiresAt: new Date(issuedAt.getTime() + 60_000) };
    },
    publicKeys: async () => ({ gateway: 'test-gateway', keys: [] }),
    async checkSecret(secret, hashes) {
      seen.checks += 1;
      return hashes.includes(`hash of ${secret}`);
    },
    decoyHash: 'hash of nothing',
    takeIn: takeInWith(seen, settings.packageLimit),
    packagePart,
    receive: createReceive(receivePorts, plan),
    validate: createValidate(receivePorts, plan),
    report: {
      accepted: (first) => void seen.accepted.push(first),
      rejected: (codes) => void seen.rejected.push([...codes]),
    },
    mailbox: createMemoryMailbox(tables, now),
    receipts: createMemoryReceipts(tables),
    records,
    exportPackage: (id) => records.content(id),
    reports: { read: async (query) => ({ ...query, ...reportRows(new Map([[agencies.A.id, { documentsSent: 2 }]]), reportLine) }) },
    plans: createMemoryPlans(tables),
    desk: createDesk({ ...core, locks: createMemoryLocks(tables) }, plan),
    lifecycle: { choose: async (act) => Promise.reject(reject('ACT_UNKNOWN', { params: { act } })) },
    lookUp,
    directory: memoryDirectory,
    openContent: (text, _runs, range) => inPieces(range === undefined ? text : text.subarray(range.start, range.end)),
    routes: async () => [],
    probes: { database: async () => undefined, queue: async () => undefined, disk: async () => undefined },
    metrics: async () => ({ contentType: 'text/plain; version=0.0.4', text: 'lienthong_up 1\n' }),
    log: { debug: log('debug'), info: log('info'), warn: log('warn'), error: log('error') },
    newId,
    now,
    stopping,
  };
}

const reportLine = (id: string) => ({ id, code: agencies.A.code, name: 'A', kind: 'other' });

function createMemoryClients(): RestPorts['clients'] {
  const suspended = new Map<string, Date>();
  const show = async (id: string) => {
    const known = clients[id];
    if (known === undefined) return null;
    const agencyIds = known.of.map((letter) => agencies[letter].id);
    const disabledAt = suspended.get(id);
    const about = { id, name: id, scopes: known.scopes, agencyIds, createdAt: new Date(), ...(disabledAt && { disabledAt }) };
    const theirs = known.of.map((letter) => agencies[letter]);
    return { ...about, agencies: theirs, liveSecrets: 1, liveCertificates: 0, secrets: [], certificates: [] };
  };
  const existing = async (id: string) => {
    if ((await show(id)) === null) throw reject('CLIENT_UNKNOWN', { params: { client: id } });
  };
  return {
    show,
    async list({ after = '', limit }) {
      const ids = Object.keys(clients)
        .sort()
        .filter((id) => id > after);
      const found = await Promise.all(ids.slice(0, limit).map(show));
      return found.filter((one) => one !== null);
    },
    async suspend(id) {
      await existing(id);
      suspended.set(id, new Date());
    },
    async resume(id) {
      await existing(id);
      suspended.delete(id);
    },
  };
}

function agency(n: number, code: string) {
  return { id: `00000000-0000-7000-8000-00000000000${n}`, code, name: `Đơn vị ${n}` };
}

const listedAgencies = Object.values(agencies).map((one) => ({ ...one, kind: 'unit', status: 'active' }) as const);

const lookUp: LookUp = async (codes) => {
  const found = new Map<string, AgencyEntry>();
  for (const [letter, { id, code, name }] of Object.entries(agencies)) {
    if (!codes.includes(code)) continue;
    const status = letter === 'S' ? 'suspended' : 'active';
    const channel = letter === 'P' ? 'push' : 'inbox';
    found.set(code, { id, name, status, codeValid: true, channel, signaturePolicy: 'optional', certificates: [] });
  }
  return found;
};

/** The agencies as one level of a tree, with one group of all of them. */
const memoryDirectory: RestPorts['directory'] = {
  search: async (words, _, limit) => listedAgencies.filter(({ code, name }) => `${code} ${name}`.includes(words)).slice(0, limit),
  tree: async () => listedAgencies.map((one) => ({ ...one, size: 0, children: [] })),
  groups: async () => [{ key: 'XA', name: 'Các đơn vị', rule: { kinds: ['unit'] }, byHand: 0 }],
  async members(group) {
    if (group === 'XA') return listedAgencies;
    throw reject('GROUP_UNKNOWN', { params: { group } });
  },
};

function loginOf(id: string) {
  const client = clients[id];
  if (client === undefined) return null;
  const agencyIds = new Set(client.of.map((letter) => agencies[letter].id));
  return { id, scopes: client.scopes, agencyIds, hashes: ['hash of an older secret', `hash of secret-of-${id}`] };
}

/** The Authorization header of a client. */
export function basic(id: string, secret = `secret-of-${id}`): string {
  return `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`;
}

/** A package in the format of these tests: one element with what matters. `to` are letters of agencies, or codes. */
export function packageText(about: { from?: Letter; to?: readonly string[]; id?: string; urgency?: number; filler?: number } = {}): string {
  const { from = 'A', to = ['B'], id = randomBytes(6).toString('hex'), urgency = 0, filler = 0 } = about;
  const codes = to.map((one) => agencies[one as Letter]?.code ?? one).join(' ');
  return `<package from="${agencies[from].code}" to="${codes}" id="${id}" urgency="${urgency}">${'x'.repeat(filler)}</package>`;
}

async function examine(lifted: Lifted): Promise<Examined> {
  const text = Buffer.from(lifted.text).toString('utf8');
  const [, from, to, id, urgency] = /^<package from="(.*?)" to="(.*?)" id="(.*?)" urgency="(\d)">/.exec(text) ?? [];
  const unread = { warnings: [], signature: { state: 'absent' } } as const;
  if (from === undefined || to === undefined || id === undefined) {
    const problems = [
      { code: 'NOT_XML', line: 1, params: { detail: 'no package' } },
      { code: 'SENDER_UNKNOWN', at: '/package/@from' },
    ] as const;
    return { ...unread, problems };
  }
  const message: Message = {
    kind: 'document',
    action: 'new',
    sender: { code: from, name: '' },
    recipients: to.split(' ').map((code) => ({ code, name: '' })),
    documentId: id,
    number: '07',
    notation: 'SNV-CCHC',
    promulgationDate: '2026-03-02',
    typeName: 'Công văn',
    subject: 'V/v báo cáo <quý I> & "II"',
    urgency: Number(urgency) as Message['urgency'],
    attachments: [],
  };
  return { ...unread, problems: [], message, claimedSender: from };
}

/** Takes bodies into memory, with the limits of the real thing. */
function takeInWith(seen: Seen, limit: number): TakeIn {
  return async (body) => {
    const chunks: Uint8Array[] = [];
    let size = 0;
    for await (const chunk of body) {
      size += chunk.length;
      if (size > limit) throw reject('PACKAGE_TOO_LARGE', { params: { limit } });
      chunks.push(chunk);
    }
    const text = Buffer.concat(chunks);
    seen.open += 1;
    return {
      lifted: { sha256: createHash('sha256').update(text).digest('hex'), size, text, runs: [] },
      async keep() {
        seen.kept += 1;
      },
      async discard() {
        seen.open -= 1;
      },
    };
  };
}

async function* inPieces(bytes: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
  for (let at = 0; at < bytes.length; at += 16_384) yield bytes.subarray(at, at + 16_384);
}
