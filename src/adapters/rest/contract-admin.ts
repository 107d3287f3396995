import type { Route } from './contract.ts';
import { inputs } from './inputs.ts';
import * as shapes from './schemas.ts';

function change<const P extends string>(path: P, vi: string, en: string) {
  return {
    method: 'post',
    path,
    vi,
    en,
    scopes: ['admin'],
    query: inputs.nothing,
    body: inputs.clientChange,
    json: { 200: shapes.clientView },
    codes: ['CLIENT_UNKNOWN', 'REASON_REQUIRED'],
  } as const satisfies Route;
}

/** What administrators do with clients over HTTP; everything else about them is done on the command line. */
export const adminRoutes = {
  listClients: {
    method: 'get',
    path: '/v1/admin/clients',
    vi: 'Các hệ thống kết nối, theo mã',
    en: 'The clients, by their ids',
    scopes: ['admin', 'audit'],
    query: inputs.clients,
    json: { 200: shapes.clientList },
  },
  suspendClient: change(
    '/v1/admin/clients/suspend',
    'Tạm ngừng một hệ thống: mọi cách đăng nhập bị từ chối sau một giây',
    'Suspend a client: every login is refused after a second',
  ),
  resumeClient: change('/v1/admin/clients/resume', 'Cho một hệ thống hoạt động lại', 'Let a client work again'),
} as const satisfies Record<string, Route>;
