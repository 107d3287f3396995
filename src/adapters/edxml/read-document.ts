import type { Spot } from './path.ts';
import { contentId, down, each, field, textAt } from './path.ts';
import type {
  AboutReading,
  ActReading,
  ChangeReading,
  DocumentReading,
  FileReading,
  PartReading,
  PartyReading,
  ReplacementReading,
  StaffReading,
} from './reading.ts';

/** Reads a document package (domain 4.2 to 4.4). `root` is the spot of edXML. */
export function readDocument(root: Spot): DocumentReading {
  const top = down(root, 'edXMLEnvelope', 'edXMLHeader');
  const header = down(top, 'MessageHeader');
  const manifest = down(root, 'edXMLEnvelope', 'edXMLBody', 'edXMLManifest');
  const toPlaces = down(header, 'ToPlaces');
  return {
    kind: 'document',
    header: { at: header.at, line: header.line, present: header.element !== undefined },
    sender: readParty(down(header, 'From')),
    recipients: each(header, 'To').map(readParty),
    firstRecipient: placeOf(down(header, 'To')),
    documentId: field(header, 'DocumentId'),
    number: field(down(header, 'Code'), 'CodeNumber'),
    notation: field(down(header, 'Code'), 'CodeNotation'),
    promulgationDate: field(down(header, 'PromulgationInfo'), 'PromulgationDate'),
    typeName: field(down(header, 'DocumentType'), 'TypeName'),
    subject: field(header, 'Subject'),
    content: field(header, 'Content'),
    position: field(down(header, 'SignerInfo'), 'Position'),
    signer: field(down(header, 'SignerInfo'), 'FullName'),
    dueDate: field(header, 'DueDate'),
    toPlaces: { ...placeOf(toPlaces), lines: each(toPlaces, 'Place').map(textAt) },
    priority: field(down(header, 'OtherInfo'), 'Priority'),
    steering: field(header, 'SteeringType'),
    sphere: field(down(header, 'OtherInfo'), 'SphereOfPromulgation'),
    answers: each(header, 'ResponseFor').map(readAbout),
    act: readAct(down(top, 'TraceHeaderList')),
    trace: each(down(top, 'TraceHeaderList'), 'TraceHeader').map((one) => field(one, 'OrganId')),
    references: each(manifest, 'Reference').map(readPart),
    files: each(down(root, 'AttachmentEncoded'), 'Attachment').map(readFile),
  };
}

/** Reads an Organization. */
export function readParty(spot: Spot): PartyReading {
  return { ...placeOf(spot), code: field(spot, 'OrganId'), name: field(spot, 'OrganName') };
}

/** Reads a ResponseFor. */
export function readAbout(spot: Spot): AboutReading {
  return {
    ...placeOf(spot),
    code: field(spot, 'OrganId'),
    numberAndNotation: field(spot, 'Code'),
    date: field(spot, 'PromulgationDate'),
    documentId: field(spot, 'DocumentId'),
  };
}

/** Reads a StaffInfo. */
export function readStaff(spot: Spot): StaffReading {
  return {
    name: field(spot, 'Staff'),
    department: field(spot, 'Department'),
    mobile: field(spot, 'Mobile'),
    email: field(spot, 'Email'),
  };
}

/** The regulation spells Bussiness; some systems write Business, and a recall must not be lost over a letter (domain 5.1). */
function readAct(list: Spot): ActReading {
  const [spot = down(list, 'Bussiness')] = each(list, 'Bussiness', 'Business');
  const misspelt = [...each(list, 'Business'), ...each(spot, 'BusinessDocType', 'BusinessDocumentInfo')][0];
  return {
    ...placeOf(spot),
    stated: holdsText(spot),
    ...(misspelt === undefined ? {} : { misspelt: placeOf(misspelt) }),
    type: field(spot, 'BussinessDocType', 'BusinessDocType'),
    targetId: field(spot, 'DocumentId'),
    reason: field(spot, 'BussinessDocReason', 'BusinessDocReason'),
    staff: each(spot, 'StaffInfo').map(readStaff),
    changes: each(spot, 'BussinessDocumentInfo', 'BusinessDocumentInfo').map(readChange),
    replacements: each(down(spot, 'ReplacementInfoList'), 'ReplacementInfo').map(readReplacement),
  };
}

function readChange(spot: Spot): ChangeReading {
  const list = down(spot, 'ReceiverList');
  return {
    ...placeOf(spot),
    documentInfo: field(spot, 'DocumentInfo'),
    documentReceiver: field(spot, 'DocumentReceiver'),
    receiverList: placeOf(list),
    receivers: each(list, 'Receiver').map((one) => ({ code: field(one, 'OrganId'), type: field(one, 'ReceiverType') })),
  };
}

function readReplacement(spot: Spot): ReplacementReading {
  const agencies = each(down(spot, 'OrganIdList'), 'OrganId').map(textAt);
  return { ...placeOf(spot), documentId: field(spot, 'DocumentId'), agencies };
}

function readPart(spot: Spot): PartReading {
  const id = field(spot, 'ContentId');
  return {
    ...placeOf(spot),
    contentId: id,
    id: contentId(id.value),
    name: field(spot, 'AttachmentName'),
    type: field(spot, 'ContentType'),
  };
}

function readFile(spot: Spot): FileReading {
  const body = down(spot, 'ContentTransferEncoded');
  const text = body.element?.text ?? '';
  return { ...readPart(spot), body: { ...placeOf(body), present: text.trim() !== '', text } };
}

function placeOf(spot: Spot) {
  return { at: spot.at, line: spot.line };
}

function holdsText(spot: Spot): boolean {
  return spot.element !== undefined && (spot.element.text.trim() !== '' || spot.element.children.length > 0);
}
