import type { Field, Place } from './path.ts';

/** An Organization: sender, recipient. */
export interface PartyReading extends Place {
  readonly code: Field;
  readonly name: Field;
}

/** ResponseFor: the document that is answered, or that a status is about. */
export interface AboutReading extends Place {
  readonly code: Field;
  readonly numberAndNotation: Field;
  readonly date: Field;
  readonly documentId: Field;
}

/** BussinessDocumentInfo: what an update changes. */
export interface ChangeReading extends Place {
  readonly documentInfo: Field;
  readonly documentReceiver: Field;
  readonly receiverList: Place;
  readonly receivers: readonly { readonly code: Field; readonly type: Field }[];
}

/** ReplacementInfo: an old document, and the agencies for which it is replaced. */
export interface ReplacementReading extends Place {
  readonly documentId: Field;
  readonly agencies: readonly Field[];
}

/** StaffInfo: a clerk. */
export interface StaffReading {
  readonly name: Field;
  readonly department: Field;
  readonly mobile: Field;
  readonly email: Field;
}

/** Bussiness: what a document package does (QCVN 102, clause 2.2). */
export interface ActReading extends Place {
  /** False when the whole element is absent or holds nothing: then the document is new. */
  readonly stated: boolean;
  /** First use of the spelling with one s, which the official library doesn't see. */
  readonly misspelt?: Place;
  readonly type: Field;
  readonly targetId: Field;
  readonly reason: Field;
  readonly staff: readonly StaffReading[];
  readonly changes: readonly ChangeReading[];
  readonly replacements: readonly ReplacementReading[];
}

/** A Reference of the manifest or an Attachment. `id` is the content id in the form that is compared. */
export interface PartReading extends Place {
  readonly contentId: Field;
  readonly id: string;
  readonly name: Field;
  readonly type: Field;
}

/** An Attachment with its body: the text itself, which is a token when the body was lifted. */
export interface FileReading extends PartReading {
  readonly body: Place & { readonly present: boolean; readonly text: string };
}

/** A document package, every value with its place; nothing is checked yet. */
export interface DocumentReading {
  readonly kind: 'document';
  readonly header: Place & { readonly present: boolean };
  readonly sender: PartyReading;
  readonly recipients: readonly PartyReading[];
  readonly firstRecipient: Place;
  readonly documentId: Field;
  readonly number: Field;
  readonly notation: Field;
  readonly promulgationDate: Field;
  readonly typeName: Field;
  readonly subject: Field;
  readonly content: Field;
  readonly position: Field;
  readonly signer: Field;
  readonly dueDate: Field;
  readonly toPlaces: Place & { readonly lines: readonly Field[] };
  readonly priority: Field;
  readonly steering: Field;
  /** Who may see it: "Công khai", "Lưu hành nội bộ", free text. */
  readonly sphere: Field;
  readonly answers: readonly AboutReading[];
  readonly act: ActReading;
  /** Codes in the trace headers. */
  readonly trace: readonly Field[];
  readonly references: readonly PartReading[];
  readonly files: readonly FileReading[];
}

/** A status package, every value with its place; nothing is checked yet. */
export interface StatusReading {
  readonly kind: 'status';
  readonly sender: PartyReading;
  readonly abouts: readonly AboutReading[];
  readonly about: AboutReading;
  readonly status: Field;
  readonly description: Field;
  readonly staff: readonly StaffReading[];
  readonly timestamp: Field;
  /** What only a document may have and this has too. */
  readonly ofDocument: readonly Place[];
}

/** A package as read. */
export type Reading = DocumentReading | StatusReading;
