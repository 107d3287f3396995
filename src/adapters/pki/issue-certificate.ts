import 'reflect-metadata';
import { createPrivateKey, createPublicKey, generateKeyPair, randomBytes, webcrypto } from 'node:crypto';
import { promisify } from 'node:util';
import { BasicConstraintsExtension, KeyUsageFlags, KeyUsagesExtension, X509Certificate, X509CertificateGenerator } from '@peculiar/x509';

/** A private key (PKCS#8 PEM) and the certificate of the same key (PEM). */
export interface Identity {
  readonly keyPem: string;
  readonly certificatePem: string;
}

/** What a certificate says. `authority`: its key may sign other certificates. */
export interface CertificateContent {
  readonly name: string;
  readonly notBefore: Date;
  readonly notAfter: Date;
  readonly authority?: boolean;
}

/** Keys that are made here. */
export type KeyKind = 'ec-p256' | 'rsa-2048';

const generate = promisify(generateKeyPair);

/** Makes a private key, PKCS#8 PEM. */
export async function newKeyPem(kind: KeyKind): Promise<string> {
  const made = kind === 'ec-p256' ? await generate('ec', { namedCurve: 'prime256v1' }) : await generate('rsa', { modulusLength: 2048 });
  return made.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
}

/** Makes the certificate (PEM) of a key, signed by `issuer`, or by the key itself when there is none. */
export async function issueCertificate(keyPem: string, content: CertificateContent, issuer?: Identity): Promise<string> {
  const keys = await importKeys(keyPem);
  const signer = issuer === undefined ? keys : await importKeys(issuer.keyPem);
  const subject = [{ CN: [commonName(content.name)] }];
  const authority = content.authority ?? false;
  const signing = KeyUsageFlags.digitalSignature | KeyUsageFlags.nonRepudiation;
  const certificate = await X509CertificateGenerator.create(
    {
      serialNumber: `00${randomBytes(16).toString('hex')}`,
      subject,
      issuer: issuer === undefined ? subject : new X509Certificate(issuer.certificatePem).subjectName,
      notBefore: content.notBefore,
      notAfter: content.notAfter,
      signingAlgorithm: signer.algorithm,
      publicKey: keys.publicKey as never,
      signingKey: signer.privateKey as never,
      extensions: [
        new BasicConstraintsExtension(authority, undefined, true),
        new KeyUsagesExtension(authority ? KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign : signing, true),
      ],
    },
    webcrypto as never,
  );
  return `${certificate.toString('pem')}\n`;
}

async function importKeys(keyPem: string) {
  const privateKey = createPrivateKey(keyPem);
  const algorithm =
    privateKey.asymmetricKeyType === 'ec'
      ? { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
      : { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' };
  const { subtle } = webcrypto;
  const pkcs8 = privateKey.export({ type: 'pkcs8', format: 'der' });
  const spki = createPublicKey(privateKey).export({ type: 'spki', format: 'der' });
  return {
    algorithm,
    privateKey: await subtle.importKey('pkcs8', pkcs8, algorithm, false, ['sign']),
    publicKey: await subtle.importKey('spki', spki, algorithm, true, ['verify']),
  };
}

/** The library gives quotes, `#` and the separators of a distinguished name a meaning of their own. */
function commonName(name: string): string {
  return (
    name
      .replace(/["#\\+,;<>=]+/g, ' ')
      .replace(/\s+/g, ' ')
      .trim() || 'lienthong'
  );
}
