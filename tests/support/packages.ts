import { readFileSync } from 'node:fs';
import { oneFileZip } from './one-file-zip.ts';

const QCVN = 'http://www.mic.gov.vn/TBT/QCVN_102_2016';

export interface PartySpec {
  readonly code?: string;
  readonly name?: string;
}

export interface AttachmentSpec {
  readonly name: string;
  readonly type?: string;
  /** The file: its bytes, or the path of a file that holds them. */
  readonly bytes?: Uint8Array | { readonly path: string };
  /** The text of ContentTransferEncoded, instead of the base64 of the file. */
  readonly base64?: string;
  /** Packs the file as the official library does: a ZIP with one entry of a random name. */
  readonly zip?: boolean;
  readonly contentId?: string;
  /** ContentId in the Reference; `null` leaves the Reference out. */
  readonly reference?: string | null;
  /** `false` leaves the Attachment out. */
  readonly attached?: boolean;
  /** Breaks the base64 into lines of 76 characters. */
  readonly wrapped?: boolean;
}

/** Everything about a document package; what is left out gets a good value, an empty string or list leaves the element out. */
export interface PackageSpec {
  readonly from?: PartySpec;
  readonly to?: readonly PartySpec[];
  readonly documentId?: string;
  readonly number?: string;
  readonly notation?: string;
  readonly promulgationDate?: string;
  readonly typeName?: string;
  /** XML of the Subject's content. */
  readonly subject?: string;
  readonly signer?: string;
  readonly position?: string;
  readonly dueDate?: string;
  readonly priority?: string | number;
  readonly steering?: string;
  readonly sphere?: string;
  readonly toPlaces?: readonly string[];
  readonly action?: 'new' | 'recall' | 'update' | 'replace';
  /** XML of TraceHeaderList's Bussiness, instead of the one made from `action`. */
  readonly act?: string;
  readonly targetId?: string;
  readonly attachments?: readonly AttachmentSpec[];
  /** Order of the elements in MessageHeader: as the library writes it or as the clauses of QCVN 102 go. */
  readonly order?: 'sdk' | 'clause';
  /** Prefix in the envelope; empty for none. */
  readonly prefix?: string;
  /** XML put at the end of MessageHeader, and at the end of edXMLHeader. */
  readonly inHeader?: string;
  readonly inEdxmlHeader?: string;
}

export interface StatusSpec {
  readonly from?: PartySpec;
  readonly about?: { readonly code?: string; readonly number?: string; readonly date?: string; readonly documentId?: string };
  readonly status?: string;
  readonly description?: string;
  readonly timestamp?: string;
  readonly inHeader?: string;
}

/** An unsigned document package as bytes. */
export function buildPackage(spec: PackageSpec = {}): Buffer {
  const prefix = spec.prefix ?? 'edXML';
  const files = (spec.attachments ?? [pdf('07-SNV-CCHC.signed.pdf')]).map(numbered);
  const envelope = element('edXMLEnvelope', [
    element('edXMLHeader', [
      element('MessageHeader', [...headerFields(spec), spec.inHeader ?? '']),
      element('TraceHeaderList', [traceHeader(spec), spec.act ?? business(spec)]),
      spec.inEdxmlHeader ?? '',
    ]),
    element('edXMLBody', [`<edXMLManifest version="1.0">${files.map(reference).join('')}</edXMLManifest>`]),
  ]);
  const encoded = element(
    'AttachmentEncoded',
    files.map((file) => attachment(file, prefix)),
  );
  return Buffer.from(
    `<?xml version="1.0" encoding="UTF-8"?>\n<edXML xmlns="${QCVN}">\n${withPrefix(envelope, prefix)}${files.length === 0 ? '' : encoded}</edXML>\n`,
  );
}

/** An unsigned status package as bytes. */
export function buildStatus(spec: StatusSpec = {}): Buffer {
  const about = spec.about ?? {};
  const header = element('MessageHeader', [
    party('From', { code: '000.00.45.H61', name: 'UBND xã Bình Phước', ...spec.from }),
    element('ResponseFor', [
      text('OrganId', about.code ?? '000.00.12.H61'),
      text('Code', about.number ?? '07/SNV-CCHC'),
      text('PromulgationDate', about.date ?? '2026/03/02'),
      text('DocumentId', about.documentId ?? '000.00.12.H61,2026/03/02,07/SNV-CCHC'),
    ]),
    element('StaffInfo', [text('Department', 'Văn phòng'), text('Staff', 'Trần Văn Cần'), text('Email', 'vanthu@vidu.gov.vn')]),
    text('StatusCode', spec.status ?? '03'),
    text('Description', spec.description ?? 'Đã tiếp nhận, vào sổ văn bản đến'),
    text('Timestamp', spec.timestamp ?? '2026/03/02 10:05:00'),
    spec.inHeader ?? '',
  ]);
  const envelope = withPrefix(element('edXMLEnvelope', [element('edXMLHeader', [header])]), 'edXML');
  return Buffer.from(`<?xml version="1.0" encoding="UTF-8"?>\n<edXML xmlns="${QCVN}">\n${envelope}</edXML>\n`);
}

/** A small attachment that begins and ends like a PDF. */
export function pdf(name: string, more: Partial<AttachmentSpec> = {}): AttachmentSpec {
  return { name, type: 'application/pdf', bytes: Buffer.from('%PDF-1.7\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n'), ...more };
}

function headerFields(spec: PackageSpec): string[] {
  const parts = headerParts(spec);
  const { from, to, documentId, code, promulgation, type, subject, content, signer, due, other, steering, places } = parts;
  const middle = [code, promulgation, type, subject, content, signer, due];
  if (spec.order === 'clause') return [from, to, ...middle, places, other, steering, documentId];
  return [from, to, documentId, ...middle, other, steering, places];
}

function headerParts(spec: PackageSpec) {
  const recipients = spec.to ?? [{ code: '000.00.45.H61', name: 'UBND xã Bình Phước' }];
  return {
    from: party('From', { code: '000.00.12.H61', name: 'Sở Nội vụ', ...spec.from }),
    to: recipients.map((to) => party('To', to)).join(''),
    documentId: text('DocumentId', spec.documentId ?? '000.00.12.H61,2026/03/02,07/SNV-CCHC'),
    code: element('Code', [text('CodeNumber', spec.number ?? '07'), text('CodeNotation', spec.notation ?? 'SNV-CCHC')]),
    promulgation: element('PromulgationInfo', [
      text('Place', 'Vĩnh Long'),
      text('PromulgationDate', spec.promulgationDate ?? '2026/03/02'),
    ]),
    type: element('DocumentType', [text('Type', '2'), text('TypeDetail', '18'), text('TypeName', spec.typeName ?? 'Công văn')]),
    subject: text('Subject', spec.subject ?? 'V/v báo cáo cải cách hành chính quý I'),
    content: text('Content', 'Báo cáo cải cách hành chính quý I'),
    signer: element('SignerInfo', [
      text('Competence', 'KT. GIÁM ĐỐC'),
      text('Position', spec.position ?? 'Phó Giám đốc'),
      text('FullName', spec.signer ?? 'Lê Thị Bưởi'),
    ]),
    due: text('DueDate', spec.dueDate ?? '2026/03/15'),
    other: element('OtherInfo', [
      text('Priority', String(spec.priority ?? 0)),
      text('SphereOfPromulgation', spec.sphere ?? ''),
      text('PageAmount', '2'),
      text('Direction', 'false'),
    ]),
    steering: text('SteeringType', spec.steering ?? '1'),
    places: element(
      'ToPlaces',
      (spec.toPlaces ?? ['Như trên', 'Lưu: VT, CCHC.']).map((place) => text('Place', place)),
    ),
  };
}

function traceHeader(spec: PackageSpec): string {
  return element('TraceHeader', [text('OrganId', spec.from?.code ?? '000.00.12.H61'), text('Timestamp', '2026/03/02 09:15:00')]);
}

function business(spec: PackageSpec): string {
  const action = spec.action ?? 'new';
  const code = ['new', 'recall', 'update', 'replace'].indexOf(action);
  const old = spec.targetId ?? (action === 'new' ? '' : '000.00.12.H61,2026/02/27,05/SNV-CCHC');
  return element('Bussiness', [
    action === 'replace' ? '' : text('DocumentId', old),
    text('BussinessDocType', String(code)),
    text('BussinessDocReason', action === 'new' ? 'Văn bản mới' : 'Sửa sai sót'),
    action === 'update' ? element('BussinessDocumentInfo', [text('DocumentInfo', '1'), text('DocumentReceiver', '0')]) : '',
    text('Paper', '0'),
    action === 'replace' ? element('ReplacementInfoList', [element('ReplacementInfo', [text('DocumentId', old)])]) : '',
  ]);
}

function party(name: 'From' | 'To', { code = '', name: organName = '' }: PartySpec): string {
  return element(name, [text('OrganId', code), text('OrganName', organName)]);
}

function numbered(file: AttachmentSpec, i: number): AttachmentSpec & { readonly contentId: string } {
  return { contentId: `cid:tep-${i + 1}`, ...file };
}

function reference(file: AttachmentSpec & { readonly contentId: string }): string {
  if (file.reference === null) return '';
  const type = file.zip === true ? 'application/zip' : (file.type ?? 'application/pdf');
  const fields = [text('ContentId', file.reference ?? file.contentId), text('ContentType', type), text('AttachmentName', file.name)];
  return element('Reference', fields);
}

function attachment(file: AttachmentSpec & { readonly contentId: string }, prefix: string): string {
  if (file.attached === false) return '';
  const type = file.zip === true ? 'application/zip' : (file.type ?? 'application/pdf');
  const tag = prefix === '' ? 'ContentTransferEncoded' : `${prefix}:ContentTransferEncoded`;
  const declaration = prefix === '' ? '' : ` xmlns:${prefix}="${QCVN}"`;
  const fields = [text('ContentId', file.contentId), text('AttachmentName', file.name), text('ContentType', type)];
  return element('Attachment', [...fields, `<${tag}${declaration}>${bodyOf(file)}</${tag}>\n`]);
}

function bodyOf(file: AttachmentSpec): string {
  if (file.base64 !== undefined) return file.base64;
  const source = file.bytes ?? Buffer.alloc(0);
  const bytes = source instanceof Uint8Array ? source : readFileSync(source.path);
  const body = Buffer.from(file.zip === true ? oneFileZip(file.name, bytes) : bytes).toString('base64');
  return file.wrapped === true ? `\n${body.replace(/.{1,76}/g, '$&\n')}` : body;
}

function element(name: string, children: readonly string[]): string {
  const content = children.join('');
  return content === '' ? '' : `<${name}>\n${content}</${name}>\n`;
}

function text(name: string, value: string): string {
  return value === '' ? '' : `<${name}>${value}</${name}>\n`;
}

/** Puts the prefix on every element of the envelope that has none, and its declaration on the envelope itself. */
function withPrefix(xml: string, prefix: string): string {
  if (prefix === '') return xml;
  const prefixed = xml.replace(/<(\/?)([A-Za-z]+)(?=[\s>/])/g, `<$1${prefix}:$2`);
  return prefixed.replace(`<${prefix}:edXMLEnvelope`, `<${prefix}:edXMLEnvelope xmlns:${prefix}="${QCVN}"`);
}
