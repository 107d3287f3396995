import type { ChildProcess } from 'node:child_process';
import { execFile, spawn } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** A certificate made by an authority, with its key; `path` and `keyPath` are PEM files. */
export interface Issued {
  readonly der: Uint8Array;
  readonly pem: string;
  readonly keyPem: string;
  readonly path: string;
  readonly keyPath: string;
  readonly serial: string;
}

/** What goes into a certificate beside its name. */
export interface IssueOptions {
  /** Lines of an OpenSSL extension section. */
  readonly extensions?: readonly string[];
  readonly days?: number;
}

/** How a list is made. Dates as `YYYYMMDDHHMMSSZ`. */
export interface CrlOptions {
  /** Lines of an OpenSSL CRL extension section; the key identifier of the authority stands in it anyway. */
  readonly extensions?: readonly string[];
  readonly from?: string;
  readonly until?: string;
  /** Revocations beside those of the authority, that only this list has: lines of an OpenSSL index. */
  readonly index?: readonly string[];
  readonly digest?: string;
  readonly number?: number;
}

/** A certification authority run with `openssl ca` in a folder of its own. */
export interface TestAuthority {
  readonly folder: string;
  readonly certificate: Issued;
  readonly indexPath: string;
  issue(name: string, options?: IssueOptions): Promise<Issued>;
  /** `reason`: OpenSSL's words, for example `keyCompromise`; `compromised`: the invalidity date, `YYYYMMDDHHMMSSZ`. */
  revoke(issued: Issued, reason?: string, compromised?: string): Promise<void>;
  /** DER of a list of all that is revoked. */
  crl(options?: CrlOptions): Promise<Buffer>;
  close(): Promise<void>;
}

const leafExtensions = ['basicConstraints=critical,CA:false', 'keyUsage=critical,digitalSignature,nonRepudiation'];

/** A root authority of this name. `usage`: its key usage. */
export async function openAuthority(name: string, usage = 'keyCertSign,cRLSign'): Promise<TestAuthority> {
  const folder = await mkdtemp(join(tmpdir(), 'lienthong-authority-'));
  const openssl = (...args: string[]) => run('openssl', args, { cwd: folder });
  const sections: Record<string, readonly string[]> = {
    ca: ['default_ca=authority'],
    authority: [
      'database=index.txt',
      'new_certs_dir=.',
      'serial=serial',
      'crlnumber=crlnumber',
      'default_md=sha256',
      'policy=anything',
      'unique_subject=no',
      'default_days=365',
      'default_crl_days=1',
      'certificate=authority.pem',
      'private_key=authority.key',
      'rand_serial=yes',
    ],
    anything: ['commonName=supplied'],
    req: ['distinguished_name=name', 'prompt=no', 'string_mask=utf8only', 'utf8=yes'],
    name: [`CN=${name}`],
    root: ['basicConstraints=critical,CA:true', `keyUsage=critical,${usage}`, 'subjectKeyIdentifier=hash'],
  };
  const write = (file: string, more: Record<string, readonly string[]>) => {
    const text = Object.entries({ ...sections, ...more }).map(([section, lines]) => `[${section}]\n${lines.join('\n')}\n`);
    return writeFile(join(folder, file), text.join('\n'));
  };
  await write('authority.cnf', {});
  for (const [file, text] of [
    ['index.txt', ''],
    ['crlnumber', '01\n'],
  ] as const)
    await writeFile(join(folder, file), text);
  const newKey = (file: string) => openssl('genpkey', '-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256', '-out', file);
  await newKey('authority.key');
  await openssl(
    'req',
    '-x509',
    '-new',
    '-config',
    'authority.cnf',
    '-extensions',
    'root',
    '-key',
    'authority.key',
    '-days',
    '3650',
    '-out',
    'authority.pem',
  );
  let made = 0;

  async function issue(subject: string, options: IssueOptions = {}): Promise<Issued> {
    made += 1;
    const stem = `one-${made}`;
    const config = `${stem}.cnf`;
    await write(config, { name: [`CN=${subject}`], leaf: ['authorityKeyIdentifier=keyid', ...(options.extensions ?? leafExtensions)] });
    await newKey(`${stem}.key`);
    await openssl('req', '-new', '-config', config, '-key', `${stem}.key`, '-out', `${stem}.csr`);
    const days = String(options.days ?? 365);
    await openssl(
      'ca',
      '-batch',
      '-config',
      config,
      '-extensions',
      'leaf',
      '-days',
      days,
      '-notext',
      '-in',
      `${stem}.csr`,
      '-out',
      `${stem}.pem`,
    );
    return issuedAt(join(folder, `${stem}.pem`), join(folder, `${stem}.key`));
  }

  async function crl(options: CrlOptions = {}): Promise<Buffer> {
    made += 1;
    const config = `list-${made}.cnf`;
    const list = ['authorityKeyIdentifier=keyid', ...(options.extensions ?? [])];
    const authority = sections['authority'] as readonly string[];
    if (options.number !== undefined) await writeFile(join(folder, 'crlnumber'), `${hexOf(options.number)}\n`);
    if (options.index !== undefined) await writeFile(join(folder, `index-${made}.txt`), options.index.map((line) => `${line}\n`).join(''));
    const database = options.index === undefined ? 'index.txt' : `index-${made}.txt`;
    await write(config, { list, authority: [...authority.slice(1), `database=${database}`] });
    const dates = [
      ...(options.from === undefined ? [] : ['-crl_lastupdate', options.from]),
      ...(options.until === undefined ? [] : ['-crl_nextupdate', options.until]),
    ];
    const digest = options.digest === undefined ? [] : ['-md', options.digest];
    await openssl('ca', '-gencrl', '-config', config, '-crlexts', 'list', ...dates, ...digest, '-out', `list-${made}.pem`);
    await openssl('crl', '-in', `list-${made}.pem`, '-outform', 'DER', '-out', `list-${made}.der`);
    return readFile(join(folder, `list-${made}.der`));
  }

  return {
    folder,
    certificate: await issuedAt(join(folder, 'authority.pem'), join(folder, 'authority.key')),
    indexPath: join(folder, 'index.txt'),
    issue,
    async revoke(issued, reason = 'unspecified', compromised) {
      const why = compromised === undefined ? ['-crl_reason', reason] : ['-crl_compromise', compromised];
      await openssl('ca', '-config', 'authority.cnf', '-revoke', issued.path, ...why);
    },
    crl,
    close: () => rm(folder, { recursive: true, force: true }),
  };
}

async function issuedAt(path: string, keyPath: string): Promise<Issued> {
  const pem = await readFile(path, 'utf8');
  const certificate = new X509Certificate(pem);
  const serial = certificate.serialNumber.toLowerCase();
  return { der: new Uint8Array(certificate.raw), pem, keyPem: await readFile(keyPath, 'utf8'), path, keyPath, serial };
}

function hexOf(value: number): string {
  const text = value.toString(16);
  return text.length % 2 === 0 ? text : `0${text}`;
}

/** A moment as OpenSSL's options want it, `milliseconds` from now. */
export function opensslTime(milliseconds: number): string {
  const text = new Date(Date.now() + milliseconds).toISOString();
  return `${text.slice(0, 19).replace(/[-:T]/g, '')}Z`;
}

/** An `openssl ocsp` responder process. */
export interface Responder {
  readonly url: string;
  readonly port: number;
  close(): Promise<void>;
}

/** How a responder answers. `signer`: whose key signs; the authority's without it. */
export interface ResponderOptions {
  readonly signer?: Issued;
  readonly options?: readonly string[];
  readonly port?: number;
}

/** Starts `openssl ocsp` over what the authority has issued and revoked. */
export async function startResponder(
  authority: TestAuthority,
  { signer, options = ['-nmin', '60'], port = 0 }: ResponderOptions = {},
): Promise<Responder> {
  const { path, keyPath } = signer ?? authority.certificate;
  const child = spawn(
    'openssl',
    [
      ...['ocsp', '-index', authority.indexPath, '-port', String(port), '-CA', authority.certificate.path],
      ...['-rsigner', path, '-rkey', keyPath, ...options],
    ],
    { cwd: authority.folder, stdio: ['ignore', 'pipe', 'ignore'] },
  );
  const taken = await accepting(child);
  return {
    url: `http://127.0.0.1:${taken}/`,
    port: taken,
    async close() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGKILL');
      await ended;
    },
  };
}

/** The port, as the responder says it. Trying whether it listens would not do: it waits for the request of whoever connects. */
function accepting(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    let said = '';
    child.once('exit', (code) => reject(new Error(`openssl ocsp ended with ${code}`)));
    child.stdout?.on('data', (chunk: Buffer) => {
      said += chunk.toString();
      const [, port] = /ACCEPT .*:(\d+) PID/.exec(said) ?? [];
      if (port !== undefined) resolve(Number(port));
    });
  });
}
