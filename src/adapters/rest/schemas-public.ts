import { z } from 'zod';
import { problem } from './schemas-problem.ts';
import { count, name, time } from './shapes.ts';

/** What anybody is answered: tokens, metadata and the gateway's public keys; and administrators: clients. */
export const tokenAnswer = name(
  'TokenAnswer',
  z.strictObject({
    access_token: z.string().describe('A signed JWT (RFC 9068); opaque to clients'),
    token_type: z.literal('Bearer'),
    expires_in: z.number(),
    scope: z.string(),
  }),
);
export const oauthError = name(
  'OAuthError',
  z.strictObject({ error: z.string(), error_description: z.string(), problems: z.array(problem) }),
);
export const oauthMetadata = name(
  'OAuthMetadata',
  z.strictObject({
    issuer: z.string(),
    token_endpoint: z.string(),
    token_endpoint_auth_methods_supported: z.array(z.string()),
    grant_types_supported: z.array(z.string()),
    response_types_supported: z.array(z.string()),
    scopes_supported: z.array(z.string()),
    jwks_uri: z.string(),
  }),
);
export const gatewayKeys = name(
  'GatewayKeys',
  z.strictObject({
    gateway: z.string(),
    keys: z.array(
      z.strictObject({
        kty: z.enum(['RSA', 'EC']),
        use: z.literal('sig'),
        alg: z.enum(['RS256', 'ES256']),
        kid: z.string().describe('SHA-256 of the certificate in hex'),
        crv: z.string().optional(),
        x: z.string().optional(),
        y: z.string().optional(),
        n: z.string().optional(),
        e: z.string().optional(),
        x5c: z.array(z.string()).describe('The certificate, base64 of its DER'),
        'x5t#S256': z.string(),
        activeFrom: time.describe('The gateway signed with this key from then on'),
        retiredAt: time.optional().describe('… and no more since then'),
      }),
    ),
  }),
);
export const clientView = name(
  'Client',
  z.strictObject({
    id: z.string(),
    name: z.string(),
    scopes: z.array(z.string()),
    agencies: z.array(z.strictObject({ code: z.string(), name: z.string() })),
    createdAt: time,
    suspendedAt: time.optional(),
    liveSecrets: count,
    liveCertificates: count,
  }),
);
export const clientList = name(
  'ClientList',
  z.strictObject({ clients: z.array(clientView), next: z.string().nullable().describe('`after` of the next page') }),
);
