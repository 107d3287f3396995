import type { Route } from './contract.ts';
import { deliveryRoutes, inboxRoutes, operators, senderRoutes } from './contract.ts';
import { actRoutes } from './contract-acts.ts';
import { adminRoutes } from './contract-admin.ts';
import { directoryRoutes } from './contract-directory.ts';
import { documentRoutes } from './contract-documents.ts';
import { keyRoutes, oauthRoutes } from './contract-public.ts';
import { inputs } from './inputs.ts';
import * as shapes from './schemas.ts';

/** What operators see of packages, and bulk replays. */
export const deskRoutes = {
  listAllPackages: {
    method: 'get',
    path: '/v1/operator/packages',
    vi: 'Mọi gói tin theo điều kiện lọc, mới nhất trước',
    en: 'All packages by filter, newest first',
    scopes: operators,
    query: inputs.operatorPackages,
    json: { 200: shapes.operatorPackageList },
  },
  showAnyPackage: {
    method: 'get',
    path: '/v1/operator/packages/{package}',
    vi: 'Một gói tin với mọi việc đã xảy ra',
    en: 'A package with everything that happened to it',
    scopes: operators,
    query: inputs.nothing,
    json: { 200: shapes.operatorPackageView },
    missing: 'PACKAGE_UNKNOWN',
  },
  exportPackage: {
    method: 'get',
    path: '/v1/operator/packages/{package}/content',
    vi: 'Xuất gói tin nguyên từng byte; được ghi vào nhật ký',
    en: 'Export the package, byte for byte; leaves an event',
    scopes: ['operate'],
    query: inputs.nothing,
    noHead: true,
    other: { 200: ['application/xml', 'The package, byte for byte'], 206: ['application/xml', 'The range asked for'] },
    missing: 'PACKAGE_UNKNOWN',
    codes: ['RANGE_INVALID', 'PAYLOAD_PURGED'],
  },
  report: {
    method: 'get',
    path: '/v1/operator/report',
    vi: 'Số liệu gửi, nhận theo kỳ (QĐ 28/2018 Điều 11)',
    en: 'Figures of a period by agency, department, district or commune (Decision 28/2018, Article 11)',
    scopes: operators,
    query: inputs.report,
    json: { 200: shapes.report },
    codes: ['PERIOD_INVALID'],
  },
  planReplay: {
    method: 'post',
    path: '/v1/operator/replays',
    vi: 'Chuyển lại hàng loạt theo điều kiện lọc, hoặc chỉ ước tính (dryRun)',
    en: 'Replay everything that a filter chooses, or only forecast it (dryRun)',
    scopes: ['operate'],
    query: inputs.nothing,
    body: inputs.replay,
    json: { 200: shapes.forecast, 202: shapes.plan },
    codes: ['REASON_REQUIRED'],
  },
  showReplay: {
    method: 'get',
    path: '/v1/operator/replays/{plan}',
    vi: 'Tiến độ của một kế hoạch chuyển lại',
    en: 'Progress of a replay plan',
    scopes: operators,
    query: inputs.nothing,
    json: { 200: shapes.plan },
    missing: 'PLAN_UNKNOWN',
  },
} as const satisfies Record<string, Route>;

/** What machines that watch the gateway ask. */
export const healthRoutes = {
  alive: {
    method: 'get',
    path: '/healthz',
    vi: 'Tiến trình còn chạy',
    en: 'The process is alive',
    scopes: [],
    query: inputs.nothing,
    json: { 200: shapes.alive },
  },
  ready: {
    method: 'get',
    path: '/readyz',
    vi: 'Cơ sở dữ liệu, hàng đợi và đĩa sẵn sàng',
    en: 'Database, queue and disk are ready',
    scopes: [],
    query: inputs.nothing,
    json: { 200: shapes.readiness, 503: shapes.readiness },
  },
  metrics: {
    method: 'get',
    path: '/metrics',
    vi: 'Số đo cho Prometheus, chỉ từ mạng giám sát',
    en: 'Figures for Prometheus, from monitoring networks only',
    scopes: [],
    query: inputs.nothing,
    other: { 200: ['text/plain', 'Prometheus text format'] },
    codes: ['ADDRESS_NOT_ALLOWED'],
  },
  openapi: {
    method: 'get',
    path: '/openapi.json',
    vi: 'Mô tả này',
    en: 'This description',
    scopes: [],
    query: inputs.nothing,
    other: { 200: ['application/json', 'OpenAPI 3.1'] },
  },
} as const satisfies Record<string, Route>;

/** Every way to ask, by its operation id. */
export const routes = {
  ...senderRoutes,
  ...documentRoutes,
  ...inboxRoutes,
  ...deliveryRoutes,
  ...directoryRoutes,
  ...deskRoutes,
  ...actRoutes,
  ...healthRoutes,
  ...oauthRoutes,
  ...keyRoutes,
  ...adminRoutes,
};
