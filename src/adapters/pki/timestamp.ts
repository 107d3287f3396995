import { createHash, verify } from 'node:crypto';
import type { AsnType } from 'asn1js';
import { ObjectIdentifier, OctetString, Sequence } from 'asn1js';
import type { Attribute, SignerInfo } from 'pkijs';
import { Certificate, ContentInfo, IssuerAndSerialNumber, SignedData, TSTInfo } from 'pkijs';
import type { ReadTimestamp } from '../../routing/trust.ts';
import { readPathCertificate } from './path/certificate.ts';

const ids = {
  signedData: '1.2.840.113549.1.7.2',
  tstInfo: '1.2.840.113549.1.9.16.1.4',
  contentType: '1.2.840.113549.1.9.3',
  messageDigest: '1.2.840.113549.1.9.4',
  signingCertificate: '1.2.840.113549.1.9.16.2.12',
  signingCertificateV2: '1.2.840.113549.1.9.16.2.47',
} as const;

const digests: Readonly<Record<string, string>> = {
  '2.16.840.1.101.3.4.2.1': 'sha256',
  '2.16.840.1.101.3.4.2.2': 'sha384',
  '2.16.840.1.101.3.4.2.3': 'sha512',
};

/** Signature algorithms by what their digest must be; `any`: the algorithm names none, the digest algorithm counts. */
const signatures: Readonly<Record<string, string>> = {
  '1.2.840.113549.1.1.1': 'any',
  '1.2.840.10045.2.1': 'any',
  '1.2.840.113549.1.1.11': 'sha256',
  '1.2.840.113549.1.1.12': 'sha384',
  '1.2.840.113549.1.1.13': 'sha512',
  '1.2.840.10045.4.3.2': 'sha256',
  '1.2.840.10045.4.3.3': 'sha384',
  '1.2.840.10045.4.3.4': 'sha512',
};

/**
 * Reads an RFC 3161 token and checks all that needs no anchor: the imprint is that of the covered bytes, the content is a TSTInfo, its one
 * signature is made by the certificate that the token names (ESSCertID, RFC 3161, 2.4.2; RFC 5816). Whether that certificate leads to a
 * trusted authority of timestamps is for the caller. Never throws: whatever goes wrong is a reason.
 */
export const readTimestamp: ReadTimestamp = (token, covered, further) => {
  try {
    return check(token, covered, further);
  } catch (error) {
    return { why: (error instanceof Error ? error.message : String(error)).slice(0, 200) };
  }
};

function check(token: Uint8Array, covered: Uint8Array, further: readonly Uint8Array[]): ReturnType<ReadTimestamp> {
  const info = ContentInfo.fromBER(new Uint8Array(token));
  if (info.contentType !== ids.signedData) throw new Error('the token is no SignedData');
  const signed = new SignedData({ schema: info.content });
  const content = signed.encapContentInfo.eContent?.getValue();
  if (signed.encapContentInfo.eContentType !== ids.tstInfo || content === undefined) throw new Error('the token holds no TSTInfo');
  const [signer, second] = signed.signerInfos;
  if (signer === undefined || second !== undefined) throw new Error('the token must have exactly one signature');
  const statement = TSTInfo.fromBER(content);
  const { hashAlgorithm, hashedMessage } = statement.messageImprint;
  const imprint = createHash(digestNamed(hashAlgorithm.algorithmId)).update(covered).digest();
  if (!imprint.equals(hashedMessage.valueBlock.valueHexView)) throw new Error('the imprint is not that of SignatureValue');
  const carried = (signed.certificates ?? []).flatMap((one) =>
    one instanceof Certificate ? [new Uint8Array(one.toSchema().toBER())] : [],
  );
  const certificate = signerAmong([...carried, ...further], signer);
  checkSignature(signer, new Uint8Array(content), certificate);
  return { at: statement.genTime, certificate, hints: carried };
}

function checkSignature(signer: SignerInfo, content: Uint8Array, certificate: Uint8Array): void {
  const digest = digestNamed(signer.digestAlgorithm.algorithmId);
  const named = signatures[signer.signatureAlgorithm.algorithmId];
  if (named === undefined || (named !== 'any' && named !== digest)) throw new Error('the signature algorithm of the token is not accepted');
  const attributes = signer.signedAttrs;
  if (attributes === undefined) throw new Error('the token has no signed attributes');
  const type = valueOfType(attributes.attributes, ids.contentType);
  if (!(type instanceof ObjectIdentifier) || type.valueBlock.toString() !== ids.tstInfo)
    throw new Error('the signed content type is another');
  const stated = valueOfType(attributes.attributes, ids.messageDigest);
  const expected = createHash(digest).update(content).digest();
  if (!(stated instanceof OctetString) || !expected.equals(stated.valueBlock.valueHexView))
    throw new Error('the digest of the token is wrong');
  checkNamed(attributes.attributes, certificate);
  const { key } = readPathCertificate(certificate);
  const value = signer.signature.valueBlock.valueHexView;
  if (!verify(digest, new Uint8Array(attributes.encodedValue), key, value)) throw new Error('the signature of the token is wrong');
}

/** The signed attribute that names the certificate: without it another certificate of the same key could take its place. */
function checkNamed(attributes: readonly Attribute[], certificate: Uint8Array): void {
  const named = valueOfType(attributes, ids.signingCertificateV2) ?? valueOfType(attributes, ids.signingCertificate);
  const list = named instanceof Sequence ? named.valueBlock.value[0] : undefined;
  const first = list instanceof Sequence ? list.valueBlock.value[0] : undefined;
  const parts = first instanceof Sequence ? first.valueBlock.value : [];
  const hash = parts.find((part) => part instanceof OctetString);
  if (hash === undefined) throw new Error('the token does not name its certificate');
  const [algorithm] = parts[0] instanceof Sequence ? parts[0].valueBlock.value : [];
  const byDefault = valueOfType(attributes, ids.signingCertificateV2) === undefined ? 'sha1' : 'sha256';
  const digest = algorithm instanceof ObjectIdentifier ? digestNamed(algorithm.valueBlock.toString()) : byDefault;
  const expected = createHash(digest).update(certificate).digest();
  if (!expected.equals(hash.valueBlock.valueHexView)) throw new Error('the token names another certificate');
}

function signerAmong(certificates: readonly Uint8Array[], { sid }: SignerInfo): Uint8Array {
  if (!(sid instanceof IssuerAndSerialNumber)) throw new Error('the signer is not named by issuer and serial number');
  const found = certificates.find((der) => {
    const { issuer, serialNumber } = Certificate.fromBER(new Uint8Array(der));
    return issuer.isEqual(sid.issuer) && serialNumber.isEqual(sid.serialNumber);
  });
  if (found === undefined) throw new Error('the certificate of the token is missing');
  return found;
}

function valueOfType(attributes: readonly Attribute[], type: string): AsnType | undefined {
  const found = attributes.filter((one) => one.type === type);
  if (found.length > 1) throw new Error('a signed attribute stands twice');
  return found[0]?.values[0] as AsnType | undefined;
}

function digestNamed(id: string): string {
  const name = digests[id];
  if (name === undefined) throw new Error(`digest ${id} is not accepted`);
  return name;
}
