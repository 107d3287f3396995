import type { SuccessionStep } from './addressee.ts';
import type { DeliveryState } from './delivery.ts';
import type { SignatureVerdict, Verified } from './package.ts';
import type { Problem } from './problem.ts';
import type { Case } from './receive.ts';

/** All that a receipt may state. A closed list: nothing else is ever said under the gateway's signature. */
export type ReceiptKind = 'accepted' | 'rejected' | 'delivered' | 'failed' | 'expired' | 'cancelled' | 'revoked';

/** The package that a receipt is about. `sha256` (hex) and `size` are of the received bytes. */
export interface ReceiptPackage {
  readonly id: string;
  readonly sha256: string;
  readonly size: number;
  readonly receivedAt: Date;
  /** Code of the sender; for a rejected package as claimed, or absent when it could not be read. */
  readonly sender?: string;
  readonly documentId?: string;
  /** `number/notation` of a document, or the status code of a status package. */
  readonly reference?: string;
}

/** That what was addressed to one code goes to another, and by which successions: signed, so that the sender can prove it. */
export interface Forwarding {
  /** Code and name of the agency that receives it. */
  readonly to: string;
  readonly name: string;
  /** At least one, in order. */
  readonly steps: readonly SuccessionStep[];
}

/** One recipient in an accepted receipt: where its delivery stood when the package was accepted. */
export interface ReceiptRecipient {
  readonly code: string;
  readonly deliveryId: string;
  readonly state: DeliveryState;
  readonly forwarded?: Forwarding;
  readonly problem?: Problem;
}

/** The delivery that a delivered, failed, expired or cancelled receipt is about. */
export interface ReceiptDelivery {
  readonly id: string;
  readonly recipient: string;
  readonly attempts: number;
  /** When the recipient took it, or when it was given up. */
  readonly settledAt: Date;
}

/** What the gateway states about a package or one of its deliveries, before it is signed. Append-only once stored. */
export interface Receipt {
  readonly id: string;
  readonly kind: ReceiptKind;
  readonly issuedAt: Date;
  /** Identifier of the gateway that states it (setting `gateway`). */
  readonly gateway: string;
  readonly package: ReceiptPackage;
  /** Accepted only. */
  readonly signature?: SignatureVerdict;
  /** Accepted only: every recipient with its delivery. */
  readonly recipients?: readonly ReceiptRecipient[];
  /** Delivered, failed, expired, cancelled only. */
  readonly delivery?: ReceiptDelivery;
  /** Rejected: every reason. Failed, expired, cancelled: why. Accepted: warnings. */
  readonly problems?: readonly Problem[];
}

/** A receipt with its signed XML form (schemas/xsd/receipt.xsd). */
export interface SignedReceipt extends Receipt {
  readonly xml: string;
}

/** Signs a receipt with the gateway's key and returns its XML. */
export type SignReceipt = (receipt: Receipt) => Promise<string>;

/** What the receipts of an accepted package say of it. */
export function receiptPackage(one: Case, { message }: Verified): ReceiptPackage {
  const documentId = message.kind === 'document' ? message.documentId : message.about.documentId;
  return {
    id: one.packageId,
    sha256: one.taken.lifted.sha256,
    size: one.taken.lifted.size,
    receivedAt: one.receivedAt,
    sender: message.sender.code,
    reference: message.kind === 'document' ? `${message.number}/${message.notation}` : message.status,
    ...(documentId === undefined ? {} : { documentId }),
  };
}
