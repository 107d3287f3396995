import type { z } from 'zod';
import type { Code } from '../../routing/codes/index.ts';
import type { ClientScope } from '../../routing/register.ts';
import { inputs } from './inputs.ts';
import * as shapes from './schemas.ts';

/** One way to ask: everything about it that needs no running gateway. The OpenAPI document is made from this table. */
export interface Route {
  readonly method: 'get' | 'post';
  /** OpenAPI form. At most one parameter, always an id of ours. */
  readonly path: string;
  readonly vi: string;
  readonly en: string;
  /** One of these is needed; none: open to everyone. */
  readonly scopes: readonly ClientScope[];
  readonly query: z.ZodObject;
  /** Shape of the JSON body; an absent body is read as `{}`. */
  readonly body?: z.ZodType;
  /** Shape of a body that is a form, for the description; its handler reads it. */
  readonly form?: z.ZodType;
  /** Errors are answered as RFC 6749, 5.2 says, not as problem+json. */
  readonly errors?: 'oauth';
  /** The body is a package, read as a stream. */
  readonly carriesPackage?: true;
  /** A HEAD would have the effect of a GET, so there is none. */
  readonly noHead?: true;
  /** JSON answers by status. */
  readonly json?: Readonly<Record<number, z.ZodType>>;
  /** Answers by status that are not JSON: media type and what it is. */
  readonly other?: Readonly<Record<number, readonly [type: string, what: string]>>;
  /** What is answered when the id in the path names nothing the caller may see. */
  readonly missing?: Code;
  /** Problems beyond those of login, query and body. */
  readonly codes?: readonly Code[];
}

const xmlReceipt = ['application/xml', 'The signed receipt'] as const;
const packageBytes = ['application/xml', 'The package, byte for byte'] as const;
const partOfPackage = ['application/xml', 'The range asked for'] as const;
/** Who may look at everything. */
export const operators: readonly ClientScope[] = ['operate', 'audit'];

const bodyCodes: readonly Code[] = [
  'BODY_INCOMPLETE',
  'MULTIPART_MALFORMED',
  'PACKAGE_TOO_LARGE',
  'TEXT_TOO_LARGE',
  'CONTENT_TYPE_UNSUPPORTED',
  'CONTENT_ENCODING_UNSUPPORTED',
  'HEADER_INVALID',
  'SENDER_NOT_YOURS',
  'SENDER_SUSPENDED',
  'SENDER_CLOSED',
  'NOT_XML',
  'DISK_FULL',
  'GATEWAY_BUSY',
];

/** The way in, and what a sender sees. */
export const senderRoutes = {
  sendPackage: {
    method: 'post',
    path: '/v1/packages',
    vi: 'Gửi một gói tin edXML đã ký; trả lời bằng biên nhận có chữ ký của trục',
    en: 'Send a signed edXML package; answered with the signed receipt (201 the first time, 200 for the same package again)',
    scopes: ['send'],
    query: inputs.nothing,
    carriesPackage: true,
    json: { 200: shapes.receiptView, 201: shapes.receiptView },
    other: { 200: xmlReceipt, 201: xmlReceipt },
    codes: [...bodyCodes, 'MESSAGE_ID_REUSED'],
  },
  validatePackage: {
    method: 'post',
    path: '/v1/packages/validate',
    vi: 'Kiểm tra một gói tin mà không lưu và không chuyển',
    en: 'Check a package without storing or sending it',
    scopes: ['send'],
    query: inputs.nothing,
    carriesPackage: true,
    json: { 200: shapes.validation },
    codes: bodyCodes,
  },
  listPackages: {
    method: 'get',
    path: '/v1/packages',
    vi: 'Các gói tin mà đơn vị của bạn đã gửi, mới nhất trước',
    en: 'The packages that your agencies sent, newest first',
    scopes: ['send'],
    query: inputs.packages,
    json: { 200: shapes.packageList },
  },
  showPackage: {
    method: 'get',
    path: '/v1/packages/{package}',
    vi: 'Trạng thái của một gói tin đến từng đơn vị nhận',
    en: 'A package with the state of each recipient',
    scopes: ['send'],
    query: inputs.nothing,
    json: { 200: shapes.packageView },
    missing: 'PACKAGE_UNKNOWN',
  },
  listReceipts: {
    method: 'get',
    path: '/v1/receipts',
    vi: 'Các biên nhận cho đơn vị của bạn, cũ nhất trước; con trỏ không bao giờ bỏ sót',
    en: 'The receipts for your agencies, oldest first; the cursor never skips',
    scopes: ['send', 'receive'],
    query: inputs.receipts,
    json: { 200: shapes.receiptList },
  },
  showReceipt: {
    method: 'get',
    path: '/v1/receipts/{receipt}',
    vi: 'Một biên nhận',
    en: 'One receipt',
    scopes: ['send', 'operate', 'audit'],
    query: inputs.nothing,
    json: { 200: shapes.receiptView },
    other: { 200: xmlReceipt },
    missing: 'RECEIPT_UNKNOWN',
  },
} as const satisfies Record<string, Route>;

/** What a recipient that fetches does. */
export const inboxRoutes = {
  listInbox: {
    method: 'get',
    path: '/v1/inbox',
    vi: 'Hộp văn bản đến của đơn vị bạn, cũ nhất trước; có thể chờ văn bản mới',
    en: 'The inbox of your agencies, oldest first; can wait for something new',
    scopes: ['receive'],
    query: inputs.inbox,
    noHead: true,
    json: { 200: shapes.inboxList },
  },
  fetchPackage: {
    method: 'get',
    path: '/v1/inbox/{delivery}/package',
    vi: 'Tải gói tin, nguyên từng byte như đơn vị gửi đã ký',
    en: 'Fetch the package, byte for byte as its sender signed it; single ranges are served',
    scopes: ['receive'],
    query: inputs.nothing,
    noHead: true,
    other: { 200: packageBytes, 206: partOfPackage },
    missing: 'DELIVERY_UNKNOWN',
    codes: ['RANGE_INVALID', 'PAYLOAD_PURGED'],
  },
  acknowledge: {
    method: 'post',
    path: '/v1/inbox/{delivery}/ack',
    vi: 'Xác nhận đã tải và lưu gói tin',
    en: 'Confirm that the package was fetched and stored; twice is the same as once',
    scopes: ['receive'],
    query: inputs.nothing,
    body: inputs.acknowledgement,
    json: { 200: shapes.moved },
    missing: 'DELIVERY_UNKNOWN',
    codes: ['MOVE_NOT_ALLOWED', 'NOT_FETCHED', 'DIGEST_DIFFERS', 'DELIVERY_IN_FLIGHT'],
  },
  refuse: {
    method: 'post',
    path: '/v1/inbox/{delivery}/refuse',
    vi: 'Trả lại văn bản kèm lý do; đơn vị gửi được báo',
    en: 'Send it back with a reason; the sender is told',
    scopes: ['receive'],
    query: inputs.nothing,
    body: inputs.refusal,
    json: { 200: shapes.moved },
    missing: 'DELIVERY_UNKNOWN',
    codes: ['MOVE_NOT_ALLOWED', 'REASON_REQUIRED', 'DELIVERY_IN_FLIGHT'],
  },
} as const satisfies Record<string, Route>;

function move<const P extends string>(path: P, vi: string, en: string) {
  return {
    method: 'post',
    path,
    vi,
    en,
    scopes: ['operate'],
    query: inputs.nothing,
    body: inputs.move,
    json: { 200: shapes.moved },
    missing: 'DELIVERY_UNKNOWN',
    codes: ['MOVE_NOT_ALLOWED', 'REASON_REQUIRED', 'DELIVERY_IN_FLIGHT', 'NO_ROUTE'],
  } as const satisfies Route;
}

/** What operators do with deliveries. */
export const deliveryRoutes = {
  listDeliveries: {
    method: 'get',
    path: '/v1/operator/deliveries',
    vi: 'Các lần chuyển theo điều kiện lọc, mới nhất trước',
    en: 'Deliveries by filter, newest first',
    scopes: operators,
    query: inputs.operatorDeliveries,
    json: { 200: shapes.operatorDeliveryList },
  },
  showDelivery: {
    method: 'get',
    path: '/v1/operator/deliveries/{delivery}',
    vi: 'Một lần chuyển với mọi lần thử',
    en: 'A delivery with every attempt',
    scopes: operators,
    query: inputs.nothing,
    json: { 200: shapes.operatorDeliveryView },
    missing: 'DELIVERY_UNKNOWN',
  },
  replay: move('/v1/operator/deliveries/{delivery}/replay', 'Chuyển lại', 'Replay it'),
  hold: move('/v1/operator/deliveries/{delivery}/hold', 'Giữ lại', 'Hold it'),
  release: {
    ...move('/v1/operator/deliveries/{delivery}/release', 'Cho đi tiếp', 'Release it, to the successor named if a person must choose'),
    body: inputs.release,
    codes: ['MOVE_NOT_ALLOWED', 'REASON_REQUIRED', 'DELIVERY_IN_FLIGHT', 'NO_ROUTE', 'RECIPIENT_SPLIT', 'NOT_A_CANDIDATE'],
  },
  cancel: move('/v1/operator/deliveries/{delivery}/cancel', 'Hủy', 'Cancel it; the sender is told'),
} as const satisfies Record<string, Route>;
