import type { ClaimedWork, ContentDesk, ContentFinding } from '../routing/contents.ts';
import type { Now } from '../routing/ports.ts';
import type { QueueLog } from './outage.ts';
import { createOutage } from './outage.ts';

/** What looking into attachments after acceptance asks of the world. */
export interface InspectionPorts {
  readonly desk: ContentDesk;
  /** Looks at one attachment; null when that can't be done just now. Throws when the content can't be read. */
  readonly look: (work: ClaimedWork) => Promise<ContentFinding['result'] | null>;
  readonly report: (result: ContentFinding['result']) => void;
  readonly now: Now;
  readonly log: QueueLog;
}

/** How it is done: milliseconds between two looks for work when there was none, seconds that one attachment may take, tries. */
export interface InspectionSettings {
  readonly every: number;
  readonly seconds: number;
  readonly tries: number;
}

/** Looks into attachments of accepted packages, one after the other, for ever until it is closed. */
export interface Inspections {
  /** Ends after the attachment under way. */
  close(): Promise<void>;
}

const RETRY_MS = 60_000;

/**
 * Starts it. The work is in the store: what a crash interrupts is done again when its time is up, and an attachment that ends the
 * process each time is given up after some tries with a finding that says so.
 */
export function startInspections(ports: InspectionPorts, settings: InspectionSettings): Inspections {
  const outage = createOutage(ports.log, 'looking into attachments');
  let closed = false;
  let wake: (() => void) | undefined;

  async function pause(): Promise<void> {
    if (closed) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, settings.every);
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  async function turn(): Promise<boolean> {
    try {
      const found = await inspectNext(ports, settings);
      outage.worked();
      return found;
    } catch (error) {
      outage.failed(error);
      return false;
    }
  }

  const running = (async () => {
    while (!closed) if (!(await turn())) await pause();
  })();

  return {
    async close() {
      closed = true;
      wake?.();
      await running;
    },
  };
}

/** Looks at one attachment. False when there is none to look at. */
export async function inspectNext({ desk, look, report, now, log }: InspectionPorts, settings: InspectionSettings): Promise<boolean> {
  const work = await desk.claim(settings.seconds);
  if (work === null) return false;
  const { ordinal } = work;
  if (work.tries > settings.tries) {
    await desk.settle(work, { ordinal, at: now(), result: givenUp(work) });
    return true;
  }
  try {
    const result = await look(work);
    if (result === null) {
      await desk.postpone(work, new Date(now().getTime() + RETRY_MS), 0);
      return true;
    }
    await desk.settle(work, { ordinal, at: now(), result });
    report(result);
  } catch (error) {
    log.warn({ err: error, package: work.package.id, attachment: ordinal }, 'an attachment could not be looked at');
    await desk.postpone(work, new Date(now().getTime() + RETRY_MS * work.tries), work.tries);
  }
  return true;
}

function givenUp({ kind }: ClaimedWork): ContentFinding['result'] {
  const detail = 'given up after several tries; see the log';
  return kind === 'pdf' ? { kind, verdict: 'unreadable', signatures: [], detail } : { kind, verdict: 'unscanned', detail };
}
