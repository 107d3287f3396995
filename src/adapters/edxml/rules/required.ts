import type { Field, Place } from '../path.ts';
import type { DocumentReading, Reading } from '../reading.ts';
import { about } from './labels.ts';
import type { Rule } from './rule.ts';

/** What must be there: cardinalities of QCVN 102 clause 1 and NĐ 30/2020 Annex VI (domain 4.2). */
export const requiredRules: readonly Rule[] = [
  { code: 'FIELD_MISSING', weight: 'refuse', applies: 'both', check: (reading) => missingIn(reading).map((place) => about(place)) },
  {
    code: 'SIGNER_MISSING',
    weight: 'edge',
    applies: 'document',
    check: (document) => (document.header.present ? empty([document.signer]) : []),
  },
  {
    code: 'ORGAN_NAME_MISSING',
    weight: 'warn',
    applies: 'document',
    check: ({ sender, recipients }) =>
      [sender, ...recipients]
        .filter((party) => party.code.value !== '' && party.name.value === '')
        .map((party) => ({ at: party.name.at, line: party.name.line, params: { code: party.code.value } })),
  },
  {
    code: 'DOCUMENT_ID_MISSING',
    weight: 'warn',
    applies: 'document',
    check: (document) => (document.header.present ? empty([document.documentId]) : []),
  },
];

function missingIn(reading: Reading): Place[] {
  if (reading.kind === 'status') return empty([reading.sender.code, reading.status, reading.about.code]);
  return reading.header.present ? missingInDocument(reading) : [reading.header];
}

function missingInDocument(document: DocumentReading): Place[] {
  const { sender, number, notation, promulgationDate, typeName, subject, act } = document;
  const recipients = document.recipients.length === 0 ? [document.firstRecipient] : empty(document.recipients.map((to) => to.code));
  const fields = empty([sender.code, number, notation, promulgationDate, typeName, subject, ...(act.stated ? [act.type] : [])]);
  return [...fields, ...recipients, ...partsMissingIn(document)];
}

function partsMissingIn({ references, files }: DocumentReading): Place[] {
  const ids = empty([...references, ...files].map((part) => part.contentId));
  const nameless = files.filter((file) => file.name.value === '' && nameInReference(file.id, references) === '');
  return [...ids, ...nameless.map((file) => file.name), ...files.map((file) => file.body).filter((body) => !body.present)];
}

function nameInReference(id: string, references: DocumentReading['references']): string {
  return references.find((reference) => reference.id === id)?.name.value ?? '';
}

function empty(fields: readonly Field[]): Field[] {
  return fields.filter((field) => field.value === '');
}
