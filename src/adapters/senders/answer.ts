import type { Outcome } from '../../routing/outcome.ts';
import { shortDetail } from '../../routing/outcome.ts';

/** What a recipient's system answered to a push. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** The beginning of the body. */
  readonly body: string;
  /** The package had been sent whole when the answer began. */
  readonly sentWhole: boolean;
}

const alreadyCode = 'ALREADY_RECEIVED';
const laterStatuses = new Set([408, 425, 429]);

/** What an answer means for the delivery. */
export function outcomeOf(answer: Answer, now: Date): Outcome {
  const { status } = answer;
  const said = (what: string) => ({ detail: shortDetail(what), httpStatus: status });
  if (isAlready(answer)) return { kind: 'delivered', ...said('already received') };
  if (status >= 200 && status < 300) {
    if (answer.sentWhole) return { kind: 'delivered', ...said(`HTTP ${status}`) };
    return { kind: 'unavailable', ...said(`HTTP ${status} before the package was sent whole`) };
  }
  if (status >= 300 && status < 400) return { kind: 'unavailable', ...said(`HTTP ${status}: redirects are not followed`) };
  const detail = answer.body.trim() === '' ? `HTTP ${status}` : `HTTP ${status}: ${answer.body}`;
  if (status >= 400 && status < 500 && !laterStatuses.has(status)) return { kind: 'refused', ...said(detail) };
  const retryAfter = secondsOf(header(answer, 'retry-after'), now);
  return { kind: 'unavailable', ...said(detail), ...(retryAfter === undefined ? {} : { retryAfter }) };
}

/** 208, or 409 with a mark that it is about this very delivery; a bare 409 is a refusal like any other. */
function isAlready(answer: Answer): boolean {
  if (answer.status === 208) return true;
  if (answer.status !== 409) return false;
  if (header(answer, 'lienthong-already')?.toLowerCase() === 'true') return true;
  const { code, type } = problemIn(answer.body);
  return code === alreadyCode || (typeof type === 'string' && type.split(/[/:#]/).at(-1) === alreadyCode);
}

function problemIn(body: string): { code?: unknown; type?: unknown } {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === 'object' && value !== null ? value : {};
  } catch {
    return {};
  }
}

function header(answer: Answer, name: string): string | undefined {
  const value = answer.headers[name];
  return Array.isArray(value) ? value[0] : value;
}

/** Retry-After as seconds from now: a number of seconds or an HTTP date. */
function secondsOf(value: string | undefined, now: Date): number | undefined {
  if (value === undefined) return undefined;
  const text = value.trim();
  if (/^\d{1,9}$/.test(text)) return Number(text);
  const at = /^[A-Za-z]/.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(at) ? undefined : Math.max(0, Math.ceil((at - now.getTime()) / 1000));
}

const words: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'connection reset',
  EPIPE: 'connection reset',
  ENOTFOUND: 'host name unknown',
  EAI_AGAIN: 'host name not resolved at this time',
  ETIMEDOUT: 'no connection',
  EHOSTUNREACH: 'no route to the host',
  ENETUNREACH: 'no route to the network',
};

/** What a failed connection means. The addresses that Node names in its messages are kept back: the sender reads this. */
export function outcomeOfFailure(error: Error): Outcome {
  const code = codeOf(error);
  const what = code === undefined ? error.message : `${words[code] ?? 'connection failed'} (${code})`;
  return { kind: 'unavailable', detail: shortDetail(what), ...(isUnsent(error, code) ? { unsent: true } : {}) };
}

const unsent = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH']);

/** True when no connection was made. One that broke or fell silent may have brought everything. */
function isUnsent(error: Error, code: string | undefined): boolean {
  return code === undefined ? error instanceof NoConnection : unsent.has(code);
}

/** The recipient did not take a connection in time. */
export class NoConnection extends Error {
  constructor(milliseconds: number) {
    super(`no connection within ${milliseconds / 1000} s`);
    this.name = 'NoConnection';
  }
}

function codeOf(error: Error): string | undefined {
  const inner = error instanceof AggregateError ? (error.errors[0] as NodeJS.ErrnoException | undefined) : undefined;
  return (error as NodeJS.ErrnoException).code ?? inner?.code;
}
