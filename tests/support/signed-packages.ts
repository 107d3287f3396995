import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { XmlDocument } from 'libxml2-wasm';
import { liftFile } from '../../src/adapters/edxml/lift.ts';
import { readSignature } from '../../src/adapters/edxml/signature.ts';
import { spliceSync } from '../../src/adapters/edxml/splice.ts';
import { verifyClaim } from '../../src/adapters/pki/verify-claim.ts';
import type { AgencyCertificate, Lifted, SignaturePolicy } from '../../src/routing/package.ts';
import type { TestIdentity } from './certificates.ts';

const QCVN = 'http://www.mic.gov.vn/TBT/QCVN_102_2016';
const DSIG = 'http://www.w3.org/2000/09/xmldsig#';
const MORE = 'http://www.w3.org/2001/04/xmldsig-more#';

export const C14N = 'http://www.w3.org/TR/2001/REC-xml-c14n-20010315';
export const C14N_11 = 'http://www.w3.org/2006/12/xml-c14n11';
export const EXCLUSIVE = 'http://www.w3.org/2001/10/xml-exc-c14n#';
export const SHA256 = 'http://www.w3.org/2001/04/xmlenc#sha256';
export const RSA_SHA256 = `${MORE}rsa-sha256`;
export const ECDSA_SHA256 = `${MORE}ecdsa-sha256`;

export interface PackageParts {
  readonly subject?: string;
  /** Base64 contents, one Attachment for each. */
  readonly attachments?: readonly string[];
  /** What stands in the place of the Signature. */
  readonly signature?: string;
  readonly rootAttributes?: string;
}

/** A small but complete package with the prefix placement of domain 4.9. */
export function packageXml(parts: PackageParts = {}): string {
  const files = parts.attachments ?? ['UEsDBAoAAAAA'];
  const references = files.map(
    (_, i) => `<edXML:Reference>
      <edXML:ContentId>cid:file-${i}</edXML:ContentId><edXML:ContentType>application/pdf</edXML:ContentType>
      <edXML:Description>Công văn</edXML:Description><edXML:AttachmentName>07-SNV-${i}.pdf</edXML:AttachmentName>
    </edXML:Reference>`,
  );
  const attachments = files.map(
    (base64, i) => `<Attachment>
    <ContentId>cid:file-${i}</ContentId><AttachmentName>07-SNV-${i}.pdf</AttachmentName><Description>Công văn</Description>
    <ContentType>application/pdf</ContentType>
    <edXML:ContentTransferEncoded xmlns:edXML="${QCVN}">${base64}</edXML:ContentTransferEncoded>
  </Attachment>`,
  );
  return `<?xml version="1.0" encoding="UTF-8"?>
<edXML xmlns="${QCVN}"${parts.rootAttributes ?? ''}>
  <edXML:edXMLEnvelope xmlns:edXML="${QCVN}">
    <edXML:edXMLHeader>
      <edXML:MessageHeader>
        <edXML:From><edXML:OrganId>000.00.12.H61</edXML:OrganId><edXML:OrganName>Sở Nội vụ</edXML:OrganName></edXML:From>
        <edXML:To><edXML:OrganId>000.00.45.H61</edXML:OrganId><edXML:OrganName>UBND xã A</edXML:OrganName></edXML:To>
        <edXML:DocumentId>000.00.12.H61,2026/03/02,07/SNV-CCHC</edXML:DocumentId>
        <edXML:Code><edXML:CodeNumber>07</edXML:CodeNumber><edXML:CodeNotation>SNV-CCHC</edXML:CodeNotation></edXML:Code>
        <edXML:PromulgationInfo><edXML:Place>Vĩnh Long</edXML:Place><edXML:PromulgationDate>2026/03/02</edXML:PromulgationDate></edXML:PromulgationInfo>
        <edXML:DocumentType><edXML:Type>2</edXML:Type><edXML:TypeDetail>18</edXML:TypeDetail><edXML:TypeName>Công văn</edXML:TypeName></edXML:DocumentType>
        <edXML:Subject>${parts.subject ?? 'V/v báo cáo cải cách hành chính &amp; &lt;quý I&gt;'}</edXML:Subject>
        <edXML:SignerInfo><edXML:Competence>KT. GIÁM ĐỐC</edXML:Competence><edXML:Position>Phó Giám đốc</edXML:Position><edXML:FullName>Lê Thị B</edXML:FullName></edXML:SignerInfo>
        <edXML:OtherInfo><edXML:Priority>1</edXML:Priority></edXML:OtherInfo>
        <edXML:SteeringType>1</edXML:SteeringType>
      </edXML:MessageHeader>
      <edXML:TraceHeaderList>
        <edXML:TraceHeader><edXML:OrganId>000.00.12.H61</edXML:OrganId><edXML:Timestamp>2026/03/02 09:15:00</edXML:Timestamp></edXML:TraceHeader>
        <edXML:Bussiness><edXML:BussinessDocType>0</edXML:BussinessDocType><edXML:Paper>0</edXML:Paper></edXML:Bussiness>
      </edXML:TraceHeaderList>${parts.signature ?? ''}
    </edXML:edXMLHeader>
    <edXML:edXMLBody><edXML:edXMLManifest version="1.0">${references.join('')}</edXML:edXMLManifest></edXML:edXMLBody>
  </edXML:edXMLEnvelope>
  <AttachmentEncoded>${attachments.join('')}</AttachmentEncoded>
</edXML>
`;
}

export interface TemplateOptions {
  readonly canonicalization?: string;
  readonly algorithm?: string;
  readonly digest?: string;
  readonly uri?: string;
  readonly prefix?: string;
  /** Transform elements; enveloped-signature and exclusive C14N unless told otherwise. */
  readonly transforms?: readonly string[];
}

/** A Signature without values, for xmlsec1 to fill in. */
export function signatureTemplate(options: TemplateOptions = {}): string {
  const p = options.prefix === undefined ? '' : `${options.prefix}:`;
  const declared = options.prefix === undefined ? 'xmlns' : `xmlns:${options.prefix}`;
  const transforms = options.transforms ?? [`${DSIG}enveloped-signature`, EXCLUSIVE];
  return `<${p}Signature ${declared}="${DSIG}"><${p}SignedInfo>
<${p}CanonicalizationMethod Algorithm="${options.canonicalization ?? EXCLUSIVE}"/>
<${p}SignatureMethod Algorithm="${options.algorithm ?? RSA_SHA256}"/>
<${p}Reference URI="${options.uri ?? ''}"><${p}Transforms>${transforms.map((t) => `<${p}Transform Algorithm="${t}"/>`).join('')}</${p}Transforms>
<${p}DigestMethod Algorithm="${options.digest ?? SHA256}"/><${p}DigestValue></${p}DigestValue></${p}Reference>
</${p}SignedInfo><${p}SignatureValue></${p}SignatureValue><${p}KeyInfo><${p}X509Data></${p}X509Data></${p}KeyInfo></${p}Signature>`;
}

/** A folder that is gone when the test file ends; the caller removes it. */
export function scratchFolder(): { path: string; file(name: string, content: string | Uint8Array): string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'lienthong-test-'));
  return {
    path,
    file(name, content) {
      const to = join(path, name);
      writeFileSync(to, content);
      return to;
    },
    remove: () => rmSync(path, { recursive: true, force: true }),
  };
}

/** Whether a tool can be run; a test that needs an absent one says so and is skipped. */
export function hasTool(name: string, ...args: string[]): boolean {
  return spawnSync(name, args.length > 0 ? args : ['--version'], { stdio: 'ignore' }).status === 0;
}

/** Signs the template inside a package with xmlsec1. Returns the signed package's bytes as xmlsec1 wrote them. */
export function signWithXmlsec(folder: string, xml: string, signer: TestIdentity, idNode?: string): string {
  const input = join(folder, 'to-sign.xml');
  writeFileSync(input, xml);
  writeFileSync(join(folder, 'key.pem'), signer.keyPem);
  writeFileSync(join(folder, 'certificate.pem'), signer.certificatePem);
  const id = idNode === undefined ? [] : ['--id-attr:Id', idNode];
  const args = ['--sign', ...id, '--privkey-pem', `${join(folder, 'key.pem')},${join(folder, 'certificate.pem')}`, input];
  return execFileSync('xmlsec1', args, { encoding: 'utf8', maxBuffer: 1 << 28, stdio: ['ignore', 'pipe', 'pipe'] });
}

/** What xmlsec1 says of a signed file, trusting this certificate only. */
export function xmlsecAccepts(path: string, certificatePath: string, ...more: string[]): boolean {
  return spawnSync('xmlsec1', ['--verify', ...more, '--pubkey-cert-pem', certificatePath, path], { stdio: 'ignore' }).status === 0;
}

/** Lifts a package given as text, through a file in `folder`. */
export async function lift(folder: string, xml: string | Uint8Array, name = 'package.edxml'): Promise<Lifted> {
  const path = join(folder, name);
  writeFileSync(path, xml);
  return liftFile(path, { packageBytes: 1 << 30, textBytes: 4 << 20 });
}

/** Runs commands of tests/support/java/XmlSignatures.java, each a list of words; returns the line that each printed. */
export function runJdk(commands: readonly (readonly string[])[]): string[] {
  const source = join(import.meta.dirname, '../../../tests/support/java/XmlSignatures.java');
  const args = [source, ...commands.map((words) => words.join('|'))];
  return execFileSync('java', args, { encoding: 'utf8' }).trim().split('\n');
}

/** What the gateway decides about the signature of a package: the verdict's state, or the code of the problem with its detail. */
export interface Judgement {
  readonly says: string;
  readonly detail: string;
  readonly at?: string;
}

/** Parses, reads and verifies as the gateway does, and checks on the way that reading a signature leaves the tree as it was. */
export function judge(lifted: Lifted, certificates: readonly AgencyCertificate[], policy: SignaturePolicy = 'required'): Judgement {
  const doc = XmlDocument.fromBuffer(lifted.text);
  try {
    const before = doc.toString();
    const claim = readSignature(doc, lifted);
    if (doc.toString() !== before) throw new Error('readSignature changed the tree');
    const decision = verifyClaim(claim, certificates, policy, new Date('2026-03-02T02:15:00Z'), '000.00.12.H61');
    if ('verdict' in decision) return { says: decision.verdict.state, detail: '' };
    const { code, params, at } = decision.problem;
    return { says: code, detail: String(params?.['detail'] ?? params?.['algorithm'] ?? ''), ...(at === undefined ? {} : { at }) };
  } finally {
    doc.dispose();
  }
}

/** The package as it travels. */
export function spliced(lifted: Lifted): string {
  const chunks: Buffer[] = [];
  for (const chunk of spliceSync(lifted)) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString();
}
