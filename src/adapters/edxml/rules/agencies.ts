import type { Field } from '../path.ts';
import type { Reading } from '../reading.ts';
import { repeated } from './repeated.ts';
import type { Rule } from './rule.ts';

/** At most 35 characters in groups of letters and digits (Amendment 1:2022; lower case is in use on the test axis, domain 2.3, A18). */
const organId = /^(?=.{1,35}$)[0-9A-Za-z]+(\.[0-9A-Za-z]+)*$/;

/**
 * True for a code of the regulation's form. Signs that only look like ASCII once Unicode has composed them (K of Kelvin) are no code:
 * whoever compares the bytes would see another agency.
 */
function isOrganId({ value, raw }: Pick<Field, 'value' | 'raw'>): boolean {
  return organId.test(value) && raw.replace(/\p{Cf}/gu, '').trim() === value;
}

/** How agencies are named. Whether a code exists is the directory's question, not asked here. */
export const agencyRules: readonly Rule[] = [
  {
    code: 'ORGAN_ID_FORM',
    weight: 'refuse',
    applies: 'both',
    check: (reading) =>
      codesIn(reading)
        .filter((field) => field.value !== '' && !isOrganId(field))
        .map(({ at, line, value }) => ({ at, line, params: { value } })),
  },
  {
    code: 'RECIPIENT_REPEATED',
    weight: 'refuse',
    applies: 'document',
    check: ({ recipients }) =>
      repeated(recipients.map((to) => to.code)).map(({ at, line, value }) => ({ at, line, params: { code: value } })),
  },
];

function codesIn(reading: Reading): Field[] {
  if (reading.kind === 'status') return [reading.sender.code, ...reading.abouts.map((about) => about.code)];
  const { sender, recipients, answers, act } = reading;
  return [
    sender.code,
    ...recipients.map((to) => to.code),
    ...answers.map((about) => about.code),
    ...act.changes.flatMap((change) => change.receivers.map((receiver) => receiver.code)),
    ...act.replacements.flatMap((replacement) => replacement.agencies),
  ];
}
