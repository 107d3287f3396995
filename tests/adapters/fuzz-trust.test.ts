import fc from 'fast-check';
import { describeCertificate } from '../../src/adapters/pki/path/certificate.ts';
import { createValidatePath } from '../../src/adapters/pki/path/remembered.ts';
import { bindingFor } from '../../src/adapters/pki/path/subject-rule.ts';
import { createAsk } from '../../src/adapters/pki/revocation/ask.ts';
import { subjectOf } from '../../src/adapters/pki/revocation/authority.ts';
import { createShelf } from '../../src/adapters/pki/revocation/shelf.ts';
import { readTimestamp } from '../../src/adapters/pki/timestamp.ts';
import { Rejection } from '../../src/routing/problem.ts';
import type { TrustAnchor } from '../../src/routing/trust.ts';
import { defaultAnchorPolicy } from '../../src/routing/trust.ts';
import type { Issued, TestAuthority } from '../support/authority.ts';
import { openAuthority } from '../support/authority.ts';
import { changedDer } from '../support/der-changes.ts';
import { often, patience } from '../support/fuzz.ts';
import { answerOffline } from '../support/ocsp-answers.ts';
import { OpensslAuthority, timestamper } from '../support/openssl-authority.ts';

const covered = Buffer.from('<SignatureValue/>');
const tsa = new OpensslAuthority();
/** When everything had been issued. */
let at: Date;
let authority: TestAuthority;
let leaf: Issued;
let list: Buffer;
let answer: Buffer;
let token: Buffer;

beforeAll(async () => {
  authority = await openAuthority('CA Thử nghiệm');
  const named = ['authorityInfoAccess=OCSP;URI:http://ocsp.test/', 'crlDistributionPoints=URI:http://ca.test/ca.crl'];
  leaf = await authority.issue('Sở Nội vụ', { extensions: ['basicConstraints=CA:false', 'keyUsage=digitalSignature', ...named] });
  const delegate = await authority.issue('OCSP', { extensions: ['extendedKeyUsage=OCSPSigning', 'noCheck=ignored'] });
  await authority.revoke(delegate, 'keyCompromise', '20260101000000Z');
  list = await authority.crl({ extensions: ['issuingDistributionPoint=@p', '[p]', 'fullname=URI:http://ca.test/ca.crl'] });
  answer = await answerOffline(authority, leaf, { signer: delegate });
  const stamper = tsa.issue({ subject: '/C=VN/CN=Dau thoi gian thu', extensions: timestamper });
  token = tsa.timestamp(covered, stamper);
  at = new Date();
});
afterAll(async () => {
  await authority?.close();
  tsa.remove();
});

function asking() {
  const shelf = createShelf({
    records: { keepCrl: async () => 'kept', crls: async () => [] },
    authorities: async () => [authority.certificate.der],
    now: () => at,
    mostBytes: 1 << 20,
  });
  const nowhere = async () => Promise.reject(new Error('nothing may be fetched'));
  const records = { answer: async () => null, keepAnswer: async () => undefined };
  const ports = { records, listsOf: async () => [], shelf, fetch: nowhere, now: () => at };
  return { shelf, ask: createAsk(ports, { within: 1000, mostListBytes: 1 << 20, nonce: 'required' }) };
}

const check = <T>(changed: fc.Arbitrary<T>, property: (changed: T) => Promise<void>) =>
  fc.assert(fc.asyncProperty(changed, property), often(100) as fc.Parameters<[T]>);

describe('random changes', () => {
  it(
    'in what is stapled beside a signature leave the question open or answered, and make nobody good by themselves',
    async () => {
      const pair = { certificate: subjectOf(leaf.der), issuer: subjectOf(authority.certificate.der) };
      const { ask } = asking();
      for (const whole of [answer, list]) expect(await ask.stapled(pair, at, [whole])).toMatchObject({ status: 'good' });
      await check(fc.oneof(changedDer(answer), changedDer(list)), async (der) => {
        const fact = await ask.stapled(pair, at, [der]);
        if (fact.status === 'good') expect([answer, list].some((one) => sameSigned(one, der))).toBe(true);
      });
    },
    patience,
  );

  it(
    'in a list that is imported are a refusal',
    async () => {
      const { shelf } = asking();
      await shelf.take(list, 'file:whole');
      await check(changedDer(list), async (der) => {
        const result = await shelf.take(der, 'file:changed').catch((error: unknown) => error);
        if (!(result instanceof Rejection)) expect(result).toMatchObject({ crl: { size: der.length } });
      });
    },
    patience,
  );

  it(
    'in a timestamp are said to prove nothing',
    async () => {
      expect(readTimestamp(token, covered, [])).toMatchObject({ at: expect.any(Date) });
      await check(changedDer(token), async (der) => {
        const read = readTimestamp(der, covered, []);
        if (!('why' in read)) expect(read.at.getTime()).toBeLessThanOrEqual(Date.now() + 1000);
      });
    },
    patience,
  );

  it(
    'in the certificates of KeyInfo never make another one good, whichever of them it is',
    async () => {
      const anchor: TrustAnchor = {
        id: 'a',
        name: 'a',
        fingerprint: '',
        certificate: authority.certificate.der,
        policy: defaultAnchorPolicy,
      };
      const binding = { id: 'b', agencyId: 'x', anchorId: 'a', subject: [{ type: 'CN', value: 'Sở Nội vụ' }] };
      const settings = { version: 1, anchors: [anchor], intermediates: [], bindings: new Map() };
      const path = createValidatePath(
        async () => settings,
        () => at,
      );
      const question = { hints: [], purpose: 'package' as const, at };
      expect((await path({ ...question, leaf: leaf.der })).ok).toBe(true);
      await check(changedDer(leaf.der), async (der) => {
        bindingFor(der, [binding]);
        expect((await path({ ...question, leaf: leaf.der, hints: [der] })).ok).toBe(true);
        const found = await path({ ...question, leaf: der });
        if (found.ok) expect(describeCertificate(der).name).toBe(describeCertificate(leaf.der).name);
      });
    },
    patience,
  );
});

/** The bytes that a signature covers stand in both: only what is around them differs. */
function sameSigned(one: Buffer, other: Buffer): boolean {
  return other.includes(one.subarray(Math.floor(one.length * 0.3), Math.floor(one.length * 0.35)));
}
