import { join } from 'node:path';
import type { Client } from '../src/client/client.ts';
import { digestOf } from '../src/client/download.ts';
import type { Arrivals } from './arrivals.ts';
import type { Agency } from './cast.ts';

/** An agency that fetches from its inbox, as its document system would: long polling with a cursor. */
export interface InboxReader {
  /** Rejects when reading fails. */
  readonly failed: Promise<never>;
  stop(): Promise<void>;
}

/** What a reader works with. `sendBack` gives the reason why a document is sent back, or undefined to keep it. */
export interface Reading {
  readonly agency: Agency;
  readonly client: Client;
  readonly folder: string;
  readonly arrivals: Arrivals;
  readonly sendBack: (reference: string) => string | undefined;
}

/** Starts to read an inbox: what comes is fetched, checked, stored and then acknowledged, or sent back. */
export function startReader(reading: Reading): InboxReader {
  const stopping = new AbortController();
  const done = read(reading, stopping.signal);
  const failed = done.then(() => new Promise<never>(() => undefined));
  failed.catch(() => undefined);
  return {
    failed,
    async stop() {
      stopping.abort();
      await done.catch(() => undefined);
    },
  };
}

async function read({ agency, client, folder, arrivals, sendBack }: Reading, signal: AbortSignal): Promise<void> {
  let after: string | undefined;
  try {
    for (;;) {
      const page = await client.inbox({ wait: 30, signal, ...(after === undefined ? {} : { after }) });
      for (const { delivery, package: id, reference = '' } of page.entries) {
        const path = join(folder, `${agency.id}-${delivery}.edxml`);
        await client.fetch(delivery, path, { signal });
        const { sha256, size } = await digestOf(path);
        arrivals.take({ agency: agency.id, delivery, package: id, path, sha256, size });
        const reason = sendBack(reference);
        await (reason === undefined ? client.ack(delivery, sha256) : client.refuse(delivery, reason));
      }
      after = page.next ?? after;
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
