import type { Verify } from 'node:crypto';
import { createHash, createVerify } from 'node:crypto';
import { ObjectIdentifier, OctetString, Sequence } from 'asn1js';
import type { CmsSignature } from './cms.ts';
import { CmsFault, singleValue } from './cms.ts';
import type { HashName } from './signature-form.ts';
import { hashName, keyFor } from './signature-form.ts';
import type { Sink, Stretch } from './stretches.ts';

const CONTENT_TYPE = '1.2.840.113549.1.9.3';
const MESSAGE_DIGEST = '1.2.840.113549.1.9.4';
const SIGNING_CERTIFICATE = '1.2.840.113549.1.9.16.2.12';
const SIGNING_CERTIFICATE_V2 = '1.2.840.113549.1.9.16.2.47';

/** A verification under way: it is fed the content, then tells the outcome. */
export interface Verification extends Sink {
  /** Throws CmsFault with the reason when the signature is not good. */
  finish(): void;
}

/**
 * Begins to verify a signature over some stretches of a file. `cades`: the attribute that ties the certificate to the signature must be
 * there (ETSI EN 319 122-1); where it is, it must name the certificate. Throws CmsFault.
 */
export function beginVerification(cms: CmsSignature, stretches: readonly Stretch[], cades: boolean): Verification {
  const { signer, form, signedAttributes } = cms;
  if (signer === undefined) throw new CmsFault("its CMS lacks the signer's certificate");
  const key = keyFor(form, signer.publicKey);
  if (key === undefined) throw new CmsFault('its algorithm does not fit the key of the certificate');
  checkSigningCertificate(cms, cades);
  const verifier = createVerify(form.hash);
  const conclude = (given: Verify) => {
    if (!given.verify(key, cms.signature)) throw new CmsFault('the signature does not match the key of its certificate');
  };
  if (signedAttributes === undefined) return { stretches, update: (bytes) => verifier.update(bytes), finish: () => conclude(verifier) };
  const hash = createHash(form.digest);
  return {
    stretches,
    update: (bytes) => hash.update(bytes),
    finish() {
      checkAttributes(cms, hash.digest());
      conclude(verifier.update(signedAttributes));
    },
  };
}

/** Verifies a signature over bytes at hand. Throws CmsFault. */
export function verifyOver(cms: CmsSignature, content: Buffer, cades: boolean): void {
  const verification = beginVerification(cms, [], cades);
  verification.update(content);
  verification.finish();
}

function checkAttributes(cms: CmsSignature, digest: Buffer): void {
  const stated = singleValue(cms.attributes, MESSAGE_DIGEST);
  const type = singleValue(cms.attributes, CONTENT_TYPE);
  if (!(stated instanceof OctetString) || !(type instanceof ObjectIdentifier))
    throw new CmsFault('its CMS lacks an attribute that every signature has');
  if (type.getValue() !== cms.contentType) throw new CmsFault('its CMS signs another type of content');
  if (!Buffer.from(stated.valueBlock.valueHexView).equals(digest)) throw new CmsFault('what it covers was changed after signing');
}

function checkSigningCertificate(cms: CmsSignature, required: boolean): void {
  const newer = singleValue(cms.attributes, SIGNING_CERTIFICATE_V2);
  const older = singleValue(cms.attributes, SIGNING_CERTIFICATE);
  if (newer === undefined && older === undefined) {
    if (required) throw new CmsFault('it does not name its certificate, as CAdES wants');
    return;
  }
  const hashes = [certificateHash(newer, 'sha256'), certificateHash(older, 'sha1')];
  for (const given of hashes.filter((one) => one !== undefined)) {
    const own = createHash(given.hash)
      .update(cms.signer?.raw ?? '')
      .digest();
    if (!own.equals(given.value)) throw new CmsFault('it names another certificate than the one it came with');
  }
}

/** The first ESSCertID of a SigningCertificate or SigningCertificateV2 (RFC 5035). */
function certificateHash(attribute: unknown, otherwise: HashName): { hash: HashName; value: Buffer } | undefined {
  if (attribute === undefined) return undefined;
  const first = partsOf(partsOf(attribute)[0])[0];
  const [head, second] = partsOf(first);
  const value = head instanceof OctetString ? head : second;
  const [algorithm] = partsOf(head);
  const hash = algorithm instanceof ObjectIdentifier ? hashName(algorithm.getValue()) : otherwise;
  if (!(value instanceof OctetString) || hash === undefined) throw new CmsFault('it names its certificate in a form that can not be read');
  return { hash, value: Buffer.from(value.valueBlock.valueHexView) };
}

function partsOf(block: unknown): readonly unknown[] {
  return block instanceof Sequence ? block.valueBlock.value : [];
}
