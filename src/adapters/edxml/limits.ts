import type { Circumstances } from '../../routing/ports.ts';
import type { SecrecyPolicy } from '../../routing/secrecy.ts';
import { defaultSecrecy } from '../../routing/secrecy.ts';
import type { MarkupLimits } from './markup.ts';

/** Bounds and circumstances of an examination; can be sent to a worker thread as it is. */
export interface ExamineLimits extends MarkupLimits, Circumstances {
  /** Problems reported at most: a hostile package must not make a hostile answer. */
  readonly problems: number;
  /** Which documents are refused as state secrets. */
  readonly secrecy: SecrecyPolicy;
  /** The present moment as ISO 8601; rules about dates measure against it. */
  readonly now: string;
}

/**
 * The limits of a gateway that was told nothing else. 20,000 elements are some 2,200 recipients with all their fields; the validator's
 * time for a package of nothing but mistakes grows with the square of it.
 */
export const defaultLimits: Omit<ExamineLimits, 'now'> = {
  depth: 256,
  attributes: 64,
  elements: 20_000,
  tagBytes: 4096,
  nameBytes: 256,
  namespaces: 64,
  pieces: 32,
  problems: 100,
  origin: 'agency',
  repairsPrefixes: false,
  secrecy: defaultSecrecy,
};
