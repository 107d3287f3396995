import type { Code } from '../src/routing/codes/index.ts';
import type { Stage } from './stage.ts';
import type { Target } from './target.ts';

/**
 * What the gateway must answer: a code among the reasons of a refusal, `accepted` where the form is harmless, or the words of a scene.
 * `repeated`: the first receipt again.
 */
export type Expected = Code | 'accepted' | 'repeated';

/** What xmlsec1 says of the same bytes: it refuses them too, or it accepts them, and why that is no contradiction. */
export type Oracle = 'refuses' | 'accepts' | { readonly accepts: string };

/** A changed package. It is sent over every transport. */
export interface Mutant {
  readonly kind: 'mutant';
  /** Row of the catalogue. */
  readonly id: string;
  readonly sentence: string;
  readonly expected: Expected;
  /** Only for pure signature matters. */
  readonly oracle?: Oracle;
  make(target: Target): string | Buffer;
}

/** Something done to the gateway that is more, or less, than a package. Returns what happened, in words that can be expected. */
export interface Scene {
  readonly kind: 'scene';
  readonly id: string;
  readonly sentence: string;
  readonly expected: string;
  /** It takes no evidence: nothing at all may be stored. Other scenes say what they store. */
  readonly stores?: 'packages';
  play(stage: Stage): Promise<string>;
}

export type Attack = Mutant | Scene;

/** One sentence, one change. */
export type Form = readonly [sentence: string, make: (target: Target) => string | Buffer];

/** Mutants of one row that must all get the same answer. */
export function mutants(id: string, expected: Expected, forms: readonly Form[], oracle?: Oracle): Mutant[] {
  return forms.map(([sentence, make]) => ({ kind: 'mutant', id, sentence, expected, make, ...(oracle === undefined ? {} : { oracle }) }));
}

/** Scenes of one row. */
export function scenes(
  id: string,
  plays: readonly (readonly [sentence: string, expected: string, play: Scene['play'], stores?: Scene['stores']])[],
): Scene[] {
  return plays.map(([sentence, expected, play, stores]) => ({
    kind: 'scene',
    id,
    sentence,
    expected,
    play,
    ...(stores === undefined ? {} : { stores }),
  }));
}
