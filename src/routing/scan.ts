import type { VirusFinding } from './contents.ts';
import type { Problem } from './problem.ts';

/** What a scanner says of some bytes. `too-large`: more than it takes. */
export type ScanAnswer =
  | { readonly verdict: 'clean' }
  | { readonly verdict: 'infected'; readonly signature: string }
  | { readonly verdict: 'too-large' };

/** Asks a scanner about bytes as they stream. Throws ScannerAway when it gives no verdict. */
export type ScanBytes = (bytes: AsyncIterable<Uint8Array>) => Promise<ScanAnswer>;

/** `required`: nothing is accepted unscanned. `best-effort`: what can't be scanned is accepted, marked and scanned later. */
export type ScanPolicy = 'off' | 'required' | 'best-effort';

/** The scanner gives no verdict just now: it is away, busy, starting, or says what nobody understands. */
export class ScannerAway extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'ScannerAway';
  }
}

/** The answer about the worse of several forms of one attachment, as it is kept. */
export function virusFinding(answers: readonly ScanAnswer[]): VirusFinding {
  const infected = answers.find((answer) => answer.verdict === 'infected');
  if (infected !== undefined) return { kind: 'virus', verdict: 'infected', detail: infected.signature };
  const large = answers.some((answer) => answer.verdict === 'too-large');
  return large ? { kind: 'virus', verdict: 'unscanned', detail: TOO_LARGE } : { kind: 'virus', verdict: 'clean' };
}

/** Detail of a finding about a file that no scanner will ever take. */
export const TOO_LARGE = 'larger than the scanner takes';

/** Why an attachment is refused; undefined when it is not. `name` of the attachment. */
export function virusProblem({ verdict, detail }: VirusFinding, policy: ScanPolicy, name: string): Problem | undefined {
  if (verdict === 'infected') return { code: 'VIRUS_FOUND', params: { name, signature: detail ?? '' } };
  if (verdict !== 'unscanned' || policy !== 'required') return undefined;
  return detail === TOO_LARGE ? { code: 'SCAN_TOO_LARGE', params: { name } } : { code: 'SCANNER_UNAVAILABLE', params: { name } };
}
