import { X509Certificate } from 'node:crypto';
import { fromBER, OctetString } from 'asn1js';
import type { Attribute, SignerInfo } from 'pkijs';
import { Certificate, ContentInfo, IssuerAndSerialNumber, SignedData } from 'pkijs';
import type { SignatureForm } from './signature-form.ts';
import { hashName, signatureForm } from './signature-form.ts';

/** A CMS SignedData (RFC 5652) with its one signer, taken apart; nothing is verified yet. */
export interface CmsSignature {
  /** Dotted identifier of what is signed. */
  readonly contentType: string;
  /** What is signed, when it stands inside. */
  readonly content?: Buffer;
  readonly form: SignatureForm;
  readonly signature: Buffer;
  /** DER of the signed attributes as a SET OF, which is what is signed (RFC 5652, 5.4); absent when the content itself is. */
  readonly signedAttributes?: Buffer;
  readonly attributes: ReadonlyMap<string, Attribute>;
  readonly unsigned: ReadonlyMap<string, Attribute>;
  readonly signer?: X509Certificate;
  /** The other certificates inside. */
  readonly others: readonly X509Certificate[];
}

/** A CMS that can't be judged. `unsupported`: it may be good, but for its form or algorithms; otherwise it is broken. */
export class CmsFault extends Error {
  readonly unsupported: boolean;

  constructor(message: string, unsupported = false) {
    super(message);
    this.name = 'CmsFault';
    this.unsupported = unsupported;
  }
}

const SIGNED_DATA = '1.2.840.113549.1.7.2';
const CERTIFICATES = 50;

/** Reads a CMS. Zero bytes may stand behind it, as PDF fills Contents up. Throws CmsFault. */
export function readCms(bytes: Buffer): CmsSignature {
  const { data, signerInfo } = signedDataOf(bytes);
  const certificates = (data.certificates ?? []).filter((one) => one instanceof Certificate).slice(0, CERTIFICATES);
  const mine = certificates.find((certificate) => isSigner(signerInfo, certificate));
  const digest = hashName(signerInfo.digestAlgorithm.algorithmId);
  if (digest === undefined) throw new CmsFault(`digest algorithm ${signerInfo.digestAlgorithm.algorithmId}`, true);
  const form = signatureForm(signerInfo.signatureAlgorithm, digest);
  if (form === undefined) throw new CmsFault(`signature algorithm ${signerInfo.signatureAlgorithm.algorithmId}`, true);
  const { eContentType, eContent } = data.encapContentInfo;
  const signed = signerInfo.signedAttrs;
  return {
    contentType: eContentType,
    ...(eContent === undefined ? {} : { content: octetsOf(eContent) }),
    form,
    signature: Buffer.from(signerInfo.signature.valueBlock.valueHexView),
    ...(signed === undefined ? {} : { signedAttributes: Buffer.from(signed.encodedValue) }),
    attributes: attributesOf(signed?.attributes ?? []),
    unsigned: attributesOf(signerInfo.unsignedAttrs?.attributes ?? []),
    ...(mine === undefined ? {} : { signer: nodeCertificate(mine) }),
    others: certificates.filter((one) => one !== mine).map(nodeCertificate),
  };
}

function signedDataOf(bytes: Buffer): { data: SignedData; signerInfo: SignerInfo } {
  const read = fromBER(new Uint8Array(bytes));
  if (read.offset === -1) throw new CmsFault('its Contents are no CMS');
  if (bytes.subarray(read.offset).some((byte) => byte !== 0)) throw new CmsFault('something stands behind the CMS in its Contents');
  try {
    const info = new ContentInfo({ schema: read.result });
    if (info.contentType !== SIGNED_DATA) throw new CmsFault('its Contents are no CMS SignedData');
    const data = new SignedData({ schema: info.content });
    const [signerInfo] = data.signerInfos;
    if (signerInfo === undefined || data.signerInfos.length > 1) throw new CmsFault(`its CMS has ${data.signerInfos.length} signers`);
    return { data, signerInfo };
  } catch (error) {
    throw error instanceof CmsFault ? error : new CmsFault('its CMS can not be read');
  }
}

function isSigner({ sid }: SignerInfo, certificate: Certificate): boolean {
  if (sid instanceof IssuerAndSerialNumber) {
    return sid.issuer.isEqual(certificate.issuer) && sid.serialNumber.isEqual(certificate.serialNumber);
  }
  const wanted = keyIdentifier(sid);
  const own = certificate.extensions?.find((one) => one.extnID === '2.5.29.14')?.parsedValue as unknown;
  return wanted !== undefined && own instanceof OctetString && Buffer.from(own.valueBlock.valueHexView).equals(wanted);
}

/** SubjectKeyIdentifier of a SignerIdentifier, which is tagged [0] in place of OCTET STRING. */
function keyIdentifier(sid: unknown): Buffer | undefined {
  const block = (sid as { valueBlock?: { valueHexView?: Uint8Array } }).valueBlock;
  return block?.valueHexView === undefined ? undefined : Buffer.from(block.valueHexView);
}

function nodeCertificate(certificate: Certificate): X509Certificate {
  try {
    return new X509Certificate(Buffer.from(certificate.toSchema().toBER(false)));
  } catch {
    throw new CmsFault('a certificate in its CMS can not be read');
  }
}

function attributesOf(attributes: readonly Attribute[]): ReadonlyMap<string, Attribute> {
  const found = new Map(attributes.map((one) => [one.type, one]));
  if (found.size < attributes.length) throw new CmsFault('its CMS has an attribute twice');
  return found;
}

/** The bytes of a string that may stand in parts. */
function octetsOf(string: OctetString): Buffer {
  return Buffer.from(string.getValue());
}

/** The single value of an attribute, as read by asn1js; undefined when it is absent. Throws CmsFault when it has several. */
export function singleValue(attributes: ReadonlyMap<string, Attribute>, type: string): unknown {
  const values = attributes.get(type)?.values;
  if (values === undefined) return undefined;
  if (values.length !== 1) throw new CmsFault(`attribute ${type} has ${values.length} values`);
  return values[0];
}
