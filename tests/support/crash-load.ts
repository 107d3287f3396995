import { createHash } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { readReceipt } from '../../src/client/client.ts';
import { pdf } from './packages.ts';
import type { Participant } from './participants.ts';
import { basicAuth } from './participants.ts';
import { sha256 } from './quick-signer.ts';

/** A package as its sender knows it. `packageId` once it has the receipt. */
export interface Sent {
  readonly sha256: string;
  readonly to: readonly string[];
  packageId?: string;
}

/** What a load did so far. */
export interface LoadRecord {
  readonly sent: Sent[];
  /** Answers that are neither a receipt nor "not now": there must be none. */
  readonly strange: string[];
  /** By delivery id, what the inbox gave: digest of the bytes, and whether the acknowledgement was answered. */
  readonly fetched: Map<string, { packageId: string; readonly sha256: string; acknowledged: boolean }>;
}

/** Where the load goes; `url` is empty while there is nobody. */
export interface LoadTarget {
  url(): string;
  readonly random: () => number;
}

/** A sender with all it needs to write packages. */
interface Writing {
  readonly target: LoadTarget;
  readonly record: LoadRecord;
  readonly sender: Participant;
  readonly recipients: readonly string[];
}

/** Agencies that send to these recipients, one after the other and without end, and one that empties its inbox. */
export function startLoad(target: LoadTarget, senders: readonly Participant[], recipients: readonly string[], inbox: Participant) {
  const record: LoadRecord = { sent: [], strange: [], fetched: new Map() };
  const over = { sending: false, fetching: false };
  const repeat = async (what: keyof typeof over, work: () => Promise<void>) => {
    while (!over[what]) await work();
  };
  const sending = [...senders, ...senders].map((sender) => repeat('sending', () => sendOne({ target, record, sender, recipients })));
  const fetching = repeat('fetching', () => emptyInbox(target, record, inbox));
  const endSending = async () => {
    over.sending = true;
    await Promise.all(sending);
  };
  return {
    record,
    /** Ends the senders; the inbox is still emptied. */
    endSending,
    async end(): Promise<void> {
      over.fetching = true;
      await Promise.all([endSending(), fetching]);
    },
  };
}

/** A load under way. */
export type Load = ReturnType<typeof startLoad>;

/** Writes one package and sends it; after a failure usually again, sometimes never. */
async function sendOne({ target, record, sender, recipients }: Writing): Promise<void> {
  const { random } = target;
  const to = recipients.filter(() => random() < 0.7);
  const chosen = to.length === 0 ? recipients : to;
  const size = random() < 0.3 ? 30_000 + Math.floor(random() * 60_000) : 200;
  const body = sender.document({
    to: chosen.map((code) => ({ code, name: `Đơn vị ${code}` })),
    priority: random() < 0.2 ? 2 : 0,
    attachments: [pdf('van-ban.pdf', { bytes: Buffer.alloc(size, String(random())) })],
  });
  const sent: Sent = { sha256: sha256(body), to: chosen };
  record.sent.push(sent);
  for (;;) {
    const answer = await post(target, sender, body);
    if (answer.xml !== undefined) {
      sent.packageId = readReceipt(answer.xml).package.id;
      return;
    }
    if (answer.strange !== undefined) {
      record.strange.push(answer.strange);
      return;
    }
    if (answer.reached && random() < 0.2) return;
    await pause(20 + random() * 80);
  }
}

/** `reached`: the gateway may have it. */
interface Posted {
  readonly reached: boolean;
  readonly xml?: string;
  readonly strange?: string;
}

async function post(target: LoadTarget, sender: Participant, body: Buffer): Promise<Posted> {
  if (target.url() === '') return { reached: false };
  try {
    const headers = { ...basicAuth(sender.client), 'content-type': 'application/xml' };
    const answer = await fetch(`${target.url()}/v1/packages`, { method: 'POST', headers, body });
    const text = await answer.text();
    if (answer.status === 200 || answer.status === 201) return { reached: true, xml: text };
    return { reached: true, ...(answer.status === 503 ? {} : { strange: `${answer.status} ${text.slice(0, 300)}` }) };
  } catch (error) {
    // Killed meanwhile, nobody knows whether it has the package; or not there at all.
    const { code } = (error as { cause?: NodeJS.ErrnoException }).cause ?? {};
    return { reached: code !== 'ECONNREFUSED' };
  }
}

/** Fetches and acknowledges all that lies in the inbox. */
async function emptyInbox(target: LoadTarget, record: LoadRecord, inbox: Participant): Promise<void> {
  await pause(20);
  if (target.url() === '') return;
  const headers = basicAuth(inbox.client);
  try {
    const listed = await fetch(`${target.url()}/v1/inbox?limit=100`, { headers });
    if (listed.status !== 200) return void note(record, listed.status);
    const { entries } = (await listed.json()) as { entries: { delivery: string; package: string }[] };
    for (const entry of entries) await takeOne(target, record, headers, entry);
  } catch {
    // Killed meanwhile: what was not acknowledged is still there.
  }
}

async function takeOne(
  target: LoadTarget,
  record: LoadRecord,
  headers: Record<string, string>,
  entry: { delivery: string; package: string },
) {
  const answer = await fetch(`${target.url()}/v1/inbox/${entry.delivery}/package`, { headers });
  if (answer.status !== 200) return note(record, answer.status);
  const bytes = Buffer.from(await answer.arrayBuffer());
  const digest = createHash('sha256').update(bytes).digest('hex');
  const taken = { packageId: entry.package, sha256: digest, acknowledged: false };
  record.fetched.set(entry.delivery, taken);
  const url = `${target.url()}/v1/inbox/${entry.delivery}/ack`;
  const acknowledged = await fetch(url, {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json' },
    body: JSON.stringify({ sha256: digest }),
  });
  taken.acknowledged = acknowledged.status === 200;
  note(record, acknowledged.status);
}

function note(record: LoadRecord, status: number): void {
  if (status !== 200 && status !== 503) record.strange.push(`inbox ${status}`);
}
