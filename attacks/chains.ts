import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { RevocationPolicy, TrustPurpose } from '../src/routing/trust.ts';
import { defaultAnchorPolicy } from '../src/routing/trust.ts';
import type { Store } from '../src/store.ts';
import { newId } from '../tests/support/acceptance.ts';
import type { Issued as Listed, TestAuthority } from '../tests/support/authority.ts';
import { openAuthority, opensslTime } from '../tests/support/authority.ts';
import { answerOffline, redated } from '../tests/support/ocsp-answers.ts';
import type { Issued, IssueOptions } from '../tests/support/openssl-authority.ts';
import { authority as authorityExtensions, OpensslAuthority } from '../tests/support/openssl-authority.ts';

/** What can stand beside a signature about the revocation of its certificate: DER by what is wrong with it. */
export interface Staples {
  readonly answers: Readonly<Record<'good' | 'revoked' | 'expired' | 'future' | 'foreign' | 'other' | 'changed', Buffer>>;
  readonly lists: Readonly<Record<'good' | 'expired' | 'future' | 'foreign' | 'delta' | 'changed', Buffer>>;
}

/** Authorities that the gateway trusts, and what is issued below them; `issue` names the agency unless told otherwise. */
export interface Chains {
  readonly root: Issued;
  readonly middle: Issued;
  /** Another root, below which nothing is taken without an answer about revocation. */
  readonly watched: Issued;
  /** A root that nobody made an anchor. */
  readonly foreign: Issued;
  issue(options?: Partial<IssueOptions>): Issued;
  /** A certificate below an anchor that is not taken without an answer about revocation, and it names nobody to ask. */
  readonly strict: Listed;
  readonly staples: Staples;
  close(): Promise<void>;
}

/** The subject that the binding of the agency wants. */
export const boundSubject = '/C=VN/O=UBND tỉnh thử/CN=Sở Tư pháp thử';
const day = 86_400_000;

/** Makes the authorities, and makes them the agency's anchors by a binding each. */
export async function openChains(store: Store, agencyId: string): Promise<Chains> {
  const openssl = new OpensslAuthority();
  const root = openssl.issue({ subject: '/C=VN/CN=Goc thu', extensions: authorityExtensions, to: 3650 });
  const middle = openssl.issue({ subject: '/C=VN/CN=Cap duoi thu', issuer: root, extensions: authorityExtensions, to: 1000 });
  const foreign = openssl.issue({ subject: '/C=VN/CN=Goc la', extensions: authorityExtensions, to: 3650 });
  const watched = openssl.issue({ subject: '/C=VN/CN=Goc thu hai', extensions: authorityExtensions, to: 3650 });
  const [listing, other] = await Promise.all([openAuthority('CA thu hồi thử'), openAuthority('CA thu hồi lạ')]);
  const trust = trusting(store, agencyId);
  await trust('goc', root.der, 'off', [
    { type: 'O', value: 'UBND tỉnh thử' },
    { type: 'CN', value: 'Sở Tư pháp*' },
  ]);
  await trust('thu-hoi', listing.certificate.der, 'hard-fail', [{ type: 'CN', value: 'Sở Tư pháp*' }]);
  await trust('goc-hai', watched.der, 'hard-fail', [{ type: 'CN', value: 'Sở Tư pháp*' }]);
  // The gateway looks at the version of the settings once a second.
  await sleep(1200);
  const strict = await listing.issue('Sở Tư pháp thử 2');
  return {
    root,
    middle,
    watched,
    foreign,
    issue: (options = {}) => openssl.issue({ subject: boundSubject, issuer: middle, ...options }),
    strict,
    staples: await staplesOf(listing, other, strict),
    async close() {
      openssl.remove();
      await Promise.all([listing.close(), other.close()]);
    },
  };
}

const purposes: readonly TrustPurpose[] = ['package'];

function trusting({ trust }: Store, agencyId: string) {
  return async (id: string, certificate: Uint8Array, revocation: RevocationPolicy, subject: readonly { type: string; value: string }[]) => {
    const fingerprint = createHash('sha256').update(certificate).digest('hex');
    const policy = { ...defaultAnchorPolicy, purposes, revocation };
    await trust.add([{ id, name: id, fingerprint, certificate, policy }], [], 'cli:attacks');
    await trust.bind({ id: newId(), agencyId, anchorId: id, subject }, 'cli:attacks');
  };
}

async function staplesOf(listing: TestAuthority, other: TestAuthority, about: Listed): Promise<Staples> {
  const { keyPem } = listing.certificate;
  const good = await answerOffline(listing, about);
  const list = await listing.crl({ number: 7 });
  const index = [`R\t271231000000Z\t260101000000Z,superseded\t${about.serial.toUpperCase()}\tunknown\t/CN=x`];
  const changed = Buffer.from(list);
  changed[changed.length - 9] = (changed[changed.length - 9] as number) ^ 1;
  const lists = {
    good: list,
    expired: await listing.crl({ from: opensslTime(-3 * day), until: opensslTime(-2 * day) }),
    future: await listing.crl({ from: opensslTime(2 * day), until: opensslTime(3 * day) }),
    foreign: await other.crl(),
    delta: await listing.crl({ number: 8, index, extensions: ['2.5.29.27=critical,DER:020107'] }),
    changed,
  };
  const answers = {
    good,
    expired: redated(good, -3 * day, keyPem),
    future: redated(good, 3 * day, keyPem),
    foreign: await answerOffline(listing, about, { signer: other.certificate }),
    other: await answerOffline(listing, listing.certificate),
    changed: redated(good, 0, other.certificate.keyPem),
  };
  await listing.revoke(about, 'keyCompromise', '20260101000000Z');
  return { lists, answers: { ...answers, revoked: await answerOffline(listing, about) } };
}
