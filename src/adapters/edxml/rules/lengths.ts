import type { Place } from '../path.ts';
import type { DocumentReading, StatusReading } from '../reading.ts';
import { about } from './labels.ts';
import type { Rule } from './rule.ts';

type Measured = readonly [place: Place, text: string, limit: number];

/** Lengths that the law states (NĐ 30/2020 Annex VI), and two bounds of our own for keys and reasons that must fit a receipt. */
const DOCUMENT_ID = 500;
const REASON = 1000;

/** Limits in characters as people count them: code points of the composed text. */
export const lengthRules: readonly Rule[] = [
  {
    code: 'FIELD_TOO_LONG',
    weight: 'edge',
    applies: 'both',
    check: (reading) => over(reading.kind === 'document' ? documentLengths(reading) : statusLengths(reading)),
  },
];

function documentLengths(document: DocumentReading): Measured[] {
  const names = [document.sender, ...document.recipients].map((party): Measured => [party.name, party.name.value, 200]);
  const places = document.toPlaces.lines.map((line) => line.value).join(' ');
  return [
    ...names,
    [document.documentId, document.documentId.value, DOCUMENT_ID],
    [document.act.targetId, document.act.targetId.value, DOCUMENT_ID],
    [document.number, document.number.value, 11],
    [document.notation, document.notation.value, 30],
    [document.typeName, document.typeName.value, 100],
    [document.subject, document.subject.value, 500],
    [document.position, document.position.value, 100],
    [document.signer, document.signer.value, 50],
    [document.toPlaces, places, 1000],
  ];
}

function statusLengths(status: StatusReading): Measured[] {
  const { documentId, numberAndNotation } = status.about;
  return [
    [documentId, documentId.value, DOCUMENT_ID],
    [numberAndNotation, numberAndNotation.value, DOCUMENT_ID],
    [status.description, status.description.value, REASON],
    [status.sender.name, status.sender.name.value, 200],
  ];
}

function over(fields: readonly Measured[]) {
  return fields.flatMap(([place, text, limit]) => {
    const length = text.length <= limit ? 0 : [...text].length;
    return length > limit ? [about(place, { length, limit })] : [];
  });
}
