/** The names of the axis protocol (VXP), as the client library "SDKVXP" 2.0.0 and 2.0.1 writes and reads them. */

/** Stands before the name of every signed value when it travels as a header. */
export const prefix = 'XroadVnpt-';

/** The three headers that carry the signature, without prefix. */
export const signatureNames = { keys: 'sign-header-key', signed: 'sign-header', mac: 'hash-header' } as const;

/** Constant headers of the client library. */
export const clientHeaders = { version: '3.0.201608', userAgent: 'JAVASDKAgent/1.0.0 XRoad/VPCP' } as const;

/** Body of a call, all as the client library sends it; `file`: the package and CR LF. */
export type BodyKind = 'none' | 'empty' | 'braces' | 'text' | 'file';

interface Operation {
  readonly method: 'GET' | 'POST';
  readonly body: BodyKind;
}

/** The operations: each is `<endpoint>/<name>`, without a query. */
export const operations = {
  sendEdoc: { method: 'POST', body: 'file' },
  getReceivedEdocList: { method: 'POST', body: 'empty' },
  getSentEdocList: { method: 'POST', body: 'empty' },
  getEdoc: { method: 'POST', body: 'braces' },
  downloadEdoc: { method: 'GET', body: 'none' },
  updateStatus: { method: 'POST', body: 'braces' },
  countReceiveEdoc: { method: 'POST', body: 'braces' },
  countReceiveStatus: { method: 'POST', body: 'braces' },
  getAgenciesList: { method: 'POST', body: 'empty' },
  getAgenciesListQD20: { method: 'POST', body: 'empty' },
  getSynchronizeUnit: { method: 'POST', body: 'empty' },
  registerAgency: { method: 'POST', body: 'text' },
  deleteAgency: { method: 'POST', body: 'braces' },
} as const satisfies Record<string, Operation>;

/** Name of an operation, which is also its path. */
export type OperationName = keyof typeof operations;

/** Content-Type of a call: `application/json` also where the body is empty or no JSON. */
export function contentTypeOf(name: OperationName): string {
  return operations[name].body === 'file' ? 'application/octet-stream' : 'application/json';
}

/** Kind of message that a call is about. */
export type MessageType = 'edoc' | 'status';

/** The three fields without which the library reads nothing of an answer, also of one that tells an error. */
export interface Envelope {
  readonly status: 'OK' | 'FAIL';
  /** `0` when all is well. */
  readonly ErrorCode: string;
  readonly ErrorDesc: string;
}

/** The envelope of a call that went well. */
export const success: Envelope = { status: 'OK', ErrorCode: '0', ErrorDesc: 'Thanh cong' };

/** An entry of getReceivedEdocList. A field is text or absent: one `null` and the library loses the whole list. */
export interface ReceivedItem {
  readonly docId: string;
  readonly serviceType?: string;
  readonly messageType?: string;
  readonly created_time?: string;
  readonly updated_time?: string;
  readonly from?: string;
  readonly to?: string;
  readonly status?: string;
  readonly status_desc?: string;
}

/** An entry of getSentEdocList: what became of one recipient. */
export interface SentItem {
  readonly serviceType?: string;
  readonly messageType?: string;
  readonly senderDocId: string;
  readonly receiverDocId?: string;
  readonly fromCode?: string;
  readonly toCode?: string;
  readonly sendStatus?: string;
  readonly sendStatusDesc?: string;
  readonly receiveStatus?: string;
  readonly receiveStatusDesc?: string;
  readonly title?: string;
  readonly notation?: string;
  readonly sentTime?: string;
  readonly receivedTime?: string;
}

/** An entry of getAgenciesList (`code`, `oldCode`), getAgenciesListQD20 (`code`, `code102`) and getSynchronizeUnit (all the rest). */
export interface AgencyItem {
  readonly id: string;
  readonly pid?: string;
  readonly code: string;
  readonly oldCode?: string;
  readonly code102?: string;
  readonly name: string;
  readonly mail?: string;
  readonly version?: number;
  readonly centerCode?: string;
  readonly deleted?: boolean;
  readonly modifyDate?: string;
  readonly isAgency?: boolean;
}

/** An answer as JSON of ASCII alone: the library decodes answers of sendEdoc as ASCII or by its platform. */
export function answerText(answer: object): string {
  return JSON.stringify(answer).replace(/[\u007f-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
