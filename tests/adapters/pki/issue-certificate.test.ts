import { X509Certificate } from 'node:crypto';
import { issueCertificate, newKeyPem } from '../../../src/adapters/pki/issue-certificate.ts';

const validity = { notBefore: new Date('2026-01-01T00:00:00Z'), notAfter: new Date('2027-01-01T00:00:00Z') };

describe('issueCertificate', () => {
  it.each(['ec-p256', 'rsa-2048'] as const)('signs the certificate of an agency with the key of an authority (%s)', async (kind) => {
    const authorityKey = await newKeyPem(kind);
    const authorityPem = await issueCertificate(authorityKey, { name: 'CA thử nghiệm', authority: true, ...validity });
    const key = await newKeyPem('ec-p256');
    const issuer = { keyPem: authorityKey, certificatePem: authorityPem };
    const issued = new X509Certificate(await issueCertificate(key, { name: 'Sở Nội vụ, tỉnh "Hoa Sen"', ...validity }, issuer));
    const authority = new X509Certificate(authorityPem);
    expect([authority.ca, issued.ca]).toEqual([true, false]);
    expect(issued.checkIssued(authority)).toBe(true);
    expect(issued.verify(authority.publicKey)).toBe(true);
    expect(authority.verify(authority.publicKey)).toBe(true);
    expect(issued.subject).toBe('CN=Sở Nội vụ tỉnh Hoa Sen');
    expect([new Date(issued.validFrom), new Date(issued.validTo)]).toEqual([validity.notBefore, validity.notAfter]);
  });
});
