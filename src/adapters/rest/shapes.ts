import { z } from 'zod';

/**
 * The shapes of all JSON answers. The component schemas of schemas/openapi.json are generated from them, and tests check real
 * answers with them. Clients must ignore fields they don't know.
 */
export const named = z.registry<{ id: string }>();

/** Gives a schema its name among the components of the OpenAPI document. */
export function name<T extends z.ZodType>(id: string, schema: T): T {
  named.add(schema, { id });
  return schema;
}

/** Pieces that several schemas have in common. */
export const time = z
  .string()
  .regex(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}\+07:00$/)
  .describe('An instant in Viet Nam time, for example 2026-03-02T09:15:00.000+07:00');
export const uuid = z.string().regex(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
export const sha256 = z
  .string()
  .regex(/^[0-9a-f]{64}$/)
  .describe('SHA-256 in hex');
export const count = z.int().min(0);
export const cursor = z.string().describe('Opaque; give it back unchanged');
export const state = z.enum(['waiting', 'held', 'delivered', 'failed', 'cancelled', 'expired']);
export const kind = z.enum(['document', 'status']);
export const action = z.enum(['new', 'recall', 'update', 'replace']);
export const receiptKind = z.enum(['accepted', 'rejected', 'delivered', 'failed', 'expired', 'cancelled', 'revoked']);
