import { createAsk } from './adapters/pki/revocation/ask.ts';
import { createCheckRevocation } from './adapters/pki/revocation/check.ts';
import { createListCache } from './adapters/pki/revocation/facts.ts';
import { createFetch } from './adapters/pki/revocation/fetch.ts';
import type { Refresh } from './adapters/pki/revocation/refresh.ts';
import { createRefresh } from './adapters/pki/revocation/refresh.ts';
import type { Shelf } from './adapters/pki/revocation/shelf.ts';
import { createShelf } from './adapters/pki/revocation/shelf.ts';
import type { Tidy } from './adapters/pki/revocation/tidy.ts';
import { createTidy } from './adapters/pki/revocation/tidy.ts';
import { createAddresses } from './adapters/senders/addresses.ts';
import type { Config } from './config.ts';
import type { CheckRevocation } from './routing/trust.ts';
import type { Store } from './store.ts';

/** A list that was imported works after so many milliseconds at the latest. */
const freshFor = 5000;

/** Revocation as a process uses it. */
export interface Revocation {
  readonly check: CheckRevocation;
  readonly shelf: Shelf;
  /** Fetches the lists that are due. */
  readonly refresh: Refresh;
  /** Removes what nothing relies on any more. */
  readonly tidy: Tidy;
}

/** Revocation, wired: memory, store, network. */
export function createRevocation(
  config: Config,
  { revocation: records, trust, now }: Pick<Store, 'revocation' | 'trust' | 'now'>,
): Revocation {
  const fetch = createFetch(createAddresses(config.revocationAllow));
  const mostBytes = config.crlMaxBytes;
  const authorities = async () => {
    const { anchors, intermediates } = await trust.settings();
    return [...anchors.map(({ certificate }) => certificate), ...intermediates];
  };
  const shelf = createShelf({ records, authorities, now, mostBytes });
  const asking = { within: config.revocationSeconds * 1000, mostListBytes: mostBytes, nonce: config.ocspNonce };
  const ask = createAsk({ records, listsOf: createListCache(records), shelf, fetch, now }, asking);
  const certificates = async () => [...(await authorities()), ...(await records.leaves(now()))];
  return {
    check: createCheckRevocation(ask, now, { freshFor }),
    shelf,
    refresh: createRefresh(
      { records, shelf, fetch, certificates, now },
      { urls: config.crlUrls, every: config.crlSeconds * 1000, mostBytes },
    ),
    tidy: createTidy({ records, authorities, certificates, now }, config.crlUrls),
  };
}
