import { type DocumentMessage, type Message, promulgationOf } from './message.ts';
import type { Problem } from './problem.ts';
import { reject } from './problem.ts';
import { vietnamTime } from './time.ts';

/** What an earlier package may have in common with one that comes in. */
export interface EarlierQuery {
  readonly senderAgencyId: string;
  /** SHA-256, hex; asked for when the package came over an upward route. */
  readonly sha256?: string;
  /** The date that the message names, if it names one: beside `sha256` only, whose index it leads. */
  readonly promulgationDate?: string;
  /** An update repeats the id of its document, so it is asked for of a new document only, and of any that came over a route. */
  readonly document?: Pick<DocumentMessage, 'documentId' | 'number' | 'notation'> & { readonly year: string };
}

/** An accepted package of the same sender: what it has in common, and the upward route over which it came, if over one. */
export interface EarlierPackage {
  readonly by: 'content' | 'id' | 'number';
  readonly packageId: string;
  readonly receivedAt: Date;
  readonly route?: string;
}

/** Finds at most one earlier package for each thing in common. */
export type FindEarlier = (query: EarlierQuery) => Promise<readonly EarlierPackage[]>;

/** What to look for, or null when nothing can be found. */
export function earlierQuery(message: Message, senderAgencyId: string, sha256: string, route: string | undefined): EarlierQuery | null {
  const isDocument = message.kind === 'document' && (message.action === 'new' || route !== undefined);
  if (!isDocument && route === undefined) return null;
  const promulgationDate = route === undefined ? undefined : promulgationOf(message);
  return {
    senderAgencyId,
    ...(route === undefined ? {} : { sha256 }),
    ...(promulgationDate === undefined ? {} : { promulgationDate }),
    ...(isDocument ? { document: { ...identityOf(message), year: message.promulgationDate.slice(0, 4) } } : {}),
  };
}

const identityOf = ({ documentId, number, notation }: DocumentMessage) => ({
  number,
  notation,
  ...(documentId === undefined ? {} : { documentId }),
});

/**
 * The warnings that the law asks for when a document id, or number, notation and agency in one year, come again (NĐ 30/2020 Annex VI
 * III.1 h). The very same package again never comes here: it gets its first receipt.
 */
export function duplicateWarnings(message: Message, earlier: readonly EarlierPackage[]): Problem[] {
  if (message.kind !== 'document' || message.action !== 'new') return [];
  return earlier.flatMap((one): Problem[] => {
    const about = { package: one.packageId, at: vietnamTime(one.receivedAt) };
    if (one.by === 'id') return [{ code: 'DUPLICATE_DOCUMENT_ID', params: { documentId: message.documentId ?? '', ...about } }];
    if (one.by === 'number')
      return [{ code: 'DUPLICATE_NUMBER', params: { reference: `${message.number}/${message.notation}`, ...about } }];
    return [];
  });
}

/**
 * The loop guard. A package that came over an upward route is refused when it is one of ours that went out: its trace headers name this
 * gateway (`own`: the codes they name it by), or its sender gave us the same content or document before, and not over a route.
 * Throws Rejection LOOP_DETECTED.
 */
export function guardLoop(message: Message, route: string, earlier: readonly EarlierPackage[], own: readonly string[]): void {
  const traced = message.kind === 'document' ? message.trace?.find((code) => own.includes(code)) : undefined;
  const sent = earlier.find((one) => one.route === undefined);
  const evidence = traced === undefined ? sent && `${sent.by} ${sent.packageId}` : `TraceHeader ${traced}`;
  if (evidence !== undefined) throw reject('LOOP_DETECTED', { params: { route, evidence } });
}
