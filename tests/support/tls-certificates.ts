import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A key and a certificate in files. */
export interface TlsIdentity {
  readonly key: string;
  readonly cert: string;
  readonly certPem: string;
  readonly keyPem: string;
}

/** An authority made with openssl, which issues certificates into its folder. */
export class TlsAuthority {
  readonly folder: string;
  readonly identity: TlsIdentity;
  #issued = 0;

  constructor(folder: string, name = 'CA thu nghiem') {
    mkdirSync(folder, { recursive: true });
    this.folder = folder;
    const [key, cert] = [join(folder, 'ca.key'), join(folder, 'ca.pem')];
    openssl('req', '-x509', ...newKey(key), '-out', cert, '-days', '30', '-subj', `/CN=${name}`);
    this.identity = read(key, cert);
  }

  /** A certificate for a server (127.0.0.1, localhost) or a client; `days` below zero: expired already. */
  issue(subject: string, options: { readonly use?: 'serverAuth' | 'clientAuth'; readonly days?: number; readonly rsa?: boolean } = {}) {
    const { use = 'clientAuth', days = 10, rsa = false } = options;
    this.#issued += 1;
    const base = join(this.folder, `issued-${this.#issued}`);
    const [key, cert, request, extensions] = [`${base}.key`, `${base}.pem`, `${base}.csr`, `${base}.ext`];
    openssl('req', ...newKey(key, rsa), '-out', request, '-subj', subject);
    writeFileSync(extensions, `basicConstraints=CA:FALSE\nextendedKeyUsage=${use}\nsubjectAltName=IP:127.0.0.1,DNS:localhost\n`);
    if (days > 0) {
      const ca = ['-CA', this.identity.cert, '-CAkey', this.identity.key, '-set_serial', String(1000 + this.#issued)];
      openssl('x509', '-req', '-in', request, ...ca, '-days', String(days), '-extfile', extensions, '-out', cert);
    } else this.#expired(request, cert, extensions);
    return read(key, cert);
  }

  /** `openssl x509` can't make a certificate of the past; `openssl ca` can. */
  #expired(request: string, cert: string, extensions: string): void {
    const config = join(this.folder, 'ca.cnf');
    writeFileSync(join(this.folder, 'index.txt'), '');
    writeFileSync(join(this.folder, 'serial'), '77\n');
    writeFileSync(
      config,
      `[ca]\ndefault_ca=d\n[d]\ndatabase=${this.folder}/index.txt\nserial=${this.folder}/serial\nnew_certs_dir=${this.folder}\ndefault_md=sha256\npolicy=p\n[p]\ncommonName=supplied\norganizationName=optional\n`,
    );
    const dates = ['-startdate', '20200101000000Z', '-enddate', '20200201000000Z'];
    const ca = ['-keyfile', this.identity.key, '-cert', this.identity.cert];
    openssl('ca', '-batch', '-config', config, ...ca, '-in', request, '-out', cert, '-extfile', extensions, '-notext', ...dates);
  }
}

function newKey(path: string, rsa = false): string[] {
  return [...(rsa ? ['-newkey', 'rsa:2048'] : ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256']), '-nodes', '-keyout', path];
}

function read(key: string, cert: string): TlsIdentity {
  return { key, cert, keyPem: readFileSync(key, 'utf8'), certPem: readFileSync(cert, 'utf8') };
}

function openssl(...args: string[]): void {
  execFileSync('openssl', args, { stdio: ['ignore', 'ignore', 'pipe'] });
}
