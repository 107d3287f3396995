import type { Route } from './contract.ts';
import { operators } from './contract.ts';
import { inputs } from './inputs.ts';
import * as shapes from './schemas.ts';

/** What operators do about recalls, updates, replacements and statuses whose document is not known. */
export const actRoutes = {
  listActs: {
    method: 'get',
    path: '/v1/operator/acts',
    vi: 'Các yêu cầu thu hồi, cập nhật, thay thế, trạng thái đang chờ đối chiếu với văn bản',
    en: 'Recalls, updates, replacements and statuses that wait for their document',
    scopes: operators,
    query: inputs.acts,
    json: { 200: shapes.actList },
  },
  matchAct: {
    method: 'post',
    path: '/v1/operator/acts/{act}/match',
    vi: 'Cho biết văn bản nào được nói đến; chỉ chọn được văn bản của chính đơn vị gửi',
    en: "Say which document is meant; only the sender's own can be chosen",
    scopes: ['operate'],
    query: inputs.nothing,
    body: inputs.match,
    json: { 200: shapes.decided },
    missing: 'ACT_UNKNOWN',
    codes: ['ACT_UNKNOWN', 'ACT_TARGET_REFUSED'],
  },
  dismissAct: {
    method: 'post',
    path: '/v1/operator/acts/{act}/dismiss',
    vi: 'Không thực hiện yêu cầu này; đơn vị gửi được báo',
    en: 'Not carry it out; the sender is told',
    scopes: ['operate'],
    query: inputs.nothing,
    body: inputs.move,
    json: { 200: shapes.decided },
    missing: 'ACT_UNKNOWN',
    codes: ['ACT_UNKNOWN', 'REASON_REQUIRED'],
  },
} as const satisfies Record<string, Route>;
