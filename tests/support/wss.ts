import { createHash, createPrivateKey, randomUUID, sign } from 'node:crypto';
import type { SoapName } from './soap.ts';
import { soapNamespaces } from './soap.ts';

export const wsse = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd';
export const wsu = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd';
const oasis = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss';
const dsig = 'http://www.w3.org/2000/09/xmldsig#';
const exclusive = 'http://www.w3.org/2001/10/xml-exc-c14n#';
const sha256 = 'http://www.w3.org/2001/04/xmlenc#sha256';

/** A key and its certificate, PEM. */
export interface Signer {
  readonly keyPem: string;
  readonly certPem: string;
}

/** How a signed envelope differs from an honest one. Texts are XML in its exclusive canonical form. */
export interface SignedSpec {
  readonly version?: SoapName;
  readonly created?: Date;
  /** Of the signature; else the token's own. */
  readonly key?: string;
  /** Written instead of the token's certificate. */
  readonly token?: string;
  /** What the References name, in place of Timestamp and Body. */
  readonly parts?: (parts: { readonly stamp: string; readonly body: string }) => Readonly<Record<string, string>>;
  readonly digest?: string;
  /** The last change, after everything was signed. */
  readonly change?: (envelope: string, pieces: { readonly security: string; readonly body: string; readonly bodyId: string }) => string;
}

/** An envelope whose Timestamp and Body are signed (X.509 Token Profile 1.1). Everything is written in its canonical form: no library takes part. */
export function signedEnvelope(content: string, { keyPem, certPem }: Signer, spec: SignedSpec = {}): string {
  const { version = '1.1', created = new Date(), key = keyPem, token = base64Of(certPem), digest = sha256 } = spec;
  const ns = soapNamespaces[version];
  const [bodyId, stampId, tokenId] = [`b-${randomUUID()}`, `t-${randomUUID()}`, `x-${randomUUID()}`];
  const stamp = `<u:Timestamp xmlns:u="${wsu}" u:Id="${stampId}"><u:Created>${created.toISOString()}</u:Created></u:Timestamp>`;
  const body = `<s:Body xmlns:s="${ns}" xmlns:u="${wsu}" u:Id="${bodyId}">${content}</s:Body>`;
  const parts = spec.parts?.({ stamp, body }) ?? { [stampId]: stamp, [bodyId]: body };
  const references = Object.entries(parts).map(([id, text]) => reference(id, text, digest));
  const ec = createPrivateKey(key).asymmetricKeyType === 'ec';
  const method = `http://www.w3.org/2001/04/xmldsig-more#${ec ? 'ecdsa' : 'rsa'}-sha256`;
  const signedInfo = `<d:SignedInfo xmlns:d="${dsig}"><d:CanonicalizationMethod Algorithm="${exclusive}"></d:CanonicalizationMethod><d:SignatureMethod Algorithm="${method}"></d:SignatureMethod>${references.join('')}</d:SignedInfo>`;
  const value = sign('sha256', Buffer.from(signedInfo), { key: createPrivateKey(key), dsaEncoding: 'ieee-p1363' }).toString('base64');
  const keyInfo = `<d:KeyInfo><w:SecurityTokenReference><w:Reference URI="#${tokenId}" ValueType="${oasis}-x509-token-profile-1.0#X509v3"/></w:SecurityTokenReference></d:KeyInfo>`;
  const binary = `<w:BinarySecurityToken xmlns:u="${wsu}" EncodingType="${oasis}-soap-message-security-1.0#Base64Binary" ValueType="${oasis}-x509-token-profile-1.0#X509v3" u:Id="${tokenId}">${token}</w:BinarySecurityToken>`;
  const signature = `<d:Signature xmlns:d="${dsig}">${signedInfo}<d:SignatureValue>${value}</d:SignatureValue>${keyInfo}</d:Signature>`;
  const security = `<w:Security xmlns:w="${wsse}" s:mustUnderstand="1">${binary}${signature}${stamp}</w:Security>`;
  const envelope = `<s:Envelope xmlns:s="${ns}"><s:Header>${security}</s:Header>${body}</s:Envelope>`;
  return spec.change?.(envelope, { security, body, bodyId }) ?? envelope;
}

function reference(id: string, text: string, digest: string): string {
  const value = createHash(digest.endsWith('sha1') ? 'sha1' : 'sha256')
    .update(text)
    .digest('base64');
  return `<d:Reference URI="#${id}"><d:Transforms><d:Transform Algorithm="${exclusive}"></d:Transform></d:Transforms><d:DigestMethod Algorithm="${digest}"></d:DigestMethod><d:DigestValue>${value}</d:DigestValue></d:Reference>`;
}

function base64Of(pem: string): string {
  return pem.replace(/-----[^-]*-----|\s/g, '');
}
