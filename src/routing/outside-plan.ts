import { isCodeForm, longestCode } from './code-form.ts';
import type { CodeOwner, LeftOut, OutsideChange, SkipReason, UnmappedReason } from './outside-change.ts';
import type { ListedAgency, OutsideList } from './outside-list.ts';
import type { AgencyCode } from './register.ts';
import { isOfProvince } from './rules.ts';
import { dayBefore } from './time.ts';

/** What deciding needs to know. `province`: our level-1 codes; `day`: today, `yyyy-mm-dd`. */
export interface PlanSettings {
  readonly province: readonly string[];
  readonly day: string;
}

type Owners = ReadonlyMap<string, CodeOwner>;

/** Who a row speaks of, and by which of its codes that was found out. */
interface Spoken {
  readonly owner: CodeOwner;
  readonly by: 'code' | 'oldCode' | 'code102';
}

/** The day from which codes count whose beginning the list does not tell. */
const sinceEver = '2000-01-01';

/** Decides row by row what a list changes, before anything is written. What can't be decided is left out with the reason. */
export class OutsidePlan {
  readonly changes: OutsideChange[] = [];
  readonly leftOut: LeftOut[] = [];
  /** Rows about agencies that are known here and go on. */
  known = 0;
  readonly #list: OutsideList;
  readonly #settings: PlanSettings;
  /** Agencies that rows have spoken of. */
  readonly #spoken = new Set<string>();
  /** By the code of a row, who it is: an agency here, or one that is being added. */
  readonly #who = new Map<string, CodeOwner | 'new'>();

  constructor(list: OutsideList, settings: PlanSettings) {
    this.#list = list;
    this.#settings = settings;
  }

  /** Decides on a row, given the owners of all its codes. Those above must have been decided on before. */
  decide(row: ListedAgency, owners: Owners): void {
    const found = this.#rowFault(row, owners) ?? this.#speaksOf(row, owners);
    if (typeof found === 'string') this.leave(row, found);
    else if (found === undefined) this.#add(row, owners);
    else this.#change(row, found, owners);
  }

  /** Leaves a row out, or a part of it. */
  leave({ code, name }: Pick<ListedAgency, 'code' | 'name'>, why: SkipReason | UnmappedReason, about?: string): void {
    this.leftOut.push({ code: code.slice(0, 100), name, why, ...(about === undefined ? {} : { about: about.slice(0, 100) }) });
  }

  #rowFault(row: ListedAgency, owners: Owners): SkipReason | undefined {
    const { code, name } = row;
    if (code.length > longestCode || !isCodeForm(code, 'axis')) return 'malformed';
    if (this.#list.isSuperseded(row)) return 'superseded';
    const owner = owners.get(code);
    if (owner !== undefined && owner.channel !== 'upward') {
      this.#who.set(code, owner);
      return 'ours';
    }
    return name === '' ? 'nameless' : undefined;
  }

  /** Undefined: of nobody who is known. */
  #speaksOf(row: ListedAgency, owners: Owners): Spoken | SkipReason | undefined {
    const spoken = this.#byCodes(row, owners);
    if (spoken === undefined) {
      if (isOfProvince(row.code, this.#settings.province)) return 'province';
      return row.closed ? 'closed' : undefined;
    }
    const { owner, by } = spoken;
    if (by === 'code') this.#who.set(row.code, owner);
    if (owner.channel !== 'upward') return 'ours-by-code';
    if (by === 'code' && !owner.codes.some((one) => one.code === row.code && this.#isValid(one))) {
      return row.closed ? 'superseded' : 'code-ended';
    }
    if (this.#spoken.has(owner.id)) return 'same-agency';
    this.#spoken.add(owner.id);
    if (owner.status === 'suspended') return 'suspended';
    return owner.ended && !row.closed ? 'ended' : spoken;
  }

  #byCodes(row: ListedAgency, owners: Owners): Spoken | undefined {
    for (const by of ['code', 'oldCode', 'code102'] as const) {
      const code = row[by];
      const owner = code === undefined ? undefined : owners.get(code);
      // a row that is closed speaks for no agency but the one that has its own code
      if (code === undefined || owner === undefined || (row.closed && by !== 'code')) continue;
      if (by === 'code' || this.#list.doubtOf(code) === undefined) return { owner, by };
    }
    return undefined;
  }

  #isValid({ validFrom, validTo }: AgencyCode): boolean {
    return validFrom <= this.#settings.day && (validTo === undefined || validTo >= this.#settings.day);
  }

  #add(row: ListedAgency, owners: Owners): void {
    const { code, name } = row;
    const codes = [{ code, scheme: 'axis', validFrom: sinceEver } as const, ...this.#furtherCodes(row, undefined, owners)];
    const parent = this.#parentOf(row);
    this.#who.set(code, 'new');
    this.changes.push({ kind: 'add', code, name, codes, ...(parent === undefined ? {} : { parent: parent.code }) });
  }

  #change(row: ListedAgency, { owner, by }: Spoken, owners: Owners): void {
    const { code, name, closed } = row;
    const about = { id: owner.id, code, name };
    const isClosed = owner.status === 'closed' || owner.ended;
    this.known += 1;
    this.#who.set(code, owner);
    if (closed) {
      if (!isClosed) this.changes.push({ kind: 'close', ...about });
      return;
    }
    if (isClosed) this.changes.push({ kind: 'reopen', ...about });
    if (by === 'oldCode') this.changes.push({ kind: 'recode', ...about, before: row.oldCode ?? '' });
    if (by === 'code102') this.changes.push({ kind: 'code', ...about, added: { code, scheme: 'axis', validFrom: sinceEver } });
    if (owner.name !== name) {
      if (owner.ruled.name) this.leave(row, 'name-ruled');
      else this.changes.push({ kind: 'rename', ...about, before: owner.name });
    }
    for (const added of this.#furtherCodes(row, owner, owners)) this.changes.push({ kind: 'code', ...about, added });
    this.#move(row, owner);
  }

  #move(row: ListedAgency, owner: CodeOwner): void {
    const parent = this.#parentOf(row);
    if (parent === undefined) return;
    const above = this.#who.get(parent.code);
    if (typeof above === 'object' && (above.id === owner.parent || above.id === owner.id)) return;
    if (owner.ruled.parent) this.leave(row, 'parent-ruled', parent.code);
    else this.changes.push({ kind: 'move', id: owner.id, code: row.code, name: row.name, parent: parent.code });
  }

  /** The row of the agency above, if that is one here or becomes one. */
  #parentOf(row: ListedAgency): ListedAgency | undefined {
    const parent = this.#list.parentOf(row);
    if (parent === undefined) return undefined;
    if (parent === 'unlisted' || parent === 'circle') this.leave(row, `parent-${parent}`, row.above);
    else if (this.#who.has(parent.code)) return parent;
    else this.leave(row, 'parent-unknown', parent.code);
    return undefined;
  }

  /** The codes beside its own that the row gives and the agency does not have. */
  #furtherCodes(row: ListedAgency, owner: CodeOwner | undefined, owners: Owners): AgencyCode[] {
    const { code, oldCode, code102 } = row;
    const found: AgencyCode[] = [];
    if (code102 !== undefined && code102 !== code) found.push({ code: code102, scheme: 'qcvn102', validFrom: sinceEver });
    if (oldCode !== undefined && oldCode !== code && oldCode !== code102) {
      found.push({ code: oldCode, scheme: 'axis', validFrom: sinceEver, validTo: dayBefore(this.#settings.day) });
    }
    return found.filter((one) => {
      const fault = this.#codeFault(one, owner, owners.get(one.code));
      if (fault !== undefined && fault !== 'had') this.leave(row, fault, one.code);
      return fault === undefined;
    });
  }

  #codeFault(given: AgencyCode, owner: CodeOwner | undefined, holder: CodeOwner | undefined): UnmappedReason | 'had' | undefined {
    if (given.scheme === 'qcvn102' && !isCodeForm(given.code, 'qcvn102')) return 'code-malformed';
    const doubt = this.#list.doubtOf(given.code);
    if (doubt !== undefined) return doubt;
    if (holder === undefined) return isOfProvince(given.code, this.#settings.province) ? 'code-province' : undefined;
    if (holder.id !== owner?.id) return 'code-taken';
    // one that ran out, or was taken back, stays as a person left it
    const had = holder.codes.filter(({ code }) => code === given.code);
    const isNewScheme = given.scheme === 'qcvn102' && had.length > 0 && !had.some(({ scheme }) => scheme === 'qcvn102');
    return isNewScheme ? undefined : 'had';
  }
}
