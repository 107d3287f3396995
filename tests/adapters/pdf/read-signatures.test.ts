import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fromBER } from 'asn1js';
import * as pkijs from 'pkijs';
import { readSignatures } from '../../../src/adapters/pdf/read-signatures.ts';
import type { PdfSignatureClaim } from '../../../src/routing/contents.ts';
import type { PdfState, Signer } from '../../support/pdf-files.ts';
import { createSigners, newPdf, openssl, pdfsig, signCms, signPdf, update } from '../../support/pdf-files.ts';
import { hasTool, scratchFolder } from '../../support/signed-packages.ts';

let folder: ReturnType<typeof scratchFolder>;
let rsa: Signer;
let ec: Signer;
let self: Signer;
let tsa: Signer;

beforeAll(() => {
  folder = scratchFolder();
  ({ rsa, ec, self, tsa } = createSigners(folder.path, ['rsa', 'ec', 'self', 'tsa']) as Record<'rsa' | 'ec' | 'self' | 'tsa', Signer>);
});
afterAll(() => folder.remove());

/** Reads in pieces of an odd size, so that everything is cut somewhere. */
async function signaturesOf(bytes: Uint8Array, piece = 997): Promise<readonly PdfSignatureClaim[]> {
  const reading = await readSignatures(async function* () {
    for (let at = 0; at < bytes.length; at += piece) yield bytes.subarray(at, at + piece);
  });
  if ('unreadable' in reading) throw new Error(reading.unreadable);
  return reading.signatures;
}

const short = (claims: readonly PdfSignatureClaim[]) => claims.map(({ integrity, coverage }) => `${integrity} ${coverage}`);
const signed = (options?: Parameters<typeof signPdf>[2]) => signPdf(newPdf(), rsa, options);
const flipped = (pdf: PdfState, words: string) => {
  const bytes = Buffer.from(pdf.bytes);
  const at = bytes.indexOf(words, 0, 'latin1');
  bytes[at] = (bytes[at] as number) ^ 1;
  return { ...pdf, bytes };
};
const appended = (pdf: PdfState) => update(pdf, [{ number: 4, text: '<< /Length 5 >>\nstream\nBT ET\nendstream' }]);
const replaced = (pdf: PdfState, from: string, to: string) => {
  const text = pdf.bytes.toString('latin1');
  if (!text.includes(from) || from.length !== to.length) throw new Error(`${from} can not be replaced`);
  return { ...pdf, bytes: Buffer.from(text.replace(from, to), 'latin1') };
};
/** Leaves out more than the Contents: some bytes behind them, which anybody may exchange. */
const looseRange = (range: readonly number[]) => [0, range[1] as number, (range[2] as number) + 20, (range[3] as number) - 20];

/** Every file of the set with what is found; `asked`: whether pdfsig looks at the same things and must agree. */
const set: [what: string, make: () => PdfState, found: string[], asked?: false][] = [
  ['has no signature', () => newPdf(), []],
  ['is signed with RSA', () => signed(), ['intact whole']],
  ['is signed with ECDSA', () => signPdf(newPdf(), ec), ['intact whole']],
  ['is signed with RSA-PSS', () => signed({ args: ['-keyopt', 'rsa_padding_mode:pss'] }), ['intact whole'], false],
  ['is signed with SHA-512', () => signed({ args: ['-md', 'sha512'] }), ['intact whole']],
  ['is signed as CAdES', () => signed({ subFilter: 'ETSI.CAdES.detached', args: ['-cades'] }), ['intact whole']],
  ['is signed without signed attributes', () => signed({ args: ['-noattr'] }), ['intact whole']],
  ['is signed by a certificate of its own', () => signPdf(newPdf(), self), ['intact whole']],
  ['is signed with SHA-1', () => signed({ args: ['-md', 'sha1'] }), ['intact whole']],
  ['has one byte changed', () => flipped(signed(), 'Cong van'), ['broken whole']],
  ['has one byte changed behind its signature', () => flipped(signed(), '/F 132'), ['broken whole']],
  ['has one byte changed, without signed attributes', () => flipped(signed({ args: ['-noattr'] }), 'Cong van'), ['broken whole']],
  ['is signed twice', () => signPdf(signed(), ec), ['intact earlier', 'intact whole']],
  ['is signed three times', () => signPdf(signPdf(signed(), ec), self), ['intact earlier', 'intact earlier', 'intact whole']],
  ['was changed before the second signature', () => flipped(signPdf(signed(), ec), 'Cong van'), ['broken changed', 'broken whole'], false],
  ['got something appended after signing', () => appended(signed()), ['intact changed']],
  ['got something appended after two signatures', () => appended(signPdf(signed(), ec)), ['intact changed', 'intact changed']],
  ['is signed again after something was appended', () => signPdf(appended(signed()), ec), ['intact earlier', 'intact whole']],
  ['got one line end behind it', () => ({ ...signed(), bytes: Buffer.concat([signed().bytes, Buffer.from('\n')]) }), ['intact changed']],
  ['has a broken CMS', () => signed({ contents: (data) => signCms(data, rsa, []).subarray(0, 700) }), ['broken whole']],
  // pdfsig does not say what a signature covers when it holds nothing at all
  ['has zeros in place of a CMS', () => signed({ contents: () => Buffer.alloc(8) }), ['broken whole'], false],
  ['has the CMS of another file', () => signed({ contents: () => signCms(Buffer.from('another'), rsa, []) }), ['broken whole']],
  ["has a CMS without the signer's certificate", () => signed({ args: ['-nocerts'] }), ['broken whole'], false],
  [
    'has bytes behind the CMS',
    () => signed({ contents: (data) => Buffer.concat([signCms(data, rsa, []), Buffer.from('x')]) }),
    ['broken whole'],
    false,
  ],
  ['leaves out more than the signature', () => signed({ range: looseRange }), ['broken partial'], false],
  ['leaves out its end', () => signed({ range: ([, a = 0, b = 0, c = 0]) => [0, a, b, c - 30] }), ['intact changed']],
  ['has a ByteRange beyond the file', () => signed({ range: ([, a = 0, b = 0, c = 0]) => [0, a, b, c + 1] }), ['broken partial'], false],
  ['has a ByteRange without a gap', () => signed({ range: ([, a = 0, , c = 0]) => [0, a, a, c] }), ['broken partial'], false],
  ['has Contents twice', () => signed({ keys: ' /Contents <00>' }), ['broken partial'], false],
  ['has another ByteRange in the dictionary', () => signed({ keys: ' /ByteRange [0 1 2 3]' }), ['broken partial', 'broken partial'], false],
  ['has a form that is not judged', () => signed({ subFilter: 'adbe.x509.rsa_sha1' }), ['unsupported whole'], false],
  ['is called CAdES without being it', () => signed({ subFilter: 'ETSI.CAdES.detached' }), ['broken whole'], false],
  ['spells its ByteRange in another way', () => replaced(signed(), '/ByteRange [0 0', '/Byte#52ange[0 '), ['broken whole'], false],
];

const made = new Map<() => PdfState, PdfState>();

/** Each file of the set once. */
function once(make: () => PdfState): Buffer {
  const pdf = made.get(make) ?? make();
  made.set(make, pdf);
  return pdf.bytes;
}

describe('signatures inside a PDF file', () => {
  it.each(set)('that %s', async (_what, make, found) => {
    expect(short(await signaturesOf(once(make)))).toEqual(found);
  });

  const withPdfsig = hasTool('pdfsig', '-v') ? it : it.skip;
  if (!hasTool('pdfsig', '-v')) console.warn('pdfsig (Debian: poppler-utils) is not here: its agreement was not tested');
  withPdfsig.each(set.filter(([, , , asked]) => asked !== false))(
    'are judged as pdfsig judges them in a file that %s',
    async (_what, make) => {
      const bytes = once(make);
      const ours = (await signaturesOf(bytes)).map(({ integrity, coverage }) => ({
        valid: integrity === 'intact',
        whole: coverage === 'whole',
      }));
      expect(ours).toEqual(pdfsig(folder.path, bytes).map(({ valid, whole }) => ({ valid, whole })));
    },
  );

  it('are named with who signed, how and when, without numbers of identity cards', async () => {
    const [claim] = await signaturesOf(signed().bytes);
    expect(claim).toMatchObject({
      kind: 'signature',
      subFilter: 'adbe.pkcs7.detached',
      algorithm: 'rsa-sha256',
      weak: false,
      signer: { commonName: 'rsa', organisation: 'So Noi vu', issuer: 'ca' },
    });
    expect(Math.abs(new Date(claim?.claimedAt ?? 0).getTime() - Date.now())).toBeLessThan(600_000);
    expect(JSON.stringify(claim?.signer)).not.toContain('CMND');
    expect(claim?.certificates?.hints).toHaveLength(1);
  });

  it('with SHA-1 are marked weak', async () => {
    const [claim] = await signaturesOf(signed({ args: ['-md', 'sha1'] }).bytes);
    expect(claim).toMatchObject({ weak: true, algorithm: 'rsa-sha1' });
  });

  it('take the time from the dictionary when the CMS has none', async () => {
    const [claim] = await signaturesOf(signed({ args: ['-noattr'] }).bytes);
    expect(claim?.claimedAt).toBe('2026-03-02T02:15:00.000Z');
  });

  it('are found wherever the file is cut while it streams', async () => {
    const { bytes } = signPdf(signed(), ec);
    for (const piece of [61, 400, 4096, bytes.length])
      expect(short(await signaturesOf(bytes, piece))).toEqual(['intact earlier', 'intact whole']);
  });

  it('that are too many make the file unreadable', async () => {
    const many = Buffer.from(`%PDF-1.7\n${'/ByteRange [0 1 2 3] /Contents <00>\n'.repeat(20)}`);
    const reading = await readSignatures(async function* () {
      yield many;
    });
    expect(reading).toEqual({ unreadable: 'more than 16 signatures' });
  });

  it('are not seen in a text that speaks of them', async () => {
    expect(await signaturesOf(newPdf('the key /ByteRange [0 1 2 3] of a file').bytes)).toEqual([]);
  });

  it('carry a document timestamp', async () => {
    const stamp = (data: Buffer) => timestampToken(data, tsa);
    const file = signPdf(signed(), tsa, { subFilter: 'ETSI.RFC3161', contents: stamp });
    const claims = await signaturesOf(file.bytes);
    expect(short(claims)).toEqual(['intact earlier', 'intact whole']);
    expect(claims[1]).toMatchObject({ kind: 'timestamp', signer: { commonName: 'tsa' } });
    expect(short(await signaturesOf(flipped(file, 'Cong van').bytes))).toEqual(['broken changed', 'broken whole']);
  });

  it('carry a timestamp over the signature only when it is of that signature', async () => {
    const stamped = (of?: Buffer) =>
      signed({ contents: (data) => withTimestamp(signCms(data, rsa, []), (value) => timestampToken(of ?? value, tsa)) });
    const [good] = await signaturesOf(stamped().bytes);
    expect(good?.integrity).toBe('intact');
    expect(Math.abs(new Date(good?.timestamp?.at ?? 0).getTime() - Date.now())).toBeLessThan(600_000);
    const [other] = await signaturesOf(stamped(Buffer.from('another')).bytes);
    expect(other).toMatchObject({ integrity: 'intact' });
    expect(other?.timestamp).toBeUndefined();
  });

  it('in a large file are read in memory that does not grow with it', async () => {
    const { bytes } = signPdf(newPdf('Cong van 07', 30_000_000), rsa);
    const path = folder.file('large.pdf', bytes);
    const { createReadStream } = await import('node:fs');
    const reading = await readSignatures(() => createReadStream(path));
    expect('signatures' in reading && short(reading.signatures)).toEqual(['intact whole']);
  });

  it('survive garbage in every place', async () => {
    const { bytes } = signed();
    for (let round = 0; round < 150; round++) {
      const broken = Buffer.from(bytes);
      for (let n = 0; n < 1 + (round % 5); n++) {
        const at = (round * 7919 + n * 104_729) % broken.length;
        broken[at] = (round * 31 + n * 17) % 256;
      }
      await signaturesOf(broken.subarray(0, broken.length - (round % 3) * 100), 60_000);
    }
  });
});

/** An RFC 3161 token over some bytes, made by `openssl ts`. */
function timestampToken(data: Buffer, { key, certificate }: Signer): Buffer {
  writeFileSync(join(folder.path, 'stamped'), data);
  writeFileSync(join(folder.path, 'serial'), '01\n');
  const config = `[tsa]\ndefault_tsa=t\n[t]\nserial=serial\nsigner_cert=${certificate}\nsigner_key=${key}\nsigner_digest=sha256\ndefault_policy=1.2.3.4\ndigests=sha256\n`;
  writeFileSync(join(folder.path, 'ts.cnf'), config);
  openssl(folder.path, 'ts', '-query', '-data', 'stamped', '-sha256', '-cert', '-out', 'query');
  openssl(folder.path, 'ts', '-reply', '-config', 'ts.cnf', '-queryfile', 'query', '-token_out', '-out', 'token');
  return readFileSync(join(folder.path, 'token'));
}

/** A CMS with a timestamp token as an unsigned attribute of its signer. */
function withTimestamp(cms: Buffer, stamp: (signature: Buffer) => Buffer): Buffer {
  const { ContentInfo, SignedData, Attribute, SignedAndUnsignedAttributes } = pkijs;
  const info = ContentInfo.fromBER(new Uint8Array(cms));
  const data = new SignedData({ schema: info.content });
  const [signer] = data.signerInfos;
  if (signer === undefined) throw new Error('no signer');
  const token = stamp(Buffer.from(signer.signature.valueBlock.valueHexView));
  const values = [fromBER(new Uint8Array(token)).result];
  signer.unsignedAttrs = new SignedAndUnsignedAttributes({
    type: 1,
    attributes: [new Attribute({ type: '1.2.840.113549.1.9.16.2.14', values })],
  });
  info.content = data.toSchema(true);
  return Buffer.from(info.toSchema().toBER(false));
}
