import { createHash } from 'node:crypto';
import { fromBER, Integer, OctetString } from 'asn1js';
import type { SingleResponse } from 'pkijs';
import { AlgorithmIdentifier, BasicOCSPResponse, CertID, Extension, OCSPRequest, OCSPResponse, Request } from 'pkijs';
import { reject } from '../../../routing/problem.ts';
import type { Subject } from './authority.ts';
import { children, contentOf, elementAt, serialHex } from './der.ts';

const sha1 = '1.3.14.3.2.26';
const nonceOid = '1.3.6.1.5.5.7.48.1.2';
const basicOid = '1.3.6.1.5.5.7.48.1.1';

/** Digests that name an issuer in an answer. They identify, they prove nothing: SHA-1 is what every responder understands (RFC 5019). */
const digests: Readonly<Record<string, string>> = {
  [sha1]: 'sha1',
  '2.16.840.1.101.3.4.2.1': 'sha256',
  '2.16.840.1.101.3.4.2.2': 'sha384',
  '2.16.840.1.101.3.4.2.3': 'sha512',
};

/** The question about one certificate (RFC 6960, 4.1), with a nonce (RFC 9654). DER. */
export function ocspRequest(certificate: Subject, issuer: Subject, nonce: Uint8Array): Uint8Array {
  const request = new OCSPRequest();
  const reqCert = new CertID({
    hashAlgorithm: new AlgorithmIdentifier({ algorithmId: sha1 }),
    issuerNameHash: new OctetString({ valueHex: bufferOf(nameHash(issuer, 'sha1')) }),
    issuerKeyHash: new OctetString({ valueHex: bufferOf(keyHash(issuer, 'sha1')) }),
    serialNumber: serialOf(certificate),
  });
  request.tbsRequest.requestList = [new Request({ reqCert })];
  const value = new OctetString({ valueHex: bufferOf(nonce) }).toBER();
  request.tbsRequest.requestExtensions = [new Extension({ extnID: nonceOid, critical: false, extnValue: value })];
  return new Uint8Array(request.toSchema(true).toBER());
}

/** What an answer says of one certificate. */
export interface OcspStatement {
  readonly status: 'good' | 'revoked' | 'unknown';
  readonly thisUpdate: Date;
  readonly nextUpdate?: Date;
  readonly revokedAt?: Date;
  /** CRLReason number. */
  readonly reason?: number;
}

/** An answer, read and not yet believed. */
export interface OcspAnswer {
  readonly der: Uint8Array;
  /** SHA-256 of the DER, hex. */
  readonly sha256: string;
  readonly signed: Uint8Array;
  readonly algorithm: Uint8Array;
  readonly signature: Uint8Array;
  /** Certificates that came with it, DER. */
  readonly certificates: readonly Uint8Array[];
  readonly nonce?: Uint8Array;
  readonly responses: readonly SingleResponse[];
}

const states: Readonly<Record<number, string>> = {
  1: 'malformedRequest',
  2: 'internalError',
  3: 'tryLater',
  5: 'sigRequired',
  6: 'unauthorized',
};

/** Reads an OCSPResponse (RFC 6960, 4.2). Throws Rejection OCSP_UNREADABLE, OCSP_NOT_SUCCESSFUL. */
export function readOcsp(der: Uint8Array): OcspAnswer {
  const response = readable(() => OCSPResponse.fromBER(bufferOf(der)));
  const state = response.responseStatus.valueBlock.valueDec;
  if (state !== 0) throw reject('OCSP_NOT_SUCCESSFUL', { params: { detail: states[state] ?? `status ${state}` } });
  return readable(() => {
    const bytes = response.responseBytes;
    if (bytes?.responseType !== basicOid) throw new Error('not a BasicOCSPResponse');
    const basic = BasicOCSPResponse.fromBER(bufferOf(bytes.response.valueBlock.valueHexView));
    const nonce = basic.tbsResponseData.responseExtensions?.find(({ extnID }) => extnID === nonceOid)?.extnValue.valueBlock.valueHexView;
    return {
      der,
      sha256: createHash('sha256').update(der).digest('hex'),
      signed: basic.tbsResponseData.tbsView,
      algorithm: new Uint8Array(basic.signatureAlgorithm.toSchema().toBER()),
      signature: basic.signature.valueBlock.valueHexView,
      certificates: (basic.certs ?? []).slice(0, mostCertificates).map((one) => new Uint8Array(one.toSchema().toBER())),
      ...(nonce === undefined ? {} : { nonce: innerOctets(nonce) }),
      responses: basic.tbsResponseData.responses,
    };
  });
}

const mostCertificates = 8;

/** Some responders wrap the nonce in an OCTET STRING, as RFC 9654 asks, some don't. */
function innerOctets(value: Uint8Array): Uint8Array {
  const inner = fromBER(bufferOf(value));
  return inner.offset === value.length && inner.result instanceof OctetString ? inner.result.valueBlock.valueHexView : value;
}

/** What the answer says of this certificate of this issuer; undefined when it speaks of others only. A revocation goes before all else. */
export function statementOn(answer: OcspAnswer, certificate: Subject, issuer: Subject): OcspStatement | undefined {
  const found = readable(() => answer.responses.filter(({ certID }) => isAbout(certID, certificate, issuer)).map(statementOf));
  return found.find(({ status }) => status === 'revoked') ?? found[0];
}

function isAbout(id: CertID, certificate: Subject, issuer: Subject): boolean {
  const digest = digests[id.hashAlgorithm.algorithmId];
  if (digest === undefined) return false;
  const serial = serialHex(Buffer.from(id.serialNumber.valueBlock.valueHexView).toString('hex'));
  return (
    serial === certificate.serial &&
    Buffer.compare(id.issuerNameHash.valueBlock.valueHexView, nameHash(issuer, digest)) === 0 &&
    Buffer.compare(id.issuerKeyHash.valueBlock.valueHexView, keyHash(issuer, digest)) === 0
  );
}

/** The part of a parsed CertStatus that is looked at: a choice of tags 0, 1, 2 with content for 1 only. */
interface Choice {
  readonly idBlock: { readonly tagNumber: number };
  readonly valueBlock: { readonly value?: readonly { toDate?(): Date; readonly valueBlock: { readonly value?: readonly Choice[] } }[] };
}

function statementOf({ certStatus, thisUpdate, nextUpdate }: SingleResponse): OcspStatement {
  const choice = certStatus as Choice;
  const dates = { thisUpdate, ...(nextUpdate === undefined ? {} : { nextUpdate }) };
  if (choice.idBlock.tagNumber === 0) return { status: 'good', ...dates };
  if (choice.idBlock.tagNumber !== 1) return { status: 'unknown', ...dates };
  const [time, reason] = choice.valueBlock.value ?? [];
  const revokedAt = time?.toDate?.();
  if (revokedAt === undefined) throw new Error('revoked without a time');
  const number = reason?.valueBlock.value?.[0] as { valueBlock: { valueDec?: number } } | undefined;
  return { status: 'revoked', ...dates, revokedAt, reason: number?.valueBlock.valueDec ?? 0 };
}

function readable<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw reject('OCSP_UNREADABLE', { params: { detail: error instanceof Error ? error.message : String(error) } });
  }
}

function serialOf({ der }: Subject): Integer {
  const outer = elementAt(der, 0, der.length);
  const tbs = elementAt(der, outer.content, outer.end);
  const parts = [...children(der, tbs)];
  const serial = parts[0]?.tag === 0xa0 ? parts[1] : parts[0];
  if (serial === undefined) throw new Error('a certificate without a serial number');
  return new Integer({ valueHex: bufferOf(contentOf(der, serial)) });
}

const nameHash = ({ subject }: Subject, digest: string) => createHash(digest).update(Buffer.from(subject, 'hex')).digest();

/** Over the bits of the key alone, without the count of unused bits (RFC 6960, 4.1.1). */
function keyHash({ publicKeyInfo }: Subject, digest: string): Buffer {
  const outer = elementAt(publicKeyInfo, 0, publicKeyInfo.length);
  const [, key] = children(publicKeyInfo, outer);
  if (key === undefined) throw new Error('a certificate without a key');
  return createHash(digest).update(contentOf(publicKeyInfo, key).subarray(1)).digest();
}

/** An ArrayBuffer of these bytes alone, as the library wants it. */
function bufferOf(bytes: Uint8Array): ArrayBuffer {
  return new Uint8Array(bytes).buffer;
}
