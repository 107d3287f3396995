import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { SigningIdentity } from '../src/adapters/edxml/sign.ts';
import { issueCertificate, newKeyPem } from '../src/adapters/pki/issue-certificate.ts';
import type { Agency, AgencyId } from './cast.ts';
import { agencies } from './cast.ts';
import type { Identities } from './compose.ts';
import type { GatewayProcess } from './gateway-process.ts';

/** Id and secret of a client, and the file that holds the secret. */
export interface Credentials {
  readonly id: string;
  readonly secret: string;
  readonly secretFile: string;
}

/** What the gateway was told about the four agencies. */
export interface Provided {
  readonly clients: ReadonlyMap<AgencyId | 'operator', Credentials>;
  /** PEM: what receipts and pushes are checked with. */
  readonly gatewayCertificate: string;
}

const day = 86_400_000;

/** Makes a certificate authority and a key with its certificate for each agency; files `<id>.key` and `<id>.pem`. */
export async function makeIdentities(folder: string, who: readonly Agency[] = agencies): Promise<Identities> {
  await mkdir(folder, { recursive: true });
  const validity = { notBefore: new Date(Date.now() - day), notAfter: new Date(Date.now() + 365 * day) };
  const authorityKey = await newKeyPem('ec-p256');
  const content = { name: 'CA thử nghiệm tỉnh Hoa Sen', authority: true, ...validity };
  const authority = { keyPem: authorityKey, certificatePem: await issueCertificate(authorityKey, content) };
  await writeFile(join(folder, 'ca.pem'), authority.certificatePem);
  const made = who.map(async ({ id, key, name }): Promise<[AgencyId, SigningIdentity]> => {
    const keyPem = await newKeyPem(key);
    const certificatePem = await issueCertificate(keyPem, { name, ...validity }, authority);
    await writeFile(join(folder, `${id}.key`), keyPem, { mode: 0o600 });
    await writeFile(join(folder, `${id}.pem`), certificatePem);
    return [id, { keyPem, certificatePem }];
  });
  return new Map(await Promise.all(made));
}

/** Registers the agencies with their certificates and issues credentials, by the commands that an operator uses. */
export async function provide(
  gateway: GatewayProcess,
  folder: string,
  pushUrls: ReadonlyMap<AgencyId, string>,
  tell: (command: string) => void,
  who: readonly Agency[] = agencies,
): Promise<Provided> {
  const list = who.map(({ id, code, name, channel }) => ({ code, name, channel, pushUrl: pushUrls.get(id) }));
  const file = join(folder, 'agencies.json');
  await writeFile(file, JSON.stringify(list, null, 2));
  const command = (...words: readonly string[]) => {
    tell(['lienthong', ...words.map((word) => word.replace(`${folder}/`, '')).map(quoted)].join(' '));
    return gateway.command(...words);
  };
  await command('agencies', 'import', file);
  const certificate = command('keys', 'show', '--pem');
  const certificates = who.map(
    ({ id, code }) =>
      () =>
        command('certs', 'add', code, join(folder, 'keys', `${id}.pem`)),
  );
  const clients = who.map(({ id, code, name }) => ({ id, name, rights: ['--agencies', code, '--scopes', 'send,receive'] }));
  const operator = { id: 'operator' as const, name: 'Đơn vị vận hành trục', rights: ['--scopes', 'operate,audit'] };
  const issued = new Map<AgencyId | 'operator', Credentials>();
  const credentials = [...clients, operator].map(({ id, name, rights }) => async () => {
    const secretFile = join(folder, 'keys', `${id}.secret`);
    await command('credentials', 'issue', '--client', id, '--name', name, ...rights, '--secret-file', secretFile);
    issued.set(id, { id, secretFile, secret: (await readFile(secretFile, 'utf8')).trim() });
  });
  await inTurn([...certificates, ...credentials], 2);
  const gatewayCertificate = await certificate;
  await writeFile(join(folder, 'keys', 'gateway.pem'), gatewayCertificate);
  return { clients: issued, gatewayCertificate };
}

function quoted(word: string): string {
  return /^[\w./,:-]+$/.test(word) ? word : `'${word}'`;
}

/** Runs jobs, so many at the same time: each is a process. */
async function inTurn(jobs: readonly (() => Promise<unknown>)[], atOnce: number): Promise<void> {
  const queue = [...jobs];
  const work = async () => {
    for (let job = queue.shift(); job !== undefined; job = queue.shift()) await job();
  };
  await Promise.all(Array.from({ length: atOnce }, work));
}
