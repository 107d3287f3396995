import type { DocumentAction } from '../../../routing/message.ts';
import type { Field, Place } from '../path.ts';
import type { ActReading, ChangeReading, DocumentReading } from '../reading.ts';
import { named } from './labels.ts';
import { repeated } from './repeated.ts';
import type { Finding, Rule } from './rule.ts';

/** Documents that one package may replace. */
const mostReplacements = 100;
const actions: readonly DocumentAction[] = ['new', 'recall', 'update', 'replace'];

/** BussinessDocType; a package that says nothing of it is new, as the axis passes most of them on (domain 4.3). */
export function actionOf(act: ActReading): DocumentAction | undefined {
  if (!act.stated) return 'new';
  return /^[0-3]$/.test(act.type.value) ? actions[Number(act.type.value)] : undefined;
}

/** What a package does to a document: new, recall, update, replace (QCVN 102 clause 2.2; domain 4.3, 5.1, A3). */
export const actionRules: readonly Rule[] = [
  {
    code: 'ACTION_UNKNOWN',
    weight: 'refuse',
    applies: 'document',
    check: ({ act }) => (act.type.value !== '' && actionOf(act) === undefined ? [valueIn(act.type)] : []),
  },
  {
    // Passed on unchanged, a recall in this spelling would arrive as a new document at every peer that uses the official library.
    code: 'ACTION_MISSPELT',
    weight: 'refuse',
    applies: 'document',
    check: ({ act }) => (actionOf(act) === 'new' ? [] : misspelling(act)),
  },
  {
    code: 'ACTION_SPELLING',
    weight: 'warn',
    applies: 'document',
    check: ({ act }) => (actionOf(act) === 'new' ? misspelling(act) : []),
  },
  {
    code: 'RECALL_TARGET_MISSING',
    weight: 'refuse',
    applies: 'document',
    check: (document) => (lacksId(document) && !hasNumber(document) ? [placeOf(document.act)] : []),
  },
  {
    code: 'TARGET_BY_NUMBER',
    weight: 'warn',
    applies: 'document',
    check: (document) => (lacksId(document) && hasNumber(document) ? [placeOf(document.act)] : []),
  },
  {
    code: 'UPDATE_VALUE_INVALID',
    weight: 'refuse',
    applies: 'document',
    check: ({ act }) =>
      updatesIn(act)
        .flatMap(flagsOf)
        .filter(({ value }) => !/^[01]$/.test(value))
        .map(valueIn),
  },
  {
    code: 'RECEIVER_LIST_EMPTY',
    weight: 'refuse',
    applies: 'document',
    check: ({ act }) =>
      updatesIn(act)
        .filter((change) => change.documentReceiver.value === '1' && !change.receivers.some((receiver) => receiver.code.value !== ''))
        .map((change) => placeOf(change.receiverList)),
  },
  {
    code: 'RECEIVER_REPEATED',
    weight: 'refuse',
    applies: 'document',
    check: ({ act }) =>
      repeated(updatesIn(act).flatMap((change) => change.receivers.map((receiver) => receiver.code))).map((field) => ({
        ...placeOf(field),
        params: { code: field.value },
      })),
  },
  {
    code: 'UPDATE_CHANGES_NOTHING',
    weight: 'warn',
    applies: 'document',
    check: ({ act }) => {
      const changes = act.changes.some((change) => change.documentInfo.value === '1' || change.documentReceiver.value === '1');
      return actionOf(act) === 'update' && !changes ? [placeOf(act)] : [];
    },
  },
  { code: 'REPLACEMENT_MISSING', weight: 'refuse', applies: 'document', check: ({ act }) => replacementsLacking(act) },
  {
    code: 'REPLACEMENTS_TOO_MANY',
    weight: 'refuse',
    applies: 'document',
    check: ({ act }) => {
      const count = act.replacements.length;
      return count > mostReplacements ? [{ ...placeOf(act), params: { count, limit: mostReplacements } }] : [];
    },
  },
  { code: 'ACTION_DETAIL_IGNORED', weight: 'warn', applies: 'document', check: ({ act }) => detailsIgnored(act) },
];

function misspelling({ misspelt }: ActReading): Finding[] {
  return misspelt === undefined ? [] : [{ ...placeOf(misspelt), params: { element: named(misspelt.at).field } }];
}

function lacksId({ act, documentId }: DocumentReading): boolean {
  const action = actionOf(act);
  return (action === 'recall' || action === 'update') && act.targetId.value === '' && documentId.value === '';
}

function hasNumber({ number, notation, promulgationDate }: DocumentReading): boolean {
  return number.value !== '' && notation.value !== '' && promulgationDate.value !== '';
}

function updatesIn(act: ActReading): readonly ChangeReading[] {
  return actionOf(act) === 'update' ? act.changes : [];
}

/** Absent flags count as 0; a receiver without a type says nothing and is wrong. */
function flagsOf(change: ChangeReading): Field[] {
  const flags = [change.documentInfo, change.documentReceiver].filter((flag) => flag.value !== '');
  return [...flags, ...change.receivers.filter((receiver) => receiver.code.value !== '').map((receiver) => receiver.type)];
}

function replacementsLacking(act: ActReading): Finding[] {
  if (actionOf(act) !== 'replace') return [];
  if (act.replacements.length === 0) return act.targetId.value === '' ? [placeOf(act)] : [];
  return act.replacements.filter((one) => one.documentId.value === '').map((one) => placeOf(one.documentId));
}

function detailsIgnored(act: ActReading): Finding[] {
  const action = actionOf(act);
  const [change] = action === 'update' ? [] : act.changes;
  const [replacement] = action === 'replace' ? [] : act.replacements;
  return [change, replacement].flatMap((detail) => {
    if (detail === undefined || action === undefined) return [];
    return [{ ...placeOf(detail), params: { element: named(detail.at).field, value: act.type.value || '0' } }];
  });
}

function valueIn(field: Field): Finding {
  return { ...placeOf(field), params: { field: named(field.at).field, value: field.value } };
}

function placeOf({ at, line }: Place): Place {
  return { at, line };
}
