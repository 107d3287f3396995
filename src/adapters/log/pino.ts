import type { DestinationStream, Logger } from 'pino';
import { pino } from 'pino';

/** Names of fields whose values never reach a log line, in lower case, at any of the depths that are logged. */
const secret = new Set(['authorization', 'cookie', 'set-cookie', 'secret', 'secrets', 'password', 'token', 'privatekey', 'hash', 'hashes']);
const deepest = 4;

/** Levels that can be set. */
export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'silent';

/** The log of a process: JSON lines with ISO times, secrets left out. Without `to` it writes to standard output. */
export function createLog(level: LogLevel, to?: DestinationStream): Logger {
  const options = {
    level,
    base: { pid: process.pid },
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    // pino's own redaction costs 40 µs a line with wildcards
    formatters: { level: (label: string) => ({ level: label }), log: (fields: object) => withoutSecrets(fields, 0) },
    serializers: { err: (shown: unknown) => shown },
  };
  return to === undefined ? pino(options) : pino(options, to);
}

function withoutSecrets(fields: object, depth: number): Record<string, unknown> {
  const shown: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(fields)) shown[name] = secret.has(name.toLowerCase()) ? '[hidden]' : plain(value, depth);
  return shown;
}

function plain(value: unknown, depth: number): unknown {
  if (typeof value !== 'object' || value === null || value instanceof Date) return value;
  if (value instanceof Error) return plainError(value);
  if (depth >= deepest) return '…';
  return Array.isArray(value) ? value.map((one) => plain(one, depth + 1)) : withoutSecrets(value, depth + 1);
}

/** What of an error is logged. Not its other fields: those of HTTP clients hold whole requests with their credentials. */
function plainError(error: unknown, depth = 0): unknown {
  if (!(error instanceof Error)) return String(error);
  const { code, detail } = error as { code?: unknown; detail?: unknown };
  return {
    type: error.name,
    message: withoutPassword(error.message),
    ...(typeof code === 'string' ? { code } : {}),
    ...(typeof detail === 'string' ? { detail: withoutPassword(detail) } : {}),
    stack: withoutPassword(error.stack ?? ''),
    ...(error.cause === undefined || depth >= 3 ? {} : { cause: plainError(error.cause, depth + 1) }),
  };
}

/** Connection URLs turn up in messages of database drivers. */
function withoutPassword(text: string): string {
  return text.replace(/(\w:\/\/[^\s/:@]*):[^\s/@]+@/g, '$1:[hidden]@');
}
