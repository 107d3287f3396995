import type { Urgency } from '../../../routing/message.ts';
import type { Field } from '../path.ts';
import { hasInvisible } from '../path.ts';
import type { Reading } from '../reading.ts';
import { about } from './labels.ts';
import { looksLegacy } from './legacy-text.ts';
import type { Rule } from './rule.ts';

/** Urgency from Priority; missing and 5 ("thường" in one provincial table) are ordinary (domain A13). */
export function urgencyOf(priority: Field): Urgency | undefined {
  if (priority.value === '' || priority.value === '5') return 0;
  return /^[0-4]$/.test(priority.value) ? (Number(priority.value) as Urgency) : undefined;
}

/** Values of single fields, and text that will not be what it looks like. */
export const valueRules: readonly Rule[] = [
  {
    code: 'PRIORITY_INVALID',
    weight: 'refuse',
    applies: 'document',
    check: ({ priority }) => (urgencyOf(priority) === undefined ? [about(priority, { value: priority.value })] : []),
  },
  {
    code: 'STEERING_TYPE_UNKNOWN',
    weight: 'warn',
    applies: 'document',
    // 0 is what packets built with the official library carry.
    check: ({ steering }) => (/^[0-3]?$/.test(steering.value) ? [] : [about(steering, { value: steering.value })]),
  },
  {
    code: 'LEGACY_TEXT',
    weight: 'warn',
    applies: 'both',
    check: (reading) =>
      proseOf(reading)
        .filter((field) => looksLegacy(field.raw))
        .map((field) => about(field, { value: field.value })),
  },
  {
    code: 'HIDDEN_CHARACTERS',
    weight: 'warn',
    applies: 'both',
    check: (reading) =>
      keysOf(reading)
        .filter((field) => hasInvisible(field.raw))
        .map((field) => about(field)),
  },
  {
    code: 'LETTER_CONFUSABLE',
    weight: 'warn',
    applies: 'both',
    check: (reading) =>
      keysOf(reading).flatMap((field) => {
        const letter = confusable.exec(field.value)?.[0];
        return letter === undefined ? [] : [about(field, { letter })];
      }),
  },
];

/** Eth and African D beside Đ, and whole alphabets that share shapes with the Latin one. */
const confusable = /[ÐƉɖ\p{Script=Cyrillic}\p{Script=Greek}]/u;

function proseOf(reading: Reading): Field[] {
  if (reading.kind === 'status') return [reading.sender.name, reading.description];
  const { sender, recipients, subject, content, signer, position, typeName } = reading;
  return [subject, content, signer, position, typeName, ...[sender, ...recipients].map((party) => party.name)];
}

/** What other systems compare character by character. */
function keysOf(reading: Reading): Field[] {
  if (reading.kind === 'status')
    return [reading.sender.code, reading.about.code, reading.about.documentId, reading.about.numberAndNotation];
  const { sender, recipients, documentId, number, notation, act } = reading;
  return [documentId, number, notation, act.targetId, ...[sender, ...recipients].map((party) => party.code)];
}
