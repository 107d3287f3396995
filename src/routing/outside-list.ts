import { isCodeForm, longestCode } from './code-form.ts';

/** An agency as the directory of the system above lists it. */
export interface ListedAgency {
  readonly code: string;
  readonly name: string;
  readonly closed: boolean;
  /** The code that it had before. */
  readonly oldCode?: string;
  /** Its code by QCVN 102 beside its own. */
  readonly code102?: string;
  /** By what the rows below it name it, and what it names the one above it by; `above` absent: the list does not say. */
  readonly key?: string;
  readonly above?: string;
}

/** Rows that are kept at most: a list without end must not fill the memory. */
const mostRows = 1_000_000;
const longestName = 500;
/** Levels of a tree of agencies at most. */
const deepest = 50;

/** A directory as listed, whole: what one row says is only believed when no other says otherwise. */
export class OutsideList {
  readonly #rows = new Map<string, ListedAgency>();
  readonly #byKey = new Map<string, string>();
  #claims: Map<string, number> | undefined;

  /** Takes a row; false when its code was listed before. Throws when there are more than anybody means. */
  add(row: ListedAgency): boolean {
    if (this.#rows.has(row.code)) return false;
    if (this.#rows.size === mostRows) throw new Error(`more than ${mostRows} agencies are listed`);
    const name = row.name.normalize('NFC').replace(/\s+/g, ' ').trim().slice(0, longestName);
    this.#rows.set(row.code, { ...row, name });
    if (row.key !== undefined && !this.#byKey.has(row.key)) this.#byKey.set(row.key, row.code);
    return true;
  }

  /** Takes from a row of another list what the row with its code does not say; who exists is not decided by it. */
  complete({ code, oldCode, code102 }: ListedAgency): void {
    const row = this.#rows.get(code);
    if (row === undefined) return;
    this.#rows.set(code, {
      ...row,
      ...(row.oldCode === undefined && oldCode !== undefined ? { oldCode } : {}),
      ...(row.code102 === undefined && code102 !== undefined ? { code102 } : {}),
    });
  }

  /** Agencies above before those below them. */
  inOrder(): ListedAgency[] {
    const depths = new Map([...this.#rows.values()].map((row) => [row.code, this.#depthOf(row)]));
    return [...this.#rows.values()].toSorted((a, b) => (depths.get(a.code) ?? 0) - (depths.get(b.code) ?? 0));
  }

  #depthOf(row: ListedAgency): number {
    let depth = 0;
    for (let at = this.parentOf(row); typeof at === 'object'; at = this.parentOf(at)) depth += 1;
    return depth;
  }

  /** The agency above as the list has it; undefined when the row names none, `circle` when it leads back to the row or to no end. */
  parentOf(row: ListedAgency): ListedAgency | 'unlisted' | 'circle' | undefined {
    const above = this.#above(row);
    return typeof above === 'object' && this.#isCircular(row) ? 'circle' : above;
  }

  #isCircular(row: ListedAgency): boolean {
    const seen: string[] = [];
    for (let at = this.#above(row); typeof at === 'object'; at = this.#above(at)) {
      if (at.code === row.code || seen.length === deepest) return true;
      // below a circle, but not in it
      if (seen.includes(at.code)) return false;
      seen.push(at.code);
    }
    return false;
  }

  #above(row: ListedAgency): ListedAgency | 'unlisted' | undefined {
    if (row.above === undefined || row.above === row.key) return undefined;
    const code = this.#byKey.get(row.above);
    return code === undefined ? 'unlisted' : this.#rows.get(code);
  }

  /** True when another row that is open names the code of this one, which is closed, as one of its own: it says what became of it. */
  isSuperseded({ code, closed }: ListedAgency): boolean {
    return closed && this.#claimsOn(code) > 0;
  }

  /** What stands against believing that a further code is the agency's: its form, or another row that claims it. */
  doubtOf(code: string): 'code-malformed' | 'code-shared' | undefined {
    if (code.length > longestCode || !isCodeForm(code, 'axis')) return 'code-malformed';
    return this.#claimsOn(code) > 1 ? 'code-shared' : undefined;
  }

  /** How many open rows say that the code is theirs. */
  #claimsOn(code: string): number {
    if (this.#claims === undefined) {
      this.#claims = new Map();
      for (const row of this.#rows.values()) {
        if (row.closed) continue;
        for (const one of new Set([row.code, row.oldCode, row.code102])) {
          if (one !== undefined) this.#claims.set(one, (this.#claims.get(one) ?? 0) + 1);
        }
      }
    }
    return this.#claims.get(code) ?? 0;
  }
}
