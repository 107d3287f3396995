import type { ReceivedEntry } from '../../routing/facade.ts';
import { isEntryStatus } from '../../routing/facade-status.ts';
import { reject } from '../../routing/problem.ts';
import { vietnamTime } from '../../routing/time.ts';
import type { Client } from '../../routing/verify.ts';
import {
  agencyPages,
  kindOf,
  mostEntries,
  openEntry,
  receivePackage,
  sendList,
  sendPackage,
  smallBody,
  updateEntry,
  wrongValue,
} from './exchange.ts';
import type { Part, Profile, ProfileCall, ProfilePorts, ProfileSettings } from './ports.ts';

const api = '/v1';
const longestValue = 64;

/** An answer: what was asked for lies in `data.data`, where its clients look for it. */
function good(data: unknown, more: object = {}): object {
  return { success: true, code: 0, message: 'OK', data: { code: 0, ...more, data } };
}

/**
 * The interface of Lạng Sơn (v1): `auth/login`, then calls with its token and `X-SystemId`, `X-SecretKey`, which are id and secret of the
 * same client. Codes 0, 10, 15 and 18 to 23 mean what they mean there.
 */
export function langSon(ports: ProfilePorts, settings: ProfileSettings): Profile {
  return {
    async answer(call) {
      const { req, res, path, query, door } = call;
      const name = path.startsWith(`${api}/`) ? path.slice(api.length + 1) : '';
      const operation = `${req.method} ${name}`;
      if (operation === 'POST auth/login') return login(call);
      const client = await known(call);
      switch (operation) {
        case 'POST sendEdoc': {
          door.need('sendPackage', client);
          const docId = await receivePackage(ports, door, client, () => edocFile(ports, call, settings));
          return good({ docId }, { docId });
        }
        case 'GET syncReceivedEdocList':
          door.need('fetchPackage', client);
          return good(await entries(ports, client, query));
        case 'GET getEdoc': {
          door.need('fetchPackage', client);
          const found = await openEntry(ports, client, query.get('docId') ?? '');
          return void (await sendPackage(ports, res, found, (data) => good(data)));
        }
        case 'POST updateStatus':
          door.need('fetchPackage', client);
          return update(ports, client, await values(call));
        case 'GET getAgenciesList':
          return void (await sendList(res, (data) => good(data), units(ports)));
      }
      throw reject('PROFILE_OPERATION_UNKNOWN', { params: { operation: `${req.method} ${path}` } });
    },
    refusal: (code, text) => ({ success: false, code: Number(code), message: text, errorDetail: text, data: null }),
  };
}

/** Where the credentials stand is not published: in the headers of the later calls, or in the body under the usual names. */
async function login(call: ProfileCall): Promise<object> {
  const given = await values(call);
  const id = headerOf(call, 'x-systemid') ?? firstOf(given, ['systemId', 'username', 'userName', 'client_id']);
  const secret = headerOf(call, 'x-secretkey') ?? firstOf(given, ['secretKey', 'password', 'client_secret']);
  const client = await call.door.loginWith(call.req, { id: id ?? '', secret: secret ?? '' });
  const answer = await call.door.tokenFor(client);
  const { access_token: accessToken, expires_in: expiresIn } = answer;
  const all = { ...answer, accessToken, token: accessToken, expiresIn };
  return good(all, all);
}

async function known(call: ProfileCall): Promise<Client> {
  const client = await call.door.login(call.req);
  const [id, secret] = [headerOf(call, 'x-systemid') ?? '', headerOf(call, 'x-secretkey') ?? ''];
  const system = await call.door.loginWith(call.req, { id, secret });
  if (system.id !== client.id) throw reject('UNAUTHENTICATED');
  return client;
}

function headerOf({ req }: ProfileCall, name: string): string | undefined {
  const value = req.headers[name];
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** The fields of a JSON object, or of a form. Throws Rejection PROFILE_VALUE. */
async function values({ req, res, door, query }: ProfileCall): Promise<ReadonlyMap<string, string>> {
  const text = await smallBody(door, req, res);
  if (!/json/i.test(req.headers['content-type'] ?? '')) return new Map([...query, ...new URLSearchParams(text)]);
  try {
    const fields = Object.entries(JSON.parse(text) as object).filter(([, value]) => ['string', 'number'].includes(typeof value));
    return new Map([...query, ...fields.map(([name, value]) => [name, String(value)] as const)]);
  } catch {
    throw wrongValue('body', 'JSON');
  }
}

function firstOf(given: ReadonlyMap<string, string>, names: readonly string[]): string | undefined {
  return names.map((name) => given.get(name)).find((value) => value !== undefined);
}

/** The bytes of the part `edocFile`. `messageType` may stand beside it: what the package is, it says itself. */
async function* edocFile(ports: ProfilePorts, { req, res, door }: ProfileCall, { maxPackageBytes }: ProfileSettings) {
  let found = false;
  const body = door.body(req, res, maxPackageBytes + 64 * 1024);
  for await (const part of ports.parts(body, req.headers['content-type'] ?? '')) {
    if (part.name === 'edocFile' && !found) {
      found = true;
      yield* part.body;
    } else if (part.name === 'messageType') {
      kindOf(await shortText(part));
    } else {
      throw reject('MULTIPART_EXTRA_PART', { params: { part: part.name ?? '' } });
    }
  }
  if (!found) throw reject('MULTIPART_NO_PACKAGE');
}

async function shortText({ body }: Part): Promise<string> {
  let text = '';
  for await (const piece of body) {
    text += Buffer.from(piece).toString('latin1');
    if (text.length > longestValue) throw wrongValue('messageType', text.slice(0, longestValue));
  }
  return text;
}

async function entries(ports: ProfilePorts, { agencyIds }: Client, query: URLSearchParams): Promise<object[]> {
  const kind = kindOf(query.get('messageType') ?? '');
  const [since, until] = [dayIn(query, 'fromDate', '00:00:00.000'), dayIn(query, 'toDate', '23:59:59.999')];
  const narrowed = {
    ...(kind === undefined ? {} : { kind }),
    ...(since === undefined ? {} : { since }),
    ...(until === undefined ? {} : { until }),
  };
  return (await ports.lists.received({ agencyIds, limit: mostEntries, ...narrowed })).map(entry);
}

/** `YYYY/MM/DD`, a day of Viet Nam. */
function dayIn(query: URLSearchParams, name: string, time: string): Date | undefined {
  const text = query.get(name)?.trim() ?? '';
  if (text === '') return undefined;
  const [, year, month, day] = /^(\d{4})\/(\d\d)\/(\d\d)$/.exec(text) ?? [];
  const at = new Date(`${year}-${month}-${day}T${time}+07:00`);
  if (Number.isNaN(at.getTime()) || vietnamTime(at).slice(0, 10) !== `${year}-${month}-${day}`) throw wrongValue(name, text);
  return at;
}

function entry({ deliveryId: docId, kind, sender: from, recipient: to, processingAt, acceptedAt }: ReceivedEntry): object {
  const created = vietnamTime(acceptedAt).slice(0, 19).replace('T', ' ').replaceAll('-', '/');
  const status = processingAt === undefined ? 'initial' : 'processing';
  return { docId, serviceType: 'eDoc', messageType: kind === 'document' ? 'edoc' : 'status', from, to, status, created_time: created };
}

async function update(ports: ProfilePorts, client: Client, given: ReadonlyMap<string, string>): Promise<object> {
  const status = given.get('status')?.trim().toLowerCase() ?? '';
  if (!isEntryStatus(status)) throw wrongValue('status', status);
  await updateEntry(ports, client, { docId: given.get('docId') ?? '', status, description: given.get('description') });
  return good(null);
}

async function* units(ports: ProfilePorts): AsyncGenerator<object[], void, undefined> {
  for await (const page of agencyPages(ports)) {
    yield page.map(({ id, code, name, parent }) => ({ id, code, name, pcode: parent ?? '' }));
  }
}
