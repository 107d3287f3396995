import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Who signs: files with certificate and key, made by `createSigners`. */
export interface Signer {
  readonly key: string;
  readonly certificate: string;
  /** Certificates put beside the signer's. */
  readonly chain?: string;
}

/** How a signature is made. */
export interface SigningOptions {
  readonly subFilter?: string;
  /** Further words for `openssl cms -sign`. */
  readonly args?: readonly string[];
  /** Makes the contents in place of `openssl cms`, from what is signed. */
  readonly contents?: (data: Buffer) => Buffer;
  /** Changes the ByteRange before it is written. */
  readonly range?: (range: readonly number[]) => readonly number[];
  /** Further keys of the signature's dictionary. */
  readonly keys?: string;
}

const ROOM = 12_000;

/** A PDF file as it grows: each change is an incremental update with its own cross-reference table. */
export interface PdfState {
  readonly bytes: Buffer;
  readonly fields: readonly number[];
  readonly next: number;
  readonly xref: number;
}

/** A file of one page with a line of text, and `padding` bytes that nothing refers to. */
export function newPdf(line = 'Cong van 07', padding = 0): PdfState {
  const text = `BT /F1 24 Tf 72 700 Td (${line}) Tj ET`;
  const objects = [
    '<< /Type /Catalog /Pages 2 0 R >>',
    '<< /Type /Pages /Kids [3 0 R] /Count 1 >>',
    '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>',
    `<< /Length ${text.length} >>\nstream\n${text}\nendstream`,
    '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>',
    `<< /Length ${padding} >>\nstream\n${'x'.repeat(padding)}\nendstream`,
  ];
  return update(
    { bytes: Buffer.from('%PDF-1.7\n%\xe2\xe3\xcf\xd3\n', 'latin1'), fields: [], next: 1, xref: -1 },
    objects.map((text, i) => ({ number: i + 1, text })),
  );
}

/** Adds objects in an incremental update. */
export function update(pdf: PdfState, objects: readonly { number: number; text: string }[], fields = pdf.fields): PdfState {
  let body = pdf.bytes.toString('latin1');
  const table: string[] = [];
  for (const { number, text } of objects) {
    table.push(`${number} 1\n${String(body.length).padStart(10, '0')} 00000 n \n`);
    body += `${number} 0 obj\n${text}\nendobj\n`;
  }
  const next = Math.max(pdf.next, ...objects.map(({ number }) => number + 1));
  const free = pdf.xref < 0 ? '0 1\n0000000000 65535 f \n' : '';
  const previous = pdf.xref < 0 ? '' : ` /Prev ${pdf.xref}`;
  const xref = body.length;
  body += `xref\n${free}${table.join('')}trailer\n<< /Size ${next} /Root 1 0 R${previous} >>\nstartxref\n${xref}\n%%EOF\n`;
  return { bytes: Buffer.from(body, 'latin1'), fields, next, xref };
}

/** Signs the file as it stands with `openssl cms`, in an incremental update. */
export function signPdf(pdf: PdfState, signer: Signer, options: SigningOptions = {}): PdfState {
  const [dictionary, field] = [pdf.next, pdf.next + 1];
  const fields = [...pdf.fields, field];
  const subFilter = options.subFilter ?? 'adbe.pkcs7.detached';
  const blank = '0000000000';
  const type = subFilter === 'ETSI.RFC3161' ? 'DocTimeStamp' : 'Sig';
  const value = `<< /Type /${type} /Filter /Adobe.PPKLite /SubFilter /${subFilter} /M (D:20260302091500+07'00')${options.keys ?? ''} /ByteRange [0 ${blank} ${blank} ${blank}] /Contents <${'0'.repeat(ROOM)}> >>`;
  const grown = update(
    pdf,
    [
      {
        number: 1,
        text: `<< /Type /Catalog /Pages 2 0 R /AcroForm << /SigFlags 3 /Fields [${fields.map((one) => `${one} 0 R`).join(' ')}] >> >>`,
      },
      { number: dictionary, text: value },
      {
        number: field,
        text: `<< /Type /Annot /Subtype /Widget /FT /Sig /T (Signature${fields.length}) /V ${dictionary} 0 R /F 132 /Rect [0 0 0 0] /P 3 0 R >>`,
      },
    ],
    fields,
  );
  return { ...grown, bytes: fill(grown.bytes, signer, options) };
}

function fill(bytes: Buffer, signer: Signer, options: SigningOptions): Buffer {
  const out = Buffer.from(bytes);
  const first = out.lastIndexOf('/Contents <', undefined, 'latin1') + '/Contents '.length;
  const second = out.indexOf('>', first) + 1;
  const plain = [0, first, second, out.length - second];
  const range = options.range?.(plain) ?? plain;
  const at = out.lastIndexOf('/ByteRange [', undefined, 'latin1') + '/ByteRange ['.length;
  out.write(
    `0 ${range
      .slice(1)
      .map((one) => String(one).padStart(10, '0'))
      .join(' ')}`,
    at,
    'latin1',
  );
  const [, end, again, length] = range as [number, number, number, number];
  const data = Buffer.concat([out.subarray(0, end), out.subarray(again, again + length)]);
  const cms = options.contents?.(data) ?? signCms(data, signer, options.args ?? []);
  out.write(cms.toString('hex'), first + 1, 'latin1');
  return out;
}

/** A detached CMS over some bytes, DER. */
export function signCms(data: Buffer, signer: Signer, args: readonly string[]): Buffer {
  const folder = mkdtempSync(join(tmpdir(), 'lienthong-cms-'));
  try {
    writeFileSync(join(folder, 'data'), data);
    const beside = signer.chain === undefined ? [] : ['-certfile', signer.chain];
    const words = ['-signer', signer.certificate, '-inkey', signer.key, ...beside, ...args];
    openssl(folder, 'cms', '-sign', '-binary', '-in', 'data', '-outform', 'DER', '-out', 'cms', ...words);
    return readFileSync(join(folder, 'cms'));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Runs openssl; throws with what it said. */
export function openssl(folder: string, ...args: readonly string[]): Buffer {
  return execFileSync('openssl', args, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
}

/** Signers of one authority in a folder: `ca`, and for each name a key (RSA, or EC for names with `ec`) certified for some days. */
export function createSigners(folder: string, names: readonly string[]): Record<string, Signer> {
  const request = (name: string, ...more: string[]) => {
    const type = name.includes('ec') ? ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256'] : ['-newkey', 'rsa:2048'];
    openssl(
      folder,
      'req',
      ...type,
      '-nodes',
      '-keyout',
      `${name}.key`,
      '-subj',
      `/C=VN/O=So Noi vu/CN=${name}/UID=CMND:000000000`,
      ...more,
    );
  };
  request('ca', '-x509', '-days', '3650', '-out', 'ca.pem', '-addext', 'keyUsage=critical,keyCertSign,cRLSign');
  return Object.fromEntries(
    names.map((name) => {
      const signer = { key: join(folder, `${name}.key`), certificate: join(folder, `${name}.pem`) };
      if (name.startsWith('self')) {
        request(name, '-x509', '-days', '30', '-out', `${name}.pem`);
        return [name, signer];
      }
      request(name, '-out', `${name}.csr`);
      const usage = name.startsWith('tsa') ? 'extendedKeyUsage=critical,timeStamping' : 'keyUsage=critical,digitalSignature,nonRepudiation';
      writeFileSync(join(folder, `${name}.ext`), `${usage}\n`);
      const words = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-days', '365', '-extfile', `${name}.ext`];
      openssl(folder, 'x509', '-req', '-in', `${name}.csr`, '-out', `${name}.pem`, ...words);
      return [name, { ...signer, chain: join(folder, 'ca.pem') }];
    }),
  );
}

/** What Debian's `pdfsig` says of each signature of a file. */
export interface PdfsigSays {
  readonly valid: boolean;
  readonly whole: boolean;
  readonly text: string;
}

/** Asks `pdfsig`. It trusts nobody here: the verdicts on the certificate are not looked at. */
export function pdfsig(folder: string, bytes: Uint8Array): PdfsigSays[] {
  const path = join(folder, 'asked.pdf');
  writeFileSync(path, bytes);
  const text = asked(path);
  return text
    .split(/^Signature #\d+:$/m)
    .slice(1)
    .map((one) => ({
      valid: one.includes('Signature is Valid.'),
      whole: /^\s+- Total document signed$/m.test(one),
      text: one,
    }));
}

function asked(path: string): string {
  try {
    return execFileSync('pdfsig', ['-nocert', path], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  } catch (error) {
    return String((error as { stdout?: string }).stdout ?? '');
  }
}
