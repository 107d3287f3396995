import { createPrivateKey, sign } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readCertificate } from '../../../src/adapters/pki/certificate.ts';
import { createProveSigner } from '../../../src/adapters/pki/signer-login.ts';
import type { TlsIdentity } from '../../support/tls-certificates.ts';
import { TlsAuthority } from '../../support/tls-certificates.ts';

const now = () => new Date();
const signedInfo = Buffer.from('<d:SignedInfo/>');
let folder: string;
let authority: TlsAuthority;
let client: TlsIdentity;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lienthong-signer-'));
  authority = new TlsAuthority(join(folder, 'ca'));
  client = authority.issue('/CN=qlvb-snv');
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const signedBy = ({ keyPem }: TlsIdentity) => ({
  algorithm: 'ecdsa-sha256' as const,
  signedInfo,
  value: sign('sha256', signedInfo, { key: createPrivateKey(keyPem), dsaEncoding: 'ieee-p1363' }),
});
const derOf = ({ certPem }: TlsIdentity) => readCertificate(certPem).der;
const authorities = () => readFile(authority.identity.cert);

describe('a certificate that comes with a signature by its key', () => {
  it('is presented with its names when it leads to an authority of clients, as mutual TLS asks', async () => {
    const { fingerprint, subject, issuer } = readCertificate(client.certPem);
    expect(await createProveSigner(authorities, now)(derOf(client), signedBy(client))).toEqual({ fingerprint, subject, issuer });
  });

  it('is presented without its names where no authorities are named', async () => {
    const { fingerprint } = readCertificate(client.certPem);
    expect(await createProveSigner(undefined, now)(derOf(client), signedBy(client))).toEqual({ fingerprint, subject: '', issuer: '' });
  });

  it('is nobody when another key made the signature', async () => {
    const other = authority.issue('/CN=qlvb-khac');
    expect(await createProveSigner(authorities, now)(derOf(client), signedBy(other))).toBeNull();
  });

  it('is refused when it is expired, made for servers, or of an authority that is not named', async () => {
    const prove = createProveSigner(authorities, now);
    const elsewhere = new TlsAuthority(join(folder, 'other')).issue('/CN=qlvb-snv');
    for (const one of [authority.issue('/CN=cu', { days: -1 }), authority.issue('/CN=may-chu', { use: 'serverAuth' }), elsewhere]) {
      await expect(prove(derOf(one), signedBy(one))).rejects.toMatchObject({ problems: [{ code: 'CLIENT_CERTIFICATE_UNTRUSTED' }] });
    }
  });
});
