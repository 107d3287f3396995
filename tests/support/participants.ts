import { hashSecret, newSecret } from '../../src/adapters/pki/secrets.ts';
import type { Agency, ClientScope } from '../../src/routing/register.ts';
import type { Store } from '../../src/store.ts';
import { agencyWith, newId } from './acceptance.ts';
import type { TestIdentity } from './certificates.ts';
import { makeIdentity } from './certificates.ts';
import type { PackageSpec, StatusSpec } from './packages.ts';
import { buildPackage, buildStatus } from './packages.ts';
import { signQuickly } from './quick-signer.ts';

/** An agency that takes part: what is registered of it. */
export interface ParticipantSpec {
  readonly code: string;
  /** Where packages are pushed to; an inbox without it. */
  readonly pushUrl?: string;
  readonly agency?: Partial<Agency>;
}

/** An agency with the system that speaks for it. */
export interface Participant {
  readonly code: string;
  readonly agencyId: string;
  readonly identity: TestIdentity;
  readonly client: Credentials;
  /** A signed document package from this agency, every one with a number of its own. */
  document(spec?: PackageSpec): Buffer;
  /** A signed status package from this agency. */
  status(spec?: StatusSpec): Buffer;
}

/** What a system logs in with. */
export interface Credentials {
  readonly id: string;
  readonly secret: string;
}

let documents = 0;

/** Registers agencies with one client each, and one certificate unless `certificates` is false. */
export async function enrol(store: Store, specs: readonly ParticipantSpec[], certificates = true): Promise<Participant[]> {
  const made = specs.map(agencyOf);
  await store.register.add(made, 'cli:test');
  return Promise.all(made.map((agency, i) => enrolOne(store, agency, (specs[i] as ParticipantSpec).code, certificates)));
}

/** Registers a client that speaks for no agency: an operator, an auditor. */
export async function enrolClient(
  store: Store,
  id: string,
  scopes: readonly ClientScope[],
  agencyIds: readonly string[] = [],
): Promise<Credentials> {
  const secret = newSecret();
  await store.register.addClient({ id, name: id, scopes, agencyIds }, 'cli:test');
  await store.register.addSecret(id, { id: newId(), hash: await hashSecret(secret) }, new Date(0), 'cli:test');
  return { id, secret };
}

/** The header that logs a client in. */
export function basicAuth({ id, secret }: Credentials): { readonly authorization: string } {
  return { authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}` };
}

function agencyOf({ code, pushUrl, agency }: ParticipantSpec): Agency {
  return agencyWith(code, { ...(pushUrl === undefined ? {} : { channel: 'push', pushUrl }), ...agency });
}

async function enrolOne(store: Store, agency: Agency, code: string, certified: boolean): Promise<Participant> {
  const identity = await makeIdentity('p256', { name: agency.name });
  const { fingerprint, der, notBefore, notAfter } = identity.certificate;
  const certificate = { fingerprint, der, notBefore, notAfter, subject: agency.name, issuer: agency.name, serial: '01' };
  if (certified) await store.register.addCertificate(agency.id, certificate, 'cli:test');
  const id = `he-thong-${code.toLowerCase().replaceAll('.', '-')}`;
  const client = await enrolClient(store, id, ['send', 'receive'], [agency.id]);
  const from = { code, name: agency.name };
  return {
    code,
    agencyId: agency.id,
    identity,
    client,
    document(spec = {}) {
      const number = String(++documents);
      const named = { number, documentId: `${code},2026/03/02,${number}/SNV-CCHC`, from };
      return signQuickly(buildPackage({ ...named, ...spec }), identity);
    },
    status: (spec = {}) => signQuickly(buildStatus({ from, timestamp: '2026/03/02 10:05:00', ...spec }), identity),
  };
}
