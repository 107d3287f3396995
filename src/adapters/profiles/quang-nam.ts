import type { IncomingMessage } from 'node:http';
import type { ReceivedEntry } from '../../routing/facade.ts';
import { isEntryStatus } from '../../routing/facade-status.ts';
import { Rejection, reject } from '../../routing/problem.ts';
import { vietnamTime } from '../../routing/time.ts';
import { UnitFault } from '../../routing/unit.ts';
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
import type { Profile, ProfileCall, ProfilePorts, ProfileSettings } from './ports.ts';

/** A value of a call, from wherever it was put: nothing that is published says where the clients put theirs (vxp-protocol, 10). */
type ValueAt = (name: string) => string;

const api = '/truclienthong/v1.0.0';
const good = { status: 'OK', errorCode: '0', errorDesc: '' };
const formType = 'application/x-www-form-urlencoded';

/**
 * The interface of Quảng Nam (WSO2, truclienthong v1.0.0): `/token`, then `/vanbans` and `/donvilienthongs` with Bearer and `secretDonVi`.
 * The secret of the unit is a secret of the very client that the token is of.
 */
export function quangNam(ports: ProfilePorts, settings: ProfileSettings): Profile {
  return {
    async answer(call) {
      const { req, path, door } = call;
      if (path === '/token') return token(call);
      const [, resource, id, ...others] = path.startsWith(`${api}/`) ? path.slice(api.length).split('/') : [];
      const operation = others.length > 0 ? undefined : `${req.method} ${resource}${id === undefined ? '' : '/*'}`;
      const client = await door.login(req);
      const valueAt = await valuesOf(call);
      await checkUnit(call, client, valueAt);
      switch (operation) {
        case 'GET vanbans':
          door.need('fetchPackage', client);
          return { ...good, data: await entries(ports, client, valueAt) };
        case 'GET vanbans/*': {
          door.need('fetchPackage', client);
          const found = await openEntry(ports, client, id ?? '');
          return void (await sendPackage(ports, call.res, found, (data) => ({ ...good, data })));
        }
        case 'POST vanbans':
          door.need('sendPackage', client);
          kindOf(valueAt('loaiVanBan'));
          return { ...good, docId: await receivePackage(ports, door, client, () => packageIn(ports, call, settings)) };
        case 'PUT vanbans/*':
          door.need('fetchPackage', client);
          return update(ports, client, id ?? '', valueAt);
        case 'GET donvilienthongs':
          return void (await sendList(
            call.res,
            (data) => ({ ...good, data }),
            units(ports, () => true),
          ));
        case 'POST donvilienthongs':
          needBoth(call, client);
          await register(ports, call, client);
          return good;
        case 'PUT donvilienthongs':
          needBoth(call, client);
          await close(ports, client, valueAt('agencyCode').trim());
          return good;
        case 'GET donvilienthongs/*':
          if (id !== 'qn') break;
          return void (await sendList(call.res, (data) => ({ ...good, data }), units(ports, isOf(settings.province))));
      }
      throw reject('PROFILE_OPERATION_UNKNOWN', { params: { operation: `${req.method} ${path}` } });
    },
    refusal: (errorCode, errorDesc) => ({ status: 'FAIL', errorCode, errorDesc }),
  };
}

/** Whoever registers agencies is a whole document system, not one that only sends or only fetches. */
function needBoth({ door }: ProfileCall, client: Client): void {
  door.need('sendPackage', client);
  door.need('fetchPackage', client);
}

async function register({ units: own }: ProfilePorts, { req, res, door }: ProfileCall, client: Client): Promise<void> {
  const given = objectIn(await smallBody(door, req, res));
  const field = (name: string) => {
    const value = given[name] ?? '';
    if (typeof value !== 'string') throw wrongValue(name, JSON.stringify(value).slice(0, 100));
    return value.trim();
  };
  const contacts = { mail: field('email'), mobile: field('mobile'), fax: field('fax') };
  try {
    await own.register({ code: field('code'), name: field('name'), pcode: field('pcode'), ...contacts }, client);
  } catch (error) {
    throw error instanceof UnitFault ? wrongValue(error.field, error.value) : error;
  }
}

function objectIn(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch {
    // said below
  }
  throw wrongValue('data', text.slice(0, 100));
}

async function close({ units: own }: ProfilePorts, client: Client, code: string): Promise<void> {
  if (code === '') throw wrongValue('agencyCode', code);
  await own.close(code, client);
}

/** Only a secret gets a token: one token must not make the next. */
async function token({ req, door }: ProfileCall): Promise<object> {
  if (!/^basic /i.test(req.headers.authorization ?? '')) throw reject('UNAUTHENTICATED');
  return door.tokenFor(await door.login(req));
}

/** From the query, a header, or a short form: a body that is a package is left alone. */
async function valuesOf({ req, res, door, query }: ProfileCall): Promise<ValueAt> {
  const isForm = req.method === 'PUT' && (req.headers['content-type'] ?? '').toLowerCase().startsWith(formType);
  const form = new URLSearchParams(isForm ? await smallBody(door, req, res) : '');
  return (name) => query.get(name) ?? headerOf(req, name) ?? form.get(name) ?? '';
}

function headerOf({ headers }: IncomingMessage, name: string): string | undefined {
  const value = headers[name.toLowerCase()];
  return typeof value === 'string' ? value : undefined;
}

async function checkUnit({ req, door }: ProfileCall, client: Client, valueAt: ValueAt): Promise<void> {
  await door.loginWith(req, { id: client.id, secret: valueAt('secretDonVi').trim() });
}

async function entries(ports: ProfilePorts, { agencyIds }: Client, valueAt: ValueAt): Promise<object[]> {
  const kind = kindOf(valueAt('loaiVanBan'));
  const found = await ports.lists.received({ agencyIds, limit: mostEntries, ...(kind === undefined ? {} : { kind }) });
  return found.map(entry);
}

/** Getters of the client are all that is known of the names, so both ways of writing them are given. */
function entry({ deliveryId: docId, kind, sender: from, recipient: to, processingAt, acceptedAt }: ReceivedEntry): object {
  const status = processingAt === undefined ? 'INITIAL' : 'PROCESSING';
  const statusDesc = processingAt === undefined ? 'Chờ nhận' : 'Đang xử lý';
  const createdTime = vietnamTime(acceptedAt).slice(0, 19).replace('T', ' ').replaceAll('-', '/');
  const messageType = kind === 'document' ? 'edoc' : 'status';
  return {
    docId,
    serviceType: 'eDoc',
    messageType,
    from,
    to,
    status,
    statusDesc,
    status_desc: statusDesc,
    createdTime,
    created_time: createdTime,
  };
}

async function update(ports: ProfilePorts, client: Client, docId: string, valueAt: ValueAt): Promise<object> {
  const word = valueAt('status').trim().toLowerCase();
  // an entry begins so, and stays so until somebody says something else
  if (word === 'initial') return good;
  if (!isEntryStatus(word)) throw wrongValue('status', valueAt('status'));
  await updateEntry(ports, client, { docId, status: word, description: valueAt('description') });
  return good;
}

/** The package: base64 as the whole body, with or without the quotes of a JSON string. */
async function* packageIn(ports: ProfilePorts, { req, res, door }: ProfileCall, { maxPackageBytes }: ProfileSettings) {
  const bytes = Math.ceil(maxPackageBytes * 1.4) + 1024;
  try {
    yield* ports.decodeBase64(unquoted(door.body(req, res, bytes)));
  } catch (error) {
    const problem = error instanceof Rejection ? error.problems[0] : undefined;
    if (problem?.code.startsWith('ATTACHMENT_BASE64') !== true) throw error;
    throw reject('PROFILE_BASE64', { params: { offset: problem.params?.['offset'] ?? 0 } });
  }
}

const QUOTE = 0x22;

async function* unquoted(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  let first = true;
  let held: Uint8Array | undefined;
  for await (const chunk of body) {
    if (held !== undefined) yield held;
    held = first && chunk[0] === QUOTE ? chunk.subarray(1) : chunk;
    first = false;
  }
  if (held !== undefined) yield held.at(-1) === QUOTE ? held.subarray(0, -1) : held;
}

function isOf(province: readonly string[]): (code: string) => boolean {
  return (code) => province.some((level1) => code === level1 || code.endsWith(`.${level1}`) || code.startsWith(`${level1}.`));
}

async function* units(ports: ProfilePorts, wanted: (code: string) => boolean): AsyncGenerator<object[], void, undefined> {
  for await (const page of agencyPages(ports)) {
    yield page.filter(({ code }) => wanted(code)).map(({ id, code, name, parentId }) => ({ id, code, name, pid: parentId ?? '0' }));
  }
}
