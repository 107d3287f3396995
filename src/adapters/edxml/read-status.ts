import type { Element } from './element.ts';
import type { Spot } from './path.ts';
import { down, each, field, spotOf } from './path.ts';
import { readAbout, readDocument, readParty, readStaff } from './read-document.ts';
import type { Reading, StatusReading } from './reading.ts';

/**
 * Reads a package as what it is. A status has a StatusCode, or a ResponseFor without recipients and body (domain 4.8); anything else is
 * a document, if a poor one.
 */
export function read(root: Element): Reading {
  const spot = spotOf(root);
  return isStatus(spot) ? readStatus(spot) : readDocument(spot);
}

function isStatus(root: Spot): boolean {
  const header = headerOf(root);
  if (field(header, 'StatusCode').value !== '') return true;
  return each(header, 'ResponseFor').length > 0 && [...each(header, 'Subject'), ...partsOfDocument(root)].length === 0;
}

function readStatus(root: Spot): StatusReading {
  const header = headerOf(root);
  return {
    kind: 'status',
    sender: readParty(down(header, 'From')),
    abouts: each(header, 'ResponseFor').map(readAbout),
    about: readAbout(down(header, 'ResponseFor')),
    status: field(header, 'StatusCode'),
    description: field(header, 'Description'),
    staff: each(header, 'StaffInfo').map(readStaff),
    timestamp: field(header, 'Timestamp'),
    ofDocument: partsOfDocument(root).map(({ at, line }) => ({ at, line })),
  };
}

function headerOf(root: Spot): Spot {
  return down(root, 'edXMLEnvelope', 'edXMLHeader', 'MessageHeader');
}

/** Recipients, references and attachments: a status has none of them, a document can't be without. */
function partsOfDocument(root: Spot): Spot[] {
  const references = each(down(root, 'edXMLEnvelope', 'edXMLBody', 'edXMLManifest'), 'Reference');
  const files = each(down(root, 'AttachmentEncoded'), 'Attachment');
  return [...each(headerOf(root), 'To'), ...references, ...files];
}
