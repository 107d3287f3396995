import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import type { Code } from '../../routing/codes/index.ts';
import { codes } from '../../routing/codes/index.ts';
import type { Route } from './contract.ts';
import { routes } from './contract-operator.ts';
import { named } from './shapes.ts';

type Json = Record<string, unknown>;

const component = (id: string) => `#/components/schemas/${id}`;

/** Problems that any request, and any request with a login or a body, may be answered with. */
const ofAll: readonly Code[] = ['HEADER_REPEATED', 'QUERY_INVALID', 'METHOD_NOT_ALLOWED', 'INTERNAL'];
const ofLogin: readonly Code[] = [
  'UNAUTHENTICATED',
  'TOKEN_INVALID',
  'TOKEN_EXPIRED',
  'TOKEN_WITHDRAWN',
  'CLIENT_CERTIFICATE_UNTRUSTED',
  'CLIENT_CERTIFICATE_UNKNOWN',
  'CLIENT_CERTIFICATE_OF_ANOTHER',
  'CLIENT_CERTIFICATE_HEADER',
  'CLIENT_CERTIFICATE_UNREADABLE',
  'TOO_MANY_FAILURES',
  'RATE_LIMITED',
  'SCOPE_MISSING',
  'STORE_UNAVAILABLE',
];
const ofJson: readonly Code[] = ['JSON_INVALID', 'JSON_TOO_LARGE', 'CONTENT_TYPE_UNSUPPORTED', 'BODY_INCOMPLETE'];

/** The OpenAPI 3.1 document, made from the contract and the schemas that the requests and the tests are checked with. */
export function openapiDocument(): Json {
  const paths: Record<string, Json> = {};
  for (const [id, route] of Object.entries(routes)) {
    paths[route.path] = { ...paths[route.path], [route.method]: operationOf(id, route) };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'lienthong',
      version: '1',
      summary: 'Trục liên thông văn bản điện tử / gateway for signed official documents (edXML, QCVN 102:2016/BTTTT)',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    paths,
    components: {
      schemas: componentSchemas(),
      responses: { Problem: problemResponse },
      securitySchemes: { basic: { type: 'http', scheme: 'basic' }, bearer, oauth, mutualTls: { type: 'mutualTLS' } },
    },
  };
}

const bearer = { type: 'http', scheme: 'bearer', description: 'An access token of /oauth/token, or <client id>.<secret>' };
const oauthScopes = {
  send: 'Send packages, see what became of them',
  receive: 'Fetch what is in the inbox',
  operate: 'Look at everything, move deliveries',
  audit: 'Look at everything',
  admin: 'List, suspend and resume clients',
};
const oauth = { type: 'oauth2', flows: { clientCredentials: { tokenUrl: '/oauth/token', scopes: oauthScopes } } };

function operationOf(id: string, route: Route): Json {
  return {
    operationId: id,
    summary: route.vi,
    description: route.scopes.length === 0 ? route.en : `${route.en}. Scope: ${route.scopes.join(' or ')}.`,
    security: route.scopes.length === 0 ? [] : [{ basic: [] }, { bearer: [] }, { oauth: [...route.scopes] }, { mutualTls: [] }],
    ...parametersOf(route),
    ...bodyOf(route),
    responses: { ...successes(route), ...failures(route) },
  };
}

function parametersOf(route: Route): Json {
  const { properties = {} } = plainSchema(route.query) as { properties?: Record<string, Json> };
  const [, inPath] = /\{(\w+)\}/.exec(route.path) ?? [];
  const parameters = [
    ...(inPath === undefined ? [] : [{ name: inPath, in: 'path', required: true, schema: { type: 'string', format: 'uuid' } }]),
    ...Object.entries(properties).map(([name, { description, ...schema }]) => ({ name, in: 'query', description, schema })),
    ...(route.path === '/v1/packages' && route.method === 'post' ? [idempotencyKey] : []),
  ];
  return parameters.length === 0 ? {} : { parameters };
}

const idempotencyKey = {
  name: 'Idempotency-Key',
  in: 'header',
  description: "The sender's own id of this transmission; another package under a used id is refused (409)",
  schema: { type: 'string', pattern: '^[\\x21-\\x7e]{1,200}$' },
};

function bodyOf(route: Route): Json {
  if (route.carriesPackage === true) {
    const file = {
      type: 'object',
      properties: { package: { type: 'string', contentMediaType: 'application/xml' } },
      required: ['package'],
    };
    const content = {
      'application/xml': {},
      'text/xml': {},
      'application/octet-stream': {},
      'multipart/form-data': { schema: file },
      'multipart/related': {},
    };
    return { requestBody: { required: true, content } };
  }
  if (route.form !== undefined)
    return { requestBody: { required: true, content: { 'application/x-www-form-urlencoded': { schema: plainSchema(route.form) } } } };
  if (route.body === undefined) return {};
  return { requestBody: { content: { 'application/json': { schema: plainSchema(route.body) } } } };
}

function successes(route: Route): Json {
  const statuses = new Set([...Object.keys(route.json ?? {}), ...Object.keys(route.other ?? {})].map(Number));
  return Object.fromEntries([...statuses].sort().map((status) => [status, successOf(route, status)]));
}

function successOf(route: Route, status: number): Json {
  const shape = route.json?.[status];
  const other = route.other?.[status];
  const json = shape === undefined ? {} : { 'application/json': { schema: { $ref: component(named.get(shape)?.id ?? '') } } };
  const rest = other === undefined ? {} : { [other[0]]: { schema: { type: 'string', description: other[1] } } };
  return { description: other?.[1] ?? 'OK', content: { ...rest, ...json } };
}

function failures(route: Route): Json {
  const able: Code[] = [
    ...ofAll,
    ...(route.scopes.length === 0 ? [] : ofLogin),
    ...(route.body === undefined ? [] : ofJson),
    ...(route.missing === undefined ? [] : [route.missing]),
    ...(route.codes ?? []),
  ];
  const byStatus = new Map<number, Code[]>();
  for (const code of new Set(able)) byStatus.set(codes[code].status, [...(byStatus.get(codes[code].status) ?? []), code]);
  const taken = new Set(Object.keys(route.json ?? {}).map(Number));
  return Object.fromEntries(
    [...byStatus]
      .filter(([status]) => !taken.has(status))
      .sort(([a], [b]) => a - b)
      .map(([status, list]) => [status, failureOf(status, list)]),
  );
}

function failureOf(status: number, list: readonly Code[]): Json {
  const more = status === 422 ? ', and every code about the package' : '';
  // OpenAPI 3.1 lets a reference carry a description of its own
  return { $ref: '#/components/responses/Problem', description: `${list.join(', ')}${more}` };
}

const problemResponse = {
  description: 'Every problem at once (RFC 9457)',
  content: { 'application/problem+json': { schema: { $ref: component('ProblemAnswer') } } },
};

function plainSchema(schema: z.ZodType): Json {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io: 'input' }) as Json;
  return rest;
}

/** Answers may get more fields later, so their schemas don't forbid any. */
function componentSchemas(): Json {
  const { schemas } = z.toJSONSchema(named, {
    uri: component,
    override: ({ jsonSchema }) => {
      if (jsonSchema.additionalProperties === false) delete jsonSchema.additionalProperties;
    },
  });
  return Object.fromEntries(Object.entries(schemas).map(([id, { $schema: _, $id: __, ...schema }]) => [id, schema]));
}

/** The text of schemas/openapi.json. */
export function openapiText(): string {
  return `${JSON.stringify(openapiDocument(), null, 2)}\n`;
}

// `node dist/src/adapters/rest/openapi.js > schemas/openapi.json`
if (process.argv[1] === fileURLToPath(import.meta.url)) process.stdout.write(openapiText());
