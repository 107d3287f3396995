import type { Send } from './deliver.ts';
import type { Claim } from './outbox.ts';
import type { Outcome } from './outcome.ts';

/**
 * The connectors of upward routes by kind (`vxp`, `folder`, …). A connector is a `Send`: it hands the package of a claim to the other side
 * and returns the outcome. `claim.target.route` says which route, and how it is set. It is asked once for each package and route, however
 * many recipients the package has there: the package itself names them all.
 */
export type UpwardConnectors = Readonly<Record<string, Send>>;

/** What the store keeps of packages that went upward. */
export interface Submissions {
  /**
   * `mine`: this caller is to submit the package over the route now, within `seconds`. `done`: it was submitted since this delivery was
   * last delivered, with what the other side said. `busy`: another worker is at it.
   */
  begin(claim: Claim, seconds: number): Promise<{ readonly state: 'mine' | 'busy' } | { readonly state: 'done'; readonly detail: string }>;
  /** Ends what `begin` gave as `mine`: with what the other side said, or null when it does not have the package. */
  end(claim: Claim, detail: string | null): Promise<void>;
}

/** Waits some milliseconds. */
export type Pause = (milliseconds: number) => Promise<void>;

const lookEvery = 250;

/**
 * Sends each package once over each route: the deliveries of a package that are due at the same time share one submission and its
 * outcome, later ones find that it was made. `seconds`: longest time of a submission.
 */
export function createSendUpward(connectors: UpwardConnectors, submissions: Submissions, pause: Pause, seconds: number): Send {
  const running = new Map<string, Promise<Outcome>>();

  async function submit(claim: Claim, connector: Send): Promise<Outcome> {
    for (let waited = 0; waited <= seconds * 1000; waited += lookEvery) {
      const place = await submissions.begin(claim, seconds);
      if (place.state === 'done') return { kind: 'delivered', detail: place.detail };
      if (place.state === 'mine') return carry(claim, connector);
      await pause(lookEvery);
    }
    return { kind: 'unavailable', detail: 'another worker is submitting the package' };
  }

  async function carry(claim: Claim, connector: Send): Promise<Outcome> {
    let taken: string | null = null;
    try {
      const outcome = await connector(claim);
      if (outcome.kind === 'delivered') taken = outcome.detail;
      return outcome;
    } finally {
      await submissions.end(claim, taken);
    }
  }

  return (claim) => {
    const { route } = claim.target;
    const connector = route === undefined ? undefined : connectors[route.kind];
    if (route === undefined || connector === undefined) throw new Error(`no connector for the route ${route?.name} (${route?.kind})`);
    const key = `${claim.package.id} ${route.name}`;
    const under = running.get(key);
    if (under !== undefined) return under;
    const begun = submit(claim, connector).finally(() => running.delete(key));
    running.set(key, begun);
    return begun;
  };
}

/** Chooses by the channel of the delivery. */
export function sendBy(push: Send, upward: Send): Send {
  return (claim) => (claim.delivery.channel === 'upward' ? upward(claim) : push(claim));
}
