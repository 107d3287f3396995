import type { Send } from './deliver.ts';
import type { Claim, OutgoingPackage, PushTarget } from './outbox.ts';
import type { Outcome } from './outcome.ts';

/** A package on its way over a route, with everybody whom it is for there. */
export interface Submission {
  readonly package: OutgoingPackage;
  readonly kind: 'document' | 'status';
  /** Of a document. */
  readonly subject?: string;
  readonly route: NonNullable<PushTarget['route']>;
  /** Codes of its recipients on this route that still wait for it; at least one. */
  readonly recipients: readonly string[];
  /** An earlier submission may have arrived without our knowing: the other side is to be asked first. */
  readonly doubt?: { readonly since: Date /** For whom it was. */; readonly recipients: readonly string[] };
}

/** What came of a submission. */
export interface Submitted {
  /** Of every recipient that `each` does not name. `delivered`: the other side has the package for them. */
  readonly outcome: Outcome;
  readonly each?: ReadonlyMap<string, Outcome>;
  /** The ids that the other side gave the package. */
  readonly docIds?: readonly string[];
  /** It may have arrived although nothing said so. */
  readonly doubtful?: true;
}

/**
 * Hands a package to the other side of a route. Returns what the other side and the network do; throws only for our own faults, and only
 * when nothing was handed over.
 */
export type Submit = (submission: Submission) => Promise<Submitted>;

/** The connectors of upward routes by kind (`vxp`, `folder`, …). */
export type UpwardConnectors = Readonly<Record<string, Submit>>;

/** Whether a delivery's package is to be submitted now. */
export type Place =
  | { readonly state: 'mine'; readonly submission: Submission }
  | { readonly state: 'busy' }
  /** It was submitted for this recipient since the delivery last ended. */
  | { readonly state: 'done'; readonly outcome: Outcome };

/** What the store keeps of packages that went upward. */
export interface Submissions {
  /** `mine`: this caller is to submit the package over the route now, within `seconds`. `busy`: another worker is at it. */
  begin(claim: Claim, seconds: number): Promise<Place>;
  /** Ends what `begin` gave as `mine`. */
  end(submission: Submission, submitted: Submitted): Promise<void>;
}

/** A submission whose recipients' fate is still asked for on the other side. */
export interface Outstanding {
  readonly packageId: string;
  readonly kind: Submission['kind'];
  readonly docIds: readonly string[];
  readonly doneAt: Date;
  /** Its recipients here, by the codes of their deliveries. */
  readonly deliveries: ReadonlyMap<string, string>;
}

/** The store as following submissions needs it. */
export interface Followed {
  /** Those over the route that are due, the longest waiting first. */
  due(route: string, limit: number): Promise<readonly Outstanding[]>;
  /** Asks again then; null: never. */
  again(packageId: string, route: string, at: Date | null): Promise<void>;
}

/** When the fate of a submission is asked for next: ever more seldom, and never after `days`. `least`: seconds between two looks. */
export function nextFollow(doneAt: Date, now: Date, least: number, days: number): Date | null {
  const age = now.getTime() - doneAt.getTime();
  if (age >= days * 24 * 3_600_000) return null;
  return new Date(now.getTime() + Math.min(Math.max(age / 4, least * 1000), longestFollow));
}

const longestFollow = 6 * 3_600_000;

/** Waits some milliseconds. */
export type Pause = (milliseconds: number) => Promise<void>;

/** Longest time of a submission, in seconds: in all, and for each MB of the package. */
export interface SubmissionTime {
  readonly seconds: number;
  readonly secondsPerMb: number;
}

const lookEvery = 250;

/** A submission that ended, or was found made, with the recipients that it tells of. */
interface Carried {
  readonly recipients: readonly string[];
  readonly submitted: Submitted;
}

/**
 * Sends each package once over each route: the deliveries of a package that are due at the same time share one submission, of which each
 * recipient gets its own outcome; later ones find that it was made.
 */
export function createSendUpward(connectors: UpwardConnectors, submissions: Submissions, pause: Pause, time: SubmissionTime): Send {
  const running = new Map<string, Promise<Carried>>();

  async function submit(claim: Claim, connector: Submit): Promise<Carried> {
    const seconds = time.seconds + (time.secondsPerMb * claim.package.size) / 1_000_000;
    const alone = (outcome: Outcome): Carried => ({ recipients: [claim.delivery.recipient], submitted: { outcome } });
    for (let waited = 0; waited <= seconds * 1000; waited += lookEvery) {
      const place = await submissions.begin(claim, seconds);
      if (place.state === 'done') return alone(place.outcome);
      if (place.state === 'mine') return carry(place.submission, connector);
      await pause(lookEvery);
    }
    return alone({ kind: 'unavailable', detail: 'another worker is submitting the package', unsent: true });
  }

  async function carry(submission: Submission, connector: Submit): Promise<Carried> {
    let submitted: Submitted = nothingSent;
    try {
      submitted = await connector(submission);
    } finally {
      await submissions.end(submission, stillDoubted(submission, submitted));
    }
    return { recipients: submission.recipients, submitted };
  }

  async function send(claim: Claim, connector: Submit, key: string): Promise<Outcome> {
    const { recipient } = claim.delivery;
    for (;;) {
      const under = running.get(key) ?? submit(claim, connector).finally(() => running.delete(key));
      running.set(key, under);
      const { recipients, submitted } = await under;
      // one that became due meanwhile was not among them
      if (recipients.includes(recipient)) return submitted.each?.get(recipient) ?? submitted.outcome;
    }
  }

  return (claim) => {
    const { route } = claim.target;
    const connector = route === undefined ? undefined : connectors[route.kind];
    if (route === undefined || connector === undefined) throw new Error(`no connector for the route ${route?.name} (${route?.kind})`);
    return send(claim, connector, `${claim.package.id} ${route.name}`);
  };
}

/** An attempt that brought nothing leaves the doubt about the one before it. */
function stillDoubted({ doubt }: Submission, submitted: Submitted): Submitted {
  return doubt === undefined || submitted.outcome.kind !== 'unavailable' ? submitted : { ...submitted, doubtful: true };
}

const nothingSent: Submitted = { outcome: { kind: 'unavailable', detail: '', unsent: true } };

/** Chooses by the channel of the delivery. */
export function sendBy(push: Send, upward: Send): Send {
  return (claim) => (claim.delivery.channel === 'upward' ? upward(claim) : push(claim));
}
