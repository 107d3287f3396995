import type { Scene } from '../attack.ts';
import { scenes } from '../attack.ts';
import { partOf, swap, x509Data } from '../forge.ts';
import type { Stage } from '../stage.ts';

const word = ({ status, codes }: { status: number; codes: readonly string[] }) =>
  status === 201 ? 'accepted' : status === 200 ? 'repeated' : codes.join(' ');
const key = (value: string) => ({ 'idempotency-key': value });
const fresh = ({ target }: Stage) => target.sign(target.unsigned());
const byAnother = ({ ask, logins }: Stage, body: Buffer | string) =>
  ask({ path: '/v1/packages', method: 'POST', login: logins.other, headers: { 'content-type': 'application/xml' }, body });
let keys = 0;
const newKey = () => `khoa-${process.pid}-${++keys}`;

/** How many of several answers were of each kind, in the order of the alphabet. */
function tally(answers: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const answer of answers) counts.set(answer, (counts.get(answer) ?? 0) + 1);
  return [...counts]
    .sort()
    .map(([answer, count]) => `${count} ${answer}`)
    .join(', ');
}

const s24: readonly (readonly [string, string, Scene['play'], 'packages'])[] = [
  [
    'the same bytes under a new id',
    'repeated',
    async (stage) => {
      const bytes = fresh(stage);
      await stage.send(bytes, key(newKey()));
      return word(await stage.send(bytes, key(newKey())));
    },
    'packages',
  ],
  [
    'other content under a used id',
    'MESSAGE_ID_REUSED',
    async (stage) => {
      const id = newKey();
      await stage.send(fresh(stage), key(id));
      return word(await stage.send(fresh(stage), key(id)));
    },
    'packages',
  ],
  [
    'the same bytes sixteen times at once',
    '1 accepted, 15 repeated',
    async (stage) => {
      const bytes = fresh(stage);
      return tally(await Promise.all(Array.from({ length: 16 }, async () => word(await stage.send(bytes)))));
    },
    'packages',
  ],
  [
    'sixteen packages under one id at once',
    '15 MESSAGE_ID_REUSED, 1 accepted',
    async (stage) => {
      const id = newKey();
      return tally(await Promise.all(Array.from({ length: 16 }, async () => word(await stage.send(fresh(stage), key(id))))));
    },
    'packages',
  ],
  [
    'an id that a refused package had',
    'accepted',
    async (stage) => {
      const id = newKey();
      await stage.send(swap(fresh(stage), 'V/v', 'v/V'), key(id));
      return word(await stage.send(fresh(stage), key(id)));
    },
    'packages',
  ],
  [
    'a package of the sender brought by another agency',
    'SENDER_NOT_YOURS',
    async (stage) => {
      return word(await byAnother(stage, fresh(stage)));
    },
    'packages',
  ],
  [
    'an accepted package brought again by another agency',
    'SENDER_NOT_YOURS',
    async (stage) => {
      const bytes = fresh(stage);
      await stage.send(bytes);
      return word(await byAnother(stage, bytes));
    },
    'packages',
  ],
];
/** Order of the group of P-256 (SEC 2, 2.4.2). */
const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;

/** The other value that the same key proves the same content by: (r, n − s). */
function otherValue(xml: string): string {
  const value = partOf(xml, 'SignatureValue').replace(/<[^>]*>/g, '');
  const bytes = Buffer.from(value, 'base64');
  const s = order - BigInt(`0x${bytes.subarray(32).toString('hex')}`);
  return swap(xml, value, Buffer.concat([bytes.subarray(0, 32), Buffer.from(s.toString(16).padStart(64, '0'), 'hex')]).toString('base64'));
}
const rewritten: readonly (readonly [string, (xml: string, stage: Stage) => string])[] = [
  ['a comment between elements', (xml) => swap(xml, '<edXML:Subject>', '<!-- x --><edXML:Subject>')],
  ['a comment behind the root', (xml) => `${xml}<!-- x -->`],
  ['no KeyInfo', (xml) => swap(xml, partOf(xml, 'KeyInfo'), '')],
  ['somebody else’s certificate in KeyInfo', (xml, { target }) => swap(xml, partOf(xml, 'KeyInfo'), x509Data(target.stranger))],
  ['the other value of ECDSA', otherValue],
  ['other quotation marks', (xml) => swap(xml, '<edXML:edXMLManifest version="1.0">', "<edXML:edXMLManifest version='1.0'>")],
  ['a byte order mark', (xml) => `\ufeff${xml}`],
];
const rewrites = rewritten.map(([what, rewrite]): readonly [string, string, Scene['play'], 'packages'] => [
  `what was accepted, written anew: ${what}`,
  'accepted, repeated',
  async (stage) => {
    const bytes = fresh(stage);
    return `${word(await stage.send(bytes, key(newKey())))}, ${word(await stage.send(rewrite(bytes, stage), key(newKey())))}`;
  },
  'packages',
]);
const inFourForms: readonly [string, string, Scene['play'], 'packages'] = [
  'the same signed content in four forms, four times each, at once',
  '1 accepted, 15 repeated',
  async (stage) => {
    const bytes = fresh(stage);
    const forms = [bytes, `${bytes}<!-- x -->`, `\ufeff${bytes}`, otherValue(bytes)];
    return tally(await Promise.all(Array.from({ length: 16 }, async (_, i) => word(await stage.send(forms[i % 4] as string)))));
  },
  'packages',
];
const ids = ['', 'a b', 'ký', 'a'.repeat(201), "'", '%', '../x', '\u0001'];
const oddIds = ids.map((id): readonly [string, string, Scene['play'], 'packages'] => [
  `Idempotency-Key ${JSON.stringify(id.slice(0, 20))}${id.length > 20 ? '…' : ''}`,
  /^[\x21-\x7e]{1,200}$/.test(id) ? 'accepted' : id === '\u0001' ? 'never sent' : 'HEADER_INVALID',
  async (stage) => {
    try {
      return word(await stage.send(fresh(stage), key(/^[\x21-\x7e]{1,200}$/.test(id) ? id + newKey() : id)));
    } catch (error) {
      return (error as NodeJS.ErrnoException).code === 'ERR_INVALID_CHAR' ? 'never sent' : String(error);
    }
  },
  'packages',
]);

const login =
  (secret: string, id?: string): Scene['play'] =>
  async ({ ask, logins }) =>
    (await ask({ path: '/v1/packages', login: { id: id ?? logins.sender.id, secret } })).codes.join(' ');
const t01: readonly (readonly [string, string, Scene['play']])[] = [
  ['a wrong secret', 'UNAUTHENTICATED', login('sai')],
  ['an empty secret', 'UNAUTHENTICATED', login('')],
  ['a secret of 10,000 signs', 'UNAUTHENTICATED', login('x'.repeat(10_000))],
  ['a client that nobody knows', 'UNAUTHENTICATED', login('x', 'khong-co')],
  ['a client named __proto__', 'UNAUTHENTICATED', login('x', '__proto__')],
  ["a client named ' or 1=1", 'UNAUTHENTICATED', login('x', "' or 1=1")],
  [
    'an unknown client is answered as slowly as a wrong secret',
    'alike',
    async (stage) => {
      const time = async (id: string) => {
        const began = performance.now();
        await stage.ask({ path: '/v1/packages', login: { id, secret: `sai-${newKey()}` } });
        return performance.now() - began;
      };
      const known = Math.min(await time(stage.logins.recipient.id), await time(stage.logins.recipient.id));
      const unknown = Math.min(await time('khong-co-a'), await time('khong-co-b'));
      return unknown > known / 4 ? 'alike' : `${Math.round(known)} ms, ${Math.round(unknown)} ms`;
    },
  ],
];

/** The same again, at once, and under names that are taken; and logins. */
export const replay: readonly Scene[] = [...scenes('S24', [...s24, ...rewrites, inFourForms, ...oddIds]), ...scenes('T01', t01)];
