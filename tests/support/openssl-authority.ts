import { execFileSync } from 'node:child_process';
import { createHash, X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestIdentity } from './certificates.ts';

/** A key with its certificate, made by openssl, as files. */
export interface Issued {
  readonly keyFile: string;
  readonly certificateFile: string;
  readonly pem: string;
  readonly der: Uint8Array;
  readonly identity: TestIdentity;
}

/** How a certificate is issued. `from` and `to` are days from now. */
export interface IssueOptions {
  readonly subject: string;
  readonly issuer?: Issued;
  /** Lines of an extension section of openssl. */
  readonly extensions?: readonly string[];
  readonly from?: number;
  readonly to?: number;
  readonly algorithm?: 'p256' | 'rsa-1024' | 'rsa-2048';
  readonly digest?: 'sha256' | 'sha1';
}

/** Extensions of an authority and of an agency's certificate. */
export const authority = ['basicConstraints=critical,CA:TRUE', 'keyUsage=critical,keyCertSign,cRLSign', 'subjectKeyIdentifier=hash'];
export const signer = ['basicConstraints=CA:FALSE', 'keyUsage=critical,digitalSignature,nonRepudiation'];
export const timestamper = ['basicConstraints=CA:FALSE', 'keyUsage=critical,digitalSignature', 'extendedKeyUsage=critical,timeStamping'];

const algorithms = {
  p256: ['-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256'],
  'rsa-1024': ['-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:1024'],
  'rsa-2048': ['-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:2048'],
} as const;

/** A folder in which openssl issues certificates and timestamps. */
export class OpensslAuthority {
  readonly folder = mkdtempSync(join(tmpdir(), 'lienthong-authority-'));
  #made = 0;

  /** Issues a certificate; self-signed without an issuer. */
  issue({ subject, issuer, extensions = signer, from = -1, to = 365, algorithm = 'p256', digest = 'sha256' }: IssueOptions): Issued {
    const base = join(this.folder, String(++this.#made));
    const [keyFile, request, certificateFile, section] = [`${base}.key`, `${base}.csr`, `${base}.pem`, `${base}.cnf`];
    openssl(['genpkey', ...algorithms[algorithm], '-out', keyFile]);
    writeFileSync(section, `[x]\n${extensions.join('\n')}\n`);
    openssl(['req', '-new', '-utf8', '-key', keyFile, '-subj', subject, '-out', request]);
    const by = issuer === undefined ? ['-signkey', keyFile] : ['-CA', issuer.certificateFile, '-CAkey', issuer.keyFile];
    const dates = ['-not_before', moment(from), '-not_after', moment(to)];
    const made = ['-out', certificateFile, '-extfile', section, '-extensions', 'x', `-${digest}`];
    if (hasDates) openssl(['x509', '-req', '-in', request, ...by, '-set_serial', `0x${serial(base)}`, ...dates, ...made]);
    else this.#issueWithCa(request, issuer, keyFile, dates, section, certificateFile, digest, serial(base));
    const pem = readFileSync(certificateFile, 'utf8').replace(/^[\s\S]*?(?=-----BEGIN)/, '');
    return { keyFile, certificateFile, pem, ...identityOf(pem, readFileSync(keyFile, 'utf8')) };
  }

  /** The DER of an RFC 3161 token over some bytes, by `openssl ts`. */
  timestamp(bytes: Uint8Array, by: Issued, chain: readonly Issued[] = []): Buffer {
    const base = join(this.folder, `ts${++this.#made}`);
    const config = `[tsa]\ndefault_tsa=t\n[t]\nserial=${base}.serial\nsigner_digest=sha256\ndefault_policy=1.2.3.4\ndigests=sha256\n`;
    writeFileSync(`${base}.cnf`, `${config}ess_cert_id_chain=no\ness_cert_id_alg=sha256\n`);
    writeFileSync(`${base}.data`, bytes);
    writeFileSync(`${base}.chain`, chain.map((one) => one.pem).join(''));
    openssl(['ts', '-query', '-data', `${base}.data`, '-sha256', '-cert', '-out', `${base}.tsq`]);
    const signed = ['-signer', by.certificateFile, '-inkey', by.keyFile, ...(chain.length === 0 ? [] : ['-chain', `${base}.chain`])];
    openssl([
      'ts',
      '-reply',
      '-config',
      `${base}.cnf`,
      '-section',
      't',
      '-queryfile',
      `${base}.tsq`,
      ...signed,
      '-token_out',
      '-out',
      `${base}.tst`,
    ]);
    return readFileSync(`${base}.tst`);
  }

  remove(): void {
    rmSync(this.folder, { recursive: true });
  }

  /** OpenSSL before 3.4 sets dates only in `openssl ca`. */
  #issueWithCa(
    request: string,
    issuer: Issued | undefined,
    ownKey: string,
    dates: string[],
    section: string,
    out: string,
    digest: string,
    serial: string,
  ): void {
    const ca = mkdtempSync(join(this.folder, 'ca-'));
    writeFileSync(join(ca, 'index'), '');
    writeFileSync(join(ca, 'serial'), serial);
    const config = join(ca, 'cnf');
    const policy =
      '[any]\ncountryName=optional\norganizationName=optional\norganizationalUnitName=optional\ncommonName=optional\nUID=optional\n';
    const files = `database=${ca}/index\nserial=${ca}/serial\nnew_certs_dir=${ca}\nunique_subject=no\npreserve=yes\n`;
    writeFileSync(config, `[ca]\ndefault_ca=c\n[c]\n${files}policy=any\nstring_mask=utf8only\n${policy}${readFileSync(section, 'utf8')}`);
    const by = issuer === undefined ? ['-selfsign', '-keyfile', ownKey] : ['-cert', issuer.certificateFile, '-keyfile', issuer.keyFile];
    const [, from = '', , to = ''] = dates;
    const spans = ['-startdate', from, '-enddate', to, '-extensions', 'x', '-md', digest];
    openssl(['ca', '-batch', '-notext', '-utf8', '-preserveDN', '-config', config, '-in', request, ...by, ...spans, '-out', out]);
  }
}

const hasDates = /OpenSSL 3\.([4-9]|\d\d)/.test(execFileSync('openssl', ['version'], { encoding: 'utf8' }));

function openssl(args: readonly string[]): void {
  execFileSync('openssl', args, { stdio: ['ignore', 'ignore', 'pipe'] });
}

function moment(days: number): string {
  return `${new Date(Date.now() + days * 86_400_000)
    .toISOString()
    .replaceAll(/[-:T]|\.\d+/g, '')
    .replace('Z', '')}Z`;
}

function serial(base: string): string {
  return `1${createHash('sha256').update(base).digest('hex').slice(0, 29)}`;
}

function identityOf(certificatePem: string, keyPem: string): { der: Uint8Array; identity: TestIdentity } {
  const x509 = new X509Certificate(certificatePem);
  const der = new Uint8Array(x509.raw);
  const fingerprint = createHash('sha256').update(der).digest('hex');
  const certificate = { fingerprint, der, notBefore: new Date(x509.validFrom), notAfter: new Date(x509.validTo) };
  return { der, identity: { keyPem, certificatePem, certificate } };
}
