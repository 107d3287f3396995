/** An agency as a package names it: its code (OrganId) and the name written beside it. */
export interface Party {
  readonly code: string;
  readonly name: string;
}

/** Urgency 0 thường, 1 khẩn, 2 thượng khẩn, 3 hỏa tốc, 4 hỏa tốc hẹn giờ (domain: OtherInfo/Priority). */
export type Urgency = 0 | 1 | 2 | 3 | 4;

/** What a document package does: BussinessDocType 0, 1, 2, 3. */
export type DocumentAction = 'new' | 'recall' | 'update' | 'replace';

/** A file inside a document, after base64 and the one-entry ZIP form were undone. Digests are SHA-256 in hex. */
export interface Attachment {
  /** Content id without any leading `cid:`. */
  readonly contentId: string;
  /** File name as the sender wrote it: data, never a path. */
  readonly name: string;
  readonly declaredType: string;
  /** What the first bytes say: `application/pdf`, `application/zip`, `image/png`, … or `application/octet-stream`. */
  readonly sniffedType: string;
  /** `zip`: the body was a ZIP with the one file in it, as the axis library makes them. */
  readonly form: 'plain' | 'zip';
  /** Size and digest of the decoded body. */
  readonly size: number;
  readonly sha256: string;
  /** Size and digest of the file itself; the same as above for `plain`. */
  readonly fileSize: number;
  readonly fileSha256: string;
  /** A PDF file that was seen to hold no signature; absent when that is not known. */
  readonly unsigned?: true;
}

/** A clerk as a package names one (StaffInfo). Each text is cut to 200 characters. */
export interface Staff {
  readonly name?: string;
  readonly department?: string;
  readonly mobile?: string;
  readonly email?: string;
}

/** A Receiver of an update: ReceiverType as written, `0` or `1`; which of them means added is a setting (domain A4). */
export interface ReceiverChange {
  readonly code: string;
  readonly type: '0' | '1';
}

/** What a recall, update or replacement says beyond its document (Bussiness, QCVN 102 clause 2.2). */
export interface ActDetail {
  /** BussinessDocReason, cut to 1000 characters. */
  readonly reason?: string;
  /** The first clerk named. */
  readonly staff?: Staff;
  /** Update: DocumentInfo is 1. */
  readonly documentInfo?: true;
  /** Update: recipients added and removed; no code twice. */
  readonly receivers?: readonly ReceiverChange[];
  /** Replacement: each old document, with the agencies for which it is replaced; none named means all of its recipients. */
  readonly replaces?: readonly { readonly documentId: string; readonly agencies: readonly string[] }[];
}

/** A package that carries a document or an act upon one. */
export interface DocumentMessage {
  readonly kind: 'document';
  readonly action: DocumentAction;
  readonly sender: Party;
  /** At least one, no code twice. */
  readonly recipients: readonly Party[];
  readonly documentId?: string;
  readonly number: string;
  readonly notation: string;
  /** `yyyy-mm-dd`. */
  readonly promulgationDate: string;
  readonly typeName: string;
  readonly subject: string;
  readonly urgency: Urgency;
  /** `yyyy-mm-dd`. */
  readonly dueDate?: string;
  /** DocumentId inside Bussiness: the document recalled or updated. */
  readonly targetDocumentId?: string;
  /** Codes in the trace headers: the systems that the document has passed, as they say. */
  readonly trace?: readonly string[];
  /** Absent for a new document. */
  readonly act?: ActDetail;
  readonly attachments: readonly Attachment[];
}

/** A package that reports a business status (01–06, 13, 15, 16) about a document; routed to ResponseFor/OrganId. */
export interface StatusMessage {
  readonly kind: 'status';
  readonly status: string;
  readonly sender: Party;
  /** Exactly one: ResponseFor/OrganId. */
  readonly recipients: readonly Party[];
  /** What the status is about. `code` is number/notation as written; `promulgationDate` is `yyyy-mm-dd`. */
  readonly about: { readonly documentId?: string; readonly code?: string; readonly promulgationDate?: string };
  readonly description: string;
  /** Who acted at the agency that reports. */
  readonly staff?: Staff;
  readonly urgency: Urgency;
  /** UTC instant of the packet's own Timestamp. */
  readonly statedAt?: Date;
}

/** What a package says. */
export type Message = DocumentMessage | StatusMessage;

/** The promulgation date that a message names: that of its document, or of the one that a status is about. */
export const promulgationOf = (message: Message): string | undefined =>
  message.kind === 'document' ? message.promulgationDate : message.about.promulgationDate;

/**
 * Everybody whom a package is for: its recipients, and those that an update adds or removes or for whom a replacement names a document,
 * who must get it too. At least one, no code twice.
 */
export function addressees(message: Message): readonly Party[] {
  const act = message.kind === 'document' ? message.act : undefined;
  if (act === undefined) return message.recipients;
  const named = [...(act.receivers ?? []).map(({ code }) => code), ...(act.replaces ?? []).flatMap(({ agencies }) => agencies)];
  const known = new Set(message.recipients.map(({ code }) => code));
  const more = [...new Set(named)].filter((code) => !known.has(code));
  return [...message.recipients, ...more.map((code) => ({ code, name: '' }))];
}
