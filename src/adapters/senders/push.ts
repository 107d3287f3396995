import { createHash } from 'node:crypto';
import type { Send } from '../../routing/deliver.ts';
import type { Claim, OutgoingPackage } from '../../routing/outbox.ts';
import type { Outcome } from '../../routing/outcome.ts';
import type { Now } from '../../routing/ports.ts';
import type { Resolve } from './addresses.ts';
import { AddressRefused, createAddresses } from './addresses.ts';
import { outcomeOf, outcomeOfFailure } from './answer.ts';
import type { Exchange } from './exchange.ts';
import { ContentFault, createExchange } from './exchange.ts';

/** The exact bytes of a stored package, each chunk a buffer of its own. Throws while streaming when a file is missing or damaged. */
export type OpenContent = (text: OutgoingPackage['text'], runs: OutgoingPackage['runs']) => AsyncIterable<Uint8Array>;

/** A request to be signed: its method, its whole URL, and headers with names in lower case. */
export interface RequestToSign {
  readonly method: string;
  readonly targetUri: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** Signs a request with the gateway's key (RFC 9421). Returns the values of `Signature-Input` and `Signature`. */
export type SignRequest = (
  request: RequestToSign,
  created: Date,
) => Promise<{ readonly signatureInput: string; readonly signature: string }>;

/** How pushes are made. Times in milliseconds. */
export interface PushSettings {
  readonly openContent: OpenContent;
  readonly signRequest: SignRequest;
  readonly now: Now;
  readonly connectWithin: number;
  readonly endWithin: number;
  /** Added to `endWithin` for each MB of the package. */
  readonly endWithinPerMb: number;
  /** Private or otherwise closed addresses and CIDR ranges that may be pushed to. */
  readonly allow: readonly string[];
  /** PEM of further certificate authorities that recipients are trusted by. */
  readonly ca?: string;
  readonly socketsPerHost: number;
  /** Replaces the name servers of the system. */
  readonly resolve?: Resolve;
}

/** The limits of the design: 5 s to connect, 60 s and 1 s per MB in all. */
export const defaultPush = { connectWithin: 5000, endWithin: 60_000, endWithinPerMb: 1000, allow: [], socketsPerHost: 64 };

/**
 * Pushes a package to the recipient's URL, its bytes unchanged. Whatever the recipient or the network does is an outcome. Throws when
 * it is ours: content that is damaged, a URL that may not be pushed to; so such a delivery ends in `held`, for an operator.
 */
export function createPush(settings: PushSettings): Send {
  const addresses = createAddresses(settings.allow, settings.resolve);
  const exchange = createExchange({
    lookup: addresses.lookup,
    socketsPerHost: settings.socketsPerHost,
    ...(settings.ca === undefined ? {} : { ca: settings.ca }),
  });
  return async function push(claim) {
    const url = addresses.check(claim.target.url);
    return post(settings, exchange, url, claim);
  };
}

async function post(settings: PushSettings, exchange: Exchange, url: URL, claim: Claim): Promise<Outcome> {
  const headers = await signedHeaders(settings, url, claim);
  try {
    const answer = await exchange({
      url,
      headers,
      size: claim.package.size,
      open: () => proven(claim.package, settings.openContent),
      connectWithin: settings.connectWithin,
      endWithin: settings.endWithin + (settings.endWithinPerMb * claim.package.size) / 1_000_000,
    });
    return outcomeOf(answer, settings.now());
  } catch (error) {
    if (error instanceof AddressRefused || error instanceof ContentFault) throw error;
    return outcomeOfFailure(error as Error);
  }
}

async function signedHeaders(settings: PushSettings, url: URL, { delivery, package: sent }: Claim): Promise<Record<string, string>> {
  const headers = {
    'content-type': 'application/xml',
    'content-length': String(sent.size),
    'content-digest': `sha-256=:${Buffer.from(sent.sha256, 'hex').toString('base64')}:`,
    'lienthong-delivery': delivery.id,
    'lienthong-package': sent.id,
    'lienthong-sha256': sent.sha256,
    'lienthong-recipient': delivery.recipient,
  };
  const request = { method: 'POST', targetUri: url.href, headers };
  const { signatureInput, signature } = await settings.signRequest(request, settings.now());
  return { ...headers, 'signature-input': signatureInput, signature, 'user-agent': 'lienthong' };
}

/** Gives the last bytes of a package only when all of them have the digest of what was received; so nobody gets a wrong one whole. */
async function* proven(sent: OutgoingPackage, openContent: OpenContent): AsyncGenerator<Uint8Array> {
  const hash = createHash('sha256');
  let size = 0;
  for await (const chunk of openContent(sent.text, sent.runs)) {
    hash.update(chunk);
    size += chunk.length;
    if (size > sent.size) throw new Error('there is more of it than was received');
    if (size === sent.size && hash.copy().digest('hex') !== sent.sha256) throw new Error('its digest is not that of what was received');
    yield chunk;
  }
  if (size < sent.size) throw new Error('there is less of it than was received');
}
