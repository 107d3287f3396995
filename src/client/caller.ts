import type { IncomingMessage } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ProblemAnswer } from './answers.ts';
import { exchange, type Line, readText, Silence } from './exchange.ts';
import { GatewayAway, GatewayRefusal } from './faults.ts';
import type { OpenedSource } from './source.ts';

/** One call, which may become several requests with the same bytes. */
export interface Call {
  readonly method: 'GET' | 'POST';
  /** Below the address of the gateway, without a slash in front. */
  readonly path: string;
  /** A function is asked anew for each request. */
  readonly headers?: Readonly<Record<string, string>> | (() => Promise<Readonly<Record<string, string>>>);
  readonly body?: OpenedSource;
  /** Doing it twice has no other effect than once. */
  readonly repeatable: boolean;
  readonly patience?: number;
  readonly signal?: AbortSignal;
}

/** A whole answer of success. */
export interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly text: string;
}

/** Makes calls: with credentials, and again while the gateway is away and the call may be repeated. */
export interface Caller {
  /** Reads the whole answer. Throws GatewayRefusal, GatewayAway. */
  ask(call: Call): Promise<Answer>;
  /** Hands the answer to `take` while it streams in; what `take` throws of a broken connection leads to a new try. */
  stream<T>(call: Call, take: (answer: IncomingMessage) => Promise<T>): Promise<T>;
}

const busy: ReadonlySet<number> = new Set([408, 425, 429, 502, 503, 504]);
const firstWait = 0.3;
const longestWait = 30;

/** `retries` counts the tries after the first one. */
export function createCaller(line: Line, authorization: string, retries: number): Caller {
  async function attempt<T>(call: Call, take: (answer: IncomingMessage) => Promise<T>): Promise<T> {
    const { body, headers, repeatable: _, ...rest } = call;
    const answer = await exchange(line, {
      ...rest,
      headers: { authorization, ...(typeof headers === 'function' ? await headers() : headers) },
      ...(body === undefined ? {} : { body: body.open() }),
      ...(body?.size === undefined ? {} : { size: body.size }),
    });
    const status = answer.statusCode ?? 0;
    if (status >= 200 && status < 300) return take(answer);
    throw new Refused(status, answer.headers, await readText(answer).catch(() => ''));
  }

  async function persist<T>(call: Call, take: (answer: IncomingMessage) => Promise<T>): Promise<T> {
    for (let made = 1; ; made += 1) {
      try {
        return await attempt(call, take);
      } catch (error) {
        call.signal?.throwIfAborted();
        const passing = error instanceof Refused ? busy.has(error.status) : isBroken(error);
        if (!passing || !call.repeatable || made > retries) throw verdict(error, passing);
        await sleep(waitBefore(made, error) * 1000, undefined, call.signal === undefined ? {} : { signal: call.signal });
      }
    }
  }

  const whole = async (answer: IncomingMessage): Promise<Answer> => ({
    status: answer.statusCode ?? 0,
    headers: answer.headers,
    text: await readText(answer),
  });
  return { ask: (call) => persist(call, whole), stream: persist };
}

/** An answer that is no success, before it is decided whether to try again. */
class Refused extends Error {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly text: string;

  constructor(status: number, headers: IncomingMessage['headers'], text: string) {
    super(`HTTP ${status}`);
    this.status = status;
    this.headers = headers;
    this.text = text;
  }
}

function waitBefore(made: number, error: unknown): number {
  const asked = error instanceof Refused ? Number(error.headers['retry-after'] ?? 0) : 0;
  const planned = firstWait * 2 ** (made - 1) * (0.8 + 0.4 * Math.random());
  return Math.min(Math.max(planned, Number.isFinite(asked) ? asked : 0), longestWait);
}

/** What connections and name servers fail with; anything else, a full disk for example, is no reason to try again. */
const ofNetworks: ReadonlySet<string> = new Set([
  'ECONNRESET',
  'ECONNREFUSED',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ERR_STREAM_PREMATURE_CLOSE',
]);

function isBroken(error: unknown): boolean {
  return error instanceof Silence || ofNetworks.has((error as NodeJS.ErrnoException).code ?? '');
}

function verdict(error: unknown, passing: boolean): unknown {
  if (error instanceof Refused) {
    const { problems, request } = readProblems(error.text);
    if (!passing && error.status < 500) return new GatewayRefusal(error.status, problems, request);
    const said = problems.map((problem) => problem.en).join('; ');
    return new GatewayAway(`the gateway answered HTTP ${error.status}${said === '' ? '' : `: ${said}`}`, {
      status: error.status,
      problems,
    });
  }
  if (!passing) return error;
  return new GatewayAway(error instanceof Error ? error.message : String(error), { cause: error });
}

function readProblems(text: string): { readonly problems: readonly ProblemAnswer[]; readonly request?: string } {
  try {
    const parsed = JSON.parse(text) as { problems?: readonly ProblemAnswer[]; instance?: string } | null;
    const problems = Array.isArray(parsed?.problems) ? parsed.problems : [];
    return { problems, ...(typeof parsed?.instance === 'string' ? { request: parsed.instance } : {}) };
  } catch {
    // Something else than the gateway answered, a proxy for example: its status says all there is.
    return { problems: [] };
  }
}
