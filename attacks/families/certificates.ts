import type { Issued } from '../../tests/support/openssl-authority.ts';
import { authority, signer } from '../../tests/support/openssl-authority.ts';
import type { UnsignedProperties } from '../../tests/support/xades.ts';
import { withUnsignedProperties } from '../../tests/support/xades.ts';
import type { Form, Mutant } from '../attack.ts';
import { mutants } from '../attack.ts';
import type { Chains } from '../chains.ts';
import { boundSubject } from '../chains.ts';
import type { Target } from '../target.ts';
import { cast } from '../target.ts';

const base64Of = (pem: string) => pem.replaceAll(/-----[A-Z ]+-----|\s/g, '');

/** A package of the agency that is bound to the anchors, signed with this certificate; others come along in KeyInfo. */
function by(t: Target, { pem, identity }: Pick<Issued, 'pem' | 'identity'>, along: readonly { readonly pem: string }[] = []): string {
  const data = [pem, ...along.map((one) => one.pem)].map((one) => `<X509Certificate>${base64Of(one)}</X509Certificate>`).join('');
  return t.sign(t.unsigned({ from: { code: cast.bound } }), { keyInfo: `<KeyInfo><X509Data>${data}</X509Data></KeyInfo>` }, identity);
}

/** The same below an anchor that is not taken without an answer about revocation. */
export function signedBelow(t: Target, extensions: readonly string[]): string {
  return by(t, t.chains.issue({ issuer: t.chains.watched, extensions: [...signer, ...extensions] }));
}

type Maker = (chains: Chains) => { readonly leaf: Issued; readonly along?: readonly Issued[] };

const form = (sentence: string, make: Maker): Form => [
  sentence,
  (t) => {
    const { leaf, along = [t.chains.middle] } = make(t.chains);
    return by(t, leaf, along);
  },
];

/** Issued by an authority of its own below the root. */
const below =
  (extensions: readonly string[], leaf: object = {}): Maker =>
  ({ root, issue }) => {
    const between = issue({ subject: '/C=VN/CN=Cap duoi khac', issuer: root, extensions: [...extensions] });
    return { leaf: issue({ issuer: between, ...leaf }), along: [between] };
  };

const dates: Mutant[] = [
  ...mutants('S22', 'CHAIN_EXPIRED', [
    form('expired a day ago', ({ issue }) => ({ leaf: issue({ from: -30, to: -1 }) })),
    form('an authority on the path that has expired', ({ root, issue }) => {
      const between = issue({ subject: '/C=VN/CN=Cap duoi cu', issuer: root, extensions: authority, from: -30, to: -1 });
      return { leaf: issue({ issuer: between }), along: [between] };
    }),
  ]),
  ...mutants('S22', 'CHAIN_NOT_YET_VALID', [form('valid from tomorrow on', ({ issue }) => ({ leaf: issue({ from: 1, to: 30 }) }))]),
];

const paths: Mutant[] = [
  ...mutants('S22', 'CHAIN_NO_ANCHOR', [
    form('below a root that nobody trusts', ({ foreign, issue }) => ({ leaf: issue({ issuer: foreign }), along: [foreign] })),
    form('self-signed', ({ issue }) => ({ leaf: issue({ issuer: issue({ subject: boundSubject }) }), along: [] })),
    form('without the authority between', ({ issue, root }) => ({
      leaf: issue({ issuer: issue({ subject: '/C=VN/CN=Cap duoi thieu', issuer: root, extensions: authority }) }),
      along: [],
    })),
  ]),
  ...mutants('S22', 'CHAIN_SIGNATURE', [
    form('below a false authority of the same name', ({ issue }) => {
      const false_ = issue({ subject: '/C=VN/CN=Goc thu', extensions: authority });
      const root = { ...false_, keyFile: false_.keyFile };
      return { leaf: issue({ issuer: root }), along: [] };
    }),
  ]),
  ...mutants('S22', 'CHAIN_NOT_AN_AUTHORITY', [
    form('issued by another agency', ({ middle, issue }) => {
      const agency = issue({ subject: '/C=VN/CN=So khac', issuer: middle });
      return { leaf: issue({ issuer: agency }), along: [agency, middle] };
    }),
    form(
      'issued by a certificate that says CA:FALSE and may sign certificates',
      below(['basicConstraints=CA:FALSE', 'keyUsage=keyCertSign']),
    ),
  ]),
  ...mutants('S22', 'CHAIN_TOO_LONG', [
    form('one authority more than pathLenConstraint allows', ({ root, issue }) => {
      const end = issue({
        subject: '/C=VN/CN=Cap cuoi',
        issuer: root,
        extensions: ['basicConstraints=critical,CA:TRUE,pathlen:0', ...authority.slice(1)],
      });
      const more = issue({ subject: '/C=VN/CN=Cap them', issuer: end, extensions: authority });
      return { leaf: issue({ issuer: more }), along: [more, end] };
    }),
  ]),
];

const constraints: Mutant[] = [
  ...mutants('S22', 'CHAIN_KEY_USAGE', [
    form('no digitalSignature in keyUsage', ({ issue }) => ({ leaf: issue({ extensions: ['keyUsage=critical,keyEncipherment'] }) })),
    form('an authority without keyCertSign', below(['basicConstraints=critical,CA:TRUE', 'keyUsage=critical,cRLSign'])),
  ]),
  ...mutants('S22', 'CHAIN_NAME_CONSTRAINT', [
    form(
      'outside the permitted names',
      below([...authority, 'nameConstraints=critical,permitted;dirName:n', '[n]', 'C=VN', 'O=Tinh khac']),
    ),
    form('inside the excluded names', below([...authority, 'nameConstraints=critical,excluded;dirName:n', '[n]', 'C=VN'])),
  ]),
  ...mutants('S22', 'CHAIN_CRITICAL_EXTENSION', [
    form('a critical extension that nobody knows', ({ issue }) => ({
      leaf: issue({ extensions: [...signer, '1.2.3.4=critical,DER:0500'] }),
    })),
  ]),
  ...mutants('S22', 'CHAIN_ALGORITHM', [form('signed with SHA-1', ({ issue }) => ({ leaf: issue({ digest: 'sha1' }) }))]),
  ...mutants('S22', 'CHAIN_KEY_WEAK', [form('an RSA key of 1,024 bits', ({ issue }) => ({ leaf: issue({ algorithm: 'rsa-1024' }) }))]),
  ...mutants('S22', 'CERTIFICATE_NOT_BOUND', [
    form('the name of another agency', ({ issue }) => ({ leaf: issue({ subject: '/C=VN/O=UBND tỉnh thử/CN=Sở Y tế' }) })),
    form('a second common name, of another agency', ({ issue }) => ({ leaf: issue({ subject: `${boundSubject}/CN=Sở Y tế` }) })),
    form('no organisation', ({ issue }) => ({ leaf: issue({ subject: '/C=VN/CN=Sở Tư pháp thử' }) })),
    form('the name with a letter of another alphabet', ({ issue }) => ({ leaf: issue({ subject: boundSubject.replace('pháp', 'рháp') }) })),
  ]),
];

const stapled = (sentence: string, make: (chains: Chains) => UnsignedProperties): Form => [
  sentence,
  (t) => {
    const { pem, keyPem, der } = t.chains.strict;
    const identity = { ...t.ec, keyPem, certificatePem: pem, certificate: { ...t.ec.certificate, der } };
    return withUnsignedProperties(by(t, { pem, identity }), make(t.chains));
  },
];
const answer = (sentence: string, name: keyof Chains['staples']['answers']) =>
  stapled(`an OCSP answer that ${sentence}`, ({ staples }) => ({ answers: [staples.answers[name]] }));
const list = (sentence: string, name: keyof Chains['staples']['lists']) =>
  stapled(`a list that ${sentence}`, ({ staples }) => ({ lists: [staples.lists[name]] }));

const revocation: Mutant[] = [
  ...mutants('S23', 'REVOCATION_UNKNOWN', [
    stapled('nothing, and nobody to ask', () => ({})),
    answer('has run out', 'expired'),
    answer('is of the day after tomorrow', 'future'),
    answer('another authority signed', 'foreign'),
    answer('speaks of another certificate', 'other'),
    answer('another key signed', 'changed'),
    stapled('an OCSP answer without a signature', () => ({ answers: [Buffer.from('30030a0100', 'hex')] })),
    stapled('an OCSP answer that asks for patience', () => ({ answers: [Buffer.from('30030a0103', 'hex')] })),
    stapled('rubbish', () => ({ answers: [Buffer.from('xin chào')], lists: [Buffer.from('0')] })),
    list('has run out', 'expired'),
    list('is of the day after tomorrow', 'future'),
    list('another authority signed', 'foreign'),
    list('only adds to another', 'delta'),
    list('was changed', 'changed'),
    stapled(
      'all of these together',
      ({
        staples: {
          answers: { expired, foreign, other },
          lists,
        },
      }) => ({
        answers: [expired, foreign, other],
        lists: [lists.expired, lists.foreign],
      }),
    ),
  ]),
  ...mutants('S23', 'CERTIFICATE_REVOKED', [
    answer('says revoked', 'revoked'),
    stapled('an OCSP answer that says good before one that says revoked', ({ staples: { answers } }) => ({
      answers: [answers.good, answers.revoked],
    })),
    stapled('a list that says good, and an OCSP answer that says revoked', ({ staples: { answers, lists } }) => ({
      answers: [answers.revoked],
      lists: [lists.good],
    })),
  ]),
  ...mutants('S23', 'SIGNATURE_FORM', [
    stapled('an OCSP answer of 16 KB', () => ({ answers: [Buffer.alloc(12_300, 1)] })),
    stapled('nine OCSP answers', ({ staples }) => ({ answers: Array.from({ length: 9 }, () => staples.answers.good) })),
  ]),
];

/** Certificates and what is said of their revocation, below anchors that the agency is bound to. */
export const certificates: readonly Mutant[] = [
  ...mutants('C00', 'accepted', [
    form('signed with a certificate below an anchor', ({ issue }) => ({ leaf: issue() })),
    answer('says good, stapled beside the signature', 'good'),
    list('says good, stapled beside the signature', 'good'),
  ]),
  ...dates,
  ...paths,
  ...constraints,
  ...revocation,
];
