import type { Route } from './contract.ts';
import { inputs } from './inputs.ts';
import * as shapes from './schemas.ts';

/** Documents as their senders and operators follow them. */
export const documentRoutes = {
  listDocuments: {
    method: 'get',
    path: '/v1/documents',
    vi: 'Các văn bản đã gửi, mới nhất trước; người vận hành thấy văn bản của mọi đơn vị',
    en: 'Documents that your agencies sent, newest first; operators see those of all agencies',
    scopes: ['send', 'operate', 'audit'],
    query: inputs.documents,
    json: { 200: shapes.documentList },
  },
  showDocument: {
    method: 'get',
    path: '/v1/documents/{document}',
    vi: 'Một văn bản: các gói tin của nó, và ở từng đơn vị nhận tình trạng chuyển bên cạnh tình trạng xử lý',
    en: 'A document: its packages, and for each recipient the transport state beside the business state. Named by the package that brought it, or by one that is about it',
    scopes: ['send', 'operate', 'audit'],
    query: inputs.nothing,
    json: { 200: shapes.documentView },
    missing: 'DOCUMENT_UNKNOWN',
  },
} as const satisfies Record<string, Route>;
