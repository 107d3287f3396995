import { reject } from '../../routing/problem.ts';

/** Lets work run while there is room for it. */
export type Share = <T>(client: string, work: () => Promise<T>) => Promise<T>;

/** `all`: what may run at the same time. `each`: what one client may have of it, so that none can keep the others out. */
export interface ShareLimits {
  readonly all: number;
  readonly each: number;
}

/** Guards something that takes long. `run` throws Rejection GATEWAY_BUSY when there is no room, for anybody or for this client. */
export function createShare({ all, each }: ShareLimits): Share {
  const running = new Map<string, number>();
  let total = 0;
  return async function run(client, work) {
    const own = running.get(client) ?? 0;
    if (total >= all || own >= each) throw reject('GATEWAY_BUSY');
    total += 1;
    running.set(client, own + 1);
    try {
      return await work();
    } finally {
      total -= 1;
      const left = (running.get(client) ?? 1) - 1;
      if (left === 0) running.delete(client);
      else running.set(client, left);
    }
  };
}

/** Guards the bodies of packages that are taken in at the same time: one client may have half of them. */
export function createUploadShare(uploads: number): Share {
  return createShare({ all: uploads, each: Math.ceil(uploads / 2) });
}
