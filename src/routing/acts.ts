import type { ActDetail, DocumentMessage, Message, Staff, StatusMessage } from './message.ts';

/** What a package does to a document that was sent before. A status 13 recalls, the other statuses only report. */
export type ActName = 'recall' | 'update' | 'replace' | 'status';

/**
 * `open`: not looked at yet. `unmatched`: its document has not come. `ambiguous`: several fit, a person chooses. `refused`: the document
 * is another agency's. `applied`, `dismissed` (by a person): final.
 */
export type ActState = 'open' | 'unmatched' | 'ambiguous' | 'refused' | 'applied' | 'dismissed';

/** The code of the status by which a sender takes a document back from one recipient. */
export const takeBack = '13';

/** How an act names its document: ids in the order in which they are tried (domain A3), then number and notation with the date. */
export interface TargetNamed {
  readonly documentIds: readonly string[];
  /** `referenceKey` of number and notation. */
  readonly reference?: string;
  /** `yyyy-mm-dd`. */
  readonly date?: string;
}

/** What an act says beside its target. */
export interface ActDetails {
  readonly reason?: string;
  readonly staff?: Staff;
  /** Update: codes of recipients added and removed. */
  readonly added?: readonly string[];
  readonly removed?: readonly string[];
  /** Update: the data of the document changes. */
  readonly documentInfo?: true;
  /** Replacement: codes of the agencies for which this document is replaced; none: all of its recipients. */
  readonly agencies?: readonly string[];
  /** Replacement: those of them that the package does not name as recipients of its own. */
  readonly listedOnly?: readonly string[];
  /** Status: the packet's own time, ISO 8601. */
  readonly statedAt?: string;
}

/** One act as its package asks for it. */
export interface ActRequest extends TargetNamed {
  readonly act: ActName;
  readonly status?: string;
  readonly details: ActDetails;
}

/** An act with the agencies that it concerns, as it is stored. Ids of agencies. */
export interface Act extends ActRequest {
  readonly id: string;
  /** Whose document it must be. Absent when a status names an agency that nobody knows: then it waits for a person. */
  readonly owner?: string;
  /** Those whose documents the owner answers for: itself and those it succeeded. */
  readonly owners: readonly string[];
  /** Status: those whose copy of the document it can be about. */
  readonly parties?: readonly string[];
}

/**
 * The acts that a package asks for; none for a new document. `addedType` is the ReceiverType that means added (domain A4).
 */
export function actsOf(message: Message, addedType: '0' | '1'): readonly ActRequest[] {
  if (message.kind === 'status') return [statusAct(message)];
  if (message.action === 'new') return [];
  const detail = message.act ?? {};
  const common = { ...known('reason', detail.reason), ...known('staff', detail.staff) };
  if (message.action === 'replace') {
    const to = new Set(message.recipients.map(({ code }) => code));
    return (detail.replaces ?? []).map(({ documentId, agencies }) => ({
      act: 'replace',
      documentIds: [documentId],
      details: { ...common, agencies, listedOnly: agencies.filter((code) => !to.has(code)) },
    }));
  }
  const details = message.action === 'update' ? { ...common, ...changesOf(detail, addedType) } : common;
  return [{ act: message.action, ...targetOf(message), details }];
}

/** How a package names its document: the one that it acts upon, or itself. */
export function targetOf(message: DocumentMessage): TargetNamed {
  const ids = [message.targetDocumentId, message.documentId].filter((id) => id !== undefined);
  return {
    documentIds: [...new Set(ids)],
    reference: referenceKey(`${message.number}/${message.notation}`),
    date: message.promulgationDate,
  };
}

function changesOf({ documentInfo, receivers = [] }: ActDetail, addedType: '0' | '1') {
  const those = (added: boolean) => receivers.filter(({ type }) => (type === addedType) === added).map(({ code }) => code);
  return { ...known('documentInfo', documentInfo), added: those(true), removed: those(false) };
}

function statusAct(message: StatusMessage): ActRequest {
  const { about, status, statedAt } = message;
  return {
    act: 'status',
    status,
    documentIds: about.documentId === undefined ? [] : [about.documentId],
    ...(about.code === undefined ? {} : { reference: referenceKey(about.code) }),
    ...known('date', about.promulgationDate),
    details: {
      reason: message.description,
      ...known('staff', message.staff),
      ...known('statedAt', statedAt?.toISOString()),
    },
  };
}

/** True for an act whose deliveries wait until its document is found: all but the statuses that only report. */
export function changesDocument({ act, status }: Pick<ActRequest, 'act' | 'status'>): boolean {
  return act !== 'status' || status === takeBack;
}

/**
 * Number and notation for looking up: leading zeros of the number mean nothing, and letters that only look like Đ are Đ
 * (domain 3, 9). The index packages_reference holds the same expression.
 */
export function referenceKey(numberAndNotation: string): string {
  return numberAndNotation.replace(/^0+/, '').replace(/[ÐƉ]/g, 'Đ');
}

/** A document that may be the one meant. `rank`: the place of the id by which it was found, ids first, number and notation last. */
export interface Candidate {
  readonly rank: number;
  readonly packageId: string;
  /** Sent by the agency that acts, or by one that it succeeded. */
  readonly own: boolean;
}

/** What was found. `foreign`: only another agency has sent a document with this id. */
export type Match =
  | { readonly found: 'one'; readonly packageId: string }
  | { readonly found: 'none' }
  | { readonly found: 'foreign' }
  | { readonly found: 'several'; readonly packageIds: readonly string[] };

/** Chooses the document meant: the first way of naming that finds any of the sender's must find exactly one. Never guesses. */
export function chooseTarget(candidates: readonly Candidate[]): Match {
  const own = candidates.filter((one) => one.own);
  const first = Math.min(...own.map(({ rank }) => rank));
  const packageIds = [...new Set(own.filter(({ rank }) => rank === first).map(({ packageId }) => packageId))].sort();
  const [packageId] = packageIds;
  if (packageId === undefined) return { found: candidates.length === 0 ? 'none' : 'foreign' };
  return packageIds.length === 1 ? { found: 'one', packageId } : { found: 'several', packageIds };
}

const soonest = 2000;
const latest = 5 * 60_000;

/** When to look again for a document that was not there: soon at first, later every five minutes. */
export function nextLook(createdAt: Date, now: Date): Date {
  const age = now.getTime() - createdAt.getTime();
  return new Date(now.getTime() + Math.min(Math.max(age / 4, soonest), latest));
}

function known<K extends string, V>(name: K, value: V | undefined): { readonly [P in K]?: V } {
  return value === undefined ? {} : ({ [name]: value } as { readonly [P in K]: V });
}
