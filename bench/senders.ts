import type { Participant } from '../tests/support/participants.ts';
import { basicAuth } from '../tests/support/participants.ts';
import type { Answered } from './connection.ts';
import { Connection } from './connection.ts';
import type { Prepared } from './corpus.ts';

/** What came of sending many packages: fewer than were prepared when the time was over first. */
export interface Run {
  readonly count: number;
  readonly seconds: number;
  /** Milliseconds of each acceptance, in ascending order. */
  readonly latencies: Float64Array;
}

/** Told of each acceptance, in the order of the answers. */
export type OnAccepted = (index: number, answered: Answered) => void;

/** Sends packages over `connections` kept-alive connections, each the next as soon as its last one was accepted, for so many seconds. */
export function sendAll(
  url: string,
  packages: readonly Prepared[],
  senders: readonly Participant[],
  connections: number,
  seconds = 60,
): Promise<Run> {
  return sendPaced(url, packages, senders, { rate: Number.POSITIVE_INFINITY, connections, seconds });
}

/**
 * Sends `rate` packages a second whatever the gateway does; a latency counts from when the package was to be sent. With an infinite
 * rate every package is to be sent as soon as a connection is free, and its latency is that of the request.
 */
export async function sendPaced(
  url: string,
  packages: readonly Prepared[],
  senders: readonly Participant[],
  { rate, connections, seconds = 60 }: { readonly rate: number; readonly connections: number; readonly seconds?: number },
  onAccepted: OnAccepted = () => undefined,
): Promise<Run> {
  const latencies = new Float64Array(packages.length);
  const lines = await openAll(url, connections);
  const headers = senders.map(headersOf);
  let next = 0;
  const began = performance.now();
  const work = lines.map(async (line) => {
    while (next < packages.length && performance.now() - began < seconds * 1000) {
      const i = next++;
      const due = began + (i / rate) * 1000;
      const early = due - performance.now();
      if (early > 0) await new Promise((resolve) => setTimeout(resolve, early));
      const answered = await postOne(line, packages[i] as Prepared, headers);
      latencies[i] = rate === Number.POSITIVE_INFINITY ? answered.milliseconds : performance.now() - due;
      onAccepted(i, answered);
    }
  });
  await Promise.all(work);
  const took = (performance.now() - began) / 1000;
  for (const line of lines) line.close();
  return { count: next, seconds: took, latencies: latencies.subarray(0, next).sort() };
}

/** The value below which so many hundredths of the sorted values lie. */
export function percentile(sorted: Float64Array, hundredths: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor((sorted.length * hundredths) / 100))] ?? Number.NaN;
}

/** The header lines with which a sender posts. */
export function headersOf(sender: Participant): string {
  return `Authorization: ${basicAuth(sender.client).authorization}\r\nContent-Type: application/xml\r\nAccept: application/xml\r\n`;
}

async function openAll(url: string, connections: number): Promise<Connection[]> {
  return Promise.all(Array.from({ length: connections }, () => Connection.open(url)));
}

async function postOne(line: Connection, prepared: Prepared, headers: readonly string[]): Promise<Answered> {
  const answered = await line.post('/v1/packages', headers[prepared.sender] ?? '', prepared);
  if (answered.status !== 201) throw new Error(`answered ${answered.status}: ${answered.body.toString().slice(0, 2000)}`);
  return answered;
}
