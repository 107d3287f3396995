import { createHmac, createPublicKey } from 'node:crypto';
import type { Form, Mutant } from '../attack.ts';
import { mutants } from '../attack.ts';
import { DSIG, digestOf, MORE, partOf, swap } from '../forge.ts';

const xmldsig11 = 'http://www.w3.org/2007/05/xmldsig-more#';
const methods = [
  `${DSIG}hmac-sha1`,
  `${MORE}hmac-sha256`,
  `${MORE}hmac-sha384`,
  `${MORE}hmac-sha512`,
  `${MORE}hmac-md5`,
  `${DSIG}dsa-sha1`,
  'http://www.w3.org/2009/xmldsig11#dsa-sha256',
  `${MORE}rsa-md5`,
  `${MORE}rsa-ripemd160`,
  `${MORE}rsa-sha224`,
  `${DSIG}rsa-sha1`,
  `${MORE}ecdsa-sha1`,
  `${MORE}ecdsa-sha224`,
  `${xmldsig11}sha256-rsa-MGF1`,
  `${xmldsig11}rsa-pss`,
  'http://www.w3.org/2021/04/xmldsig-more#eddsa-ed25519',
  '',
  'none',
  `${MORE}RSA-SHA256`,
  `${MORE}rsa-sha256 `,
  'rsa-sha256',
  '__proto__',
  'constructor',
];
const digests = [
  `${DSIG}sha1`,
  `${MORE}md5`,
  `${MORE}sha224`,
  'http://www.w3.org/2001/04/xmlenc#ripemd160',
  `${xmldsig11}sha3-256`,
  '',
  '__proto__',
];

const s14methods = methods.map(
  (uri): Form => [`SignatureMethod ${JSON.stringify(uri)}`, (t) => t.sign(t.unsigned(), { signatureMethod: uri }, t.rsa)],
);
const s14digests = digests.map(
  (uri): Form => [
    `DigestMethod ${JSON.stringify(uri)}`,
    (t) => t.sign(t.unsigned(), { digestMethod: uri, ...(uri.endsWith('#sha1') ? { digestHash: 'sha1' } : {}) }),
  ],
);
const s13 = ['0', '1', '8', '-1', '99999999999'].flatMap((length): Form[] =>
  [`${DSIG}hmac-sha1`, `${MORE}hmac-sha256`].map((uri) => [
    `HMACOutputLength ${length} with ${uri.split('#')[1]}`,
    (t) => t.sign(t.unsigned(), { signatureMethod: uri, inMethod: `<HMACOutputLength>${length}</HMACOutputLength>`, value: 'AA==' }),
  ]),
);
const hmac: Form[] = ['spki', 'pkcs1'].map((type) => [
  `HMAC keyed with the sender’s public key (${type})`,
  (t) => {
    const secret = createPublicKey(t.rsa.certificatePem).export({ type: type as 'spki', format: 'pem' });
    return t.sign(
      t.unsigned(),
      { signatureMethod: `${MORE}hmac-sha256`, value: createHmac('sha256', secret).update('x').digest('base64') },
      t.rsa,
    );
  },
]);

const flipped = (base64: string, change: (bytes: Buffer) => Buffer) => change(Buffer.from(base64, 'base64')).toString('base64');
const valueIn = (xml: string) => partOf(xml, 'SignatureValue').replace(/<[^>]*>/g, '');
const revalued =
  (change: (bytes: Buffer) => Buffer): Form[1] =>
  (t) =>
    swap(t.good, valueIn(t.good), flipped(valueIn(t.good), change));
const values: Form[] = [
  ['an ECDSA value of zeros', revalued((bytes) => Buffer.alloc(bytes.length))],
  ['r is zero', revalued((bytes) => Buffer.concat([Buffer.alloc(32), bytes.subarray(32)]))],
  ['s is zero', revalued((bytes) => Buffer.concat([bytes.subarray(0, 32), Buffer.alloc(32)]))],
  ['r and s exchanged', revalued((bytes) => Buffer.concat([bytes.subarray(32), bytes.subarray(0, 32)]))],
  ['one byte less', revalued((bytes) => bytes.subarray(1))],
  ['one byte more', revalued((bytes) => Buffer.concat([bytes, Buffer.alloc(1)]))],
  ['one bit changed', revalued((bytes) => Buffer.from(bytes.map((byte, i) => (i === 9 ? byte ^ 1 : byte))))],
  ['a value of 2,048 bytes', revalued(() => Buffer.alloc(2048, 1))],
];
const confusions: Form[] = [
  ['an RSA signature said to be ECDSA', (t) => swap(t.sign(t.unsigned(), {}, t.rsa), '#rsa-sha256', '#ecdsa-sha256')],
  ['an ECDSA signature said to be RSA', (t) => swap(t.good, '#ecdsa-sha256', '#rsa-sha256')],
  ['SHA-256 signed, SHA-512 said', (t) => swap(t.sign(t.unsigned(), {}, t.rsa), '#rsa-sha256', '#rsa-sha512')],
  ['the raw digest in place of a signature', (t) => t.sign(t.unsigned(), { value: digestOf(t.unsigned()) })],
];

/** Algorithms and values, each signed with the sender’s own key where that is possible. */
export const algorithms: readonly Mutant[] = [
  ...mutants('S13', 'SIGNATURE_ALGORITHM', s13),
  ...mutants('S14', 'SIGNATURE_ALGORITHM', [...s14methods, ...s14digests, ...hmac]),
  ...mutants('S14', 'SIGNATURE_INVALID', [...values, ...confusions], 'refuses'),
];
