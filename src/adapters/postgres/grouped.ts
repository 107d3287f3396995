/**
 * `groups`: how many may be at work at once. `items` and `weight` (any unit): what a group holds at most; one item always fits. `pause`:
 * milliseconds from the start of a group to that of the next, unless that is full.
 */
export interface GroupLimits<In> {
  readonly groups: number;
  readonly items: number;
  readonly weight: number;
  readonly pause: number;
  weightOf(item: In): number;
}

interface Waiting<In, Out> {
  readonly item: In;
  resolve(out: Out): void;
  reject(error: unknown): void;
}

/**
 * Many calls, few transactions: a call that comes while `groups` are at work, or within `pause` of the last start, waits, and all that
 * wait go together as the next group. A call that comes alone goes at once. `run` answers in the order of its items, all or nothing.
 *
 * When `run` throws for a group of several, each item is tried alone, so that nobody suffers for another; unless `isHopeless` says that
 * it would be the same for each.
 */
export function grouped<In, Out>(
  run: (items: readonly In[]) => Promise<readonly Out[]>,
  limits: GroupLimits<In>,
  isHopeless: (error: unknown) => boolean,
): (item: In) => Promise<Out> {
  const waiting: Waiting<In, Out>[] = [];
  let working = 0;
  let started = Number.NEGATIVE_INFINITY;
  let pausing = false;

  function nextGroup(): Waiting<In, Out>[] {
    let weight = 0;
    const over = waiting.findIndex(({ item }, i) => {
      weight += limits.weightOf(item);
      return i > 0 && (i >= limits.items || weight > limits.weight);
    });
    return waiting.splice(0, over < 0 ? waiting.length : over);
  }

  function start(): void {
    if (working >= limits.groups || waiting.length === 0) return;
    const early = started + limits.pause - performance.now();
    if (early > 0 && waiting.length < limits.items) {
      if (!pausing) setTimeout(afterPause, early);
      pausing = true;
      return;
    }
    started = performance.now();
    working += 1;
    void settle(nextGroup()).finally(() => {
      working -= 1;
      start();
    });
  }

  function afterPause(): void {
    pausing = false;
    start();
  }

  async function settle(group: readonly Waiting<In, Out>[]): Promise<void> {
    try {
      const answers = await run(group.map(({ item }) => item));
      for (const [i, one] of group.entries()) one.resolve(answers[i] as Out);
    } catch (error) {
      if (group.length === 1 || isHopeless(error)) for (const one of group) one.reject(error);
      else for (const one of group) await settle([one]);
    }
  }

  return (item) =>
    new Promise<Out>((resolve, reject) => {
      waiting.push({ item, resolve, reject });
      start();
    });
}
