import { z } from 'zod';
import type { Route } from './contract.ts';
import { inputs } from './inputs.ts';
import * as shapes from './schemas.ts';

const { oauthError } = shapes;

/** How systems get tokens. */
export const oauthRoutes = {
  issueToken: {
    method: 'post',
    path: '/oauth/token',
    vi: 'Lấy mã truy cập ngắn hạn (OAuth 2.0 client credentials, RFC 6749 mục 4.4)',
    en: 'Get a short-lived access token (OAuth 2.0 client credentials, RFC 6749 section 4.4)',
    scopes: [],
    query: inputs.nothing,
    form: z.strictObject({
      grant_type: z.literal('client_credentials'),
      scope: z.string().optional().describe('Names separated by one space; all scopes of the client when absent'),
      client_id: z.string().optional(),
      client_secret: z.string().optional(),
    }),
    errors: 'oauth',
    json: {
      200: shapes.tokenAnswer,
      400: oauthError,
      401: oauthError,
      403: oauthError,
      413: oauthError,
      429: oauthError,
      500: oauthError,
      503: oauthError,
    },
  },
  showOauth: {
    method: 'get',
    path: '/.well-known/oauth-authorization-server',
    vi: 'Mô tả điểm cấp mã truy cập (RFC 8414); chỉ có khi đặt LIENTHONG_PUBLIC_URL',
    en: 'Metadata of the token endpoint (RFC 8414); only with LIENTHONG_PUBLIC_URL',
    scopes: [],
    query: inputs.nothing,
    json: { 200: shapes.oauthMetadata },
    codes: ['PATH_UNKNOWN'],
  },
} as const satisfies Record<string, Route>;

/** What verifies receipts, pushes and tokens. */
export const keyRoutes = {
  showKeys: {
    method: 'get',
    path: '/.well-known/lienthong-keys',
    vi: 'Mọi khóa công khai mà trục đã ký, với thời gian sử dụng (JWKS kèm chứng thư số X.509)',
    en: 'Every public key that the gateway has signed with, and when (JWKS with X.509 certificates)',
    scopes: [],
    query: inputs.nothing,
    json: { 200: shapes.gatewayKeys },
    codes: ['STORE_UNAVAILABLE'],
  },
} as const satisfies Record<string, Route>;
