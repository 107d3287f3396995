/** `groups`: how many may be at work at once. `items` and `weight` (any unit): what a group holds at most; one item always fits. */
export interface GroupLimits<In> {
  readonly groups: number;
  readonly items: number;
  readonly weight: number;
  weightOf(item: In): number;
}

interface Waiting<In, Out> {
  readonly item: In;
  resolve(out: Out): void;
  reject(error: unknown): void;
}

/**
 * Many calls, few transactions: a call that comes while `groups` are at work waits, and all that wait go together as the next group.
 * Nothing waits while there is room, so a lone call costs no time. `run` answers in the order of its items, all or nothing.
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
    working += 1;
    void settle(nextGroup()).finally(() => {
      working -= 1;
      start();
    });
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
