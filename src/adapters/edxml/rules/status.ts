import type { Rule } from './rule.ts';

/** Business statuses that any source knows; 07 to 12 and 14 appear in none (domain 4.8). */
const known = new Set(['01', '02', '03', '04', '05', '06', '13', '15', '16']);

/** A refusal, a taking back and a refusal to give back must say why (domain A11; QĐ 28/2018 Đ5(4)). */
const withReason = new Set(['02', '13', '16']);

/** What a status must say. */
export const statusRules: readonly Rule[] = [
  {
    code: 'STATUS_CODE_UNKNOWN',
    weight: 'refuse',
    applies: 'status',
    check: ({ status: { at, line, value } }) => (value === '' || known.has(value) ? [] : [{ at, line, params: { value } }]),
  },
  {
    code: 'STATUS_REASON_MISSING',
    weight: 'refuse',
    applies: 'status',
    check: ({ status, description: { at, line, value } }) =>
      withReason.has(status.value) && value === '' ? [{ at, line, params: { status: status.value } }] : [],
  },
  {
    code: 'STATUS_TARGET_MISSING',
    weight: 'refuse',
    applies: 'status',
    check: ({ about: { at, line, documentId, numberAndNotation } }) =>
      documentId.value === '' && numberAndNotation.value === '' ? [{ at, line }] : [],
  },
  {
    code: 'ELEMENT_REPEATED',
    weight: 'refuse',
    applies: 'status',
    check: ({ abouts }) =>
      abouts.slice(1, 2).map(({ at, line }) => ({
        at,
        line,
        params: { element: 'ResponseFor', parent: 'MessageHeader', count: abouts.length },
      })),
  },
  {
    code: 'MESSAGE_KIND_UNCLEAR',
    weight: 'refuse',
    applies: 'status',
    check: ({ ofDocument }) => ofDocument.slice(0, 1).map(({ at, line }) => ({ at, line, params: { element: lastStep(at) } })),
  },
];

function lastStep(at: string): string {
  return at.slice(at.lastIndexOf('/') + 1).replace(/\[\d+\]$/, '');
}
