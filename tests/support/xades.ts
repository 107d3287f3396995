/** What is put beside a signature, none of it covered: DER of a timestamp, of OCSP responses, of revocation lists. */
export interface UnsignedProperties {
  readonly timestamp?: Uint8Array;
  readonly answers?: readonly Uint8Array[];
  readonly lists?: readonly Uint8Array[];
}

const base64 = (der: Uint8Array) => Buffer.from(der).toString('base64');

/** What a timestamp of this package has to cover: SignatureValue in exclusive canonical form. */
export function coveredByTimestamp(xml: string): Buffer {
  const value = /<SignatureValue>[^<]*<\/SignatureValue>/.exec(xml)?.[0] ?? '';
  return Buffer.from(value.replace('<SignatureValue>', '<SignatureValue xmlns="http://www.w3.org/2000/09/xmldsig#">'));
}

/** A signed package with unsigned XAdES properties (ETSI EN 319 132-1, 5.3 and 5.4) behind its KeyInfo. */
export function withUnsignedProperties(xml: string, { timestamp, answers = [], lists = [] }: UnsignedProperties): string {
  const method =
    '<ds:CanonicalizationMethod xmlns:ds="http://www.w3.org/2000/09/xmldsig#" Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"/>';
  const stamp =
    timestamp === undefined
      ? ''
      : `<SignatureTimeStamp>${method}<EncapsulatedTimeStamp>${base64(timestamp)}</EncapsulatedTimeStamp></SignatureTimeStamp>`;
  const ocsp = answers.map((der) => `<EncapsulatedOCSPValue>${base64(der)}</EncapsulatedOCSPValue>`).join('');
  const crl = lists.map((der) => `<EncapsulatedCRLValue>${base64(der)}</EncapsulatedCRLValue>`).join('');
  const values = [crl && `<CRLValues>${crl}</CRLValues>`, ocsp && `<OCSPValues>${ocsp}</OCSPValues>`].join('');
  const revocation = values && `<RevocationValues>${values}</RevocationValues>`;
  const unsigned = `<UnsignedProperties><UnsignedSignatureProperties>${stamp}${revocation}</UnsignedSignatureProperties></UnsignedProperties>`;
  const object = `<Object><QualifyingProperties xmlns="http://uri.etsi.org/01903/v1.3.2#">${unsigned}</QualifyingProperties></Object>`;
  return xml.replace('</KeyInfo>', `</KeyInfo>${object}`);
}
