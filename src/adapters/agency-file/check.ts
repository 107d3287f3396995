import { isCodeForm, longestCode, schemeOf } from '../../routing/code-form.ts';
import type { AgencyStatus, Channel } from '../../routing/directory.ts';
import type { SignaturePolicy } from '../../routing/package.ts';
import { agencyKinds } from '../../routing/placement.ts';
import type { Agency, AgencyCode, CodeScheme } from '../../routing/register.ts';
import { clean, looksLegacy } from './clean.ts';
import { type Dirt, type DirtKind, visible } from './dirt.ts';
import type { Entry, WrittenCode } from './entry.ts';

/** The longest name (NĐ 30/2020, Annex VI). */
const longestName = 200;
/** The day from which a code counts when a file does not say: before the gateway and all that it keeps. */
const validSinceEver = '2000-01-01';

const schemes: readonly CodeScheme[] = ['qcvn102', 'qd20', 'axis', 'local'];
const statuses: readonly AgencyStatus[] = ['active', 'suspended', 'closed'];
const policies: readonly SignaturePolicy[] = ['required', 'legacy', 'optional'];
const channels: readonly Channel[] = ['inbox', 'push', 'upward'];

/** What a row became: an agency without its id, if it can be one, and all that was found. */
export interface CheckedEntry {
  readonly line: number;
  readonly agency?: Omit<Agency, 'id'>;
  readonly dirt: readonly Dirt[];
}

/** Cleans and checks one entry by itself. `policy`: where the file gives none. */
export function checkEntry(entry: Entry, policy: SignaturePolicy): CheckedEntry {
  const notes = new Notes(entry.line);
  if (entry.malformed !== undefined) {
    notes.drop('ROW_MALFORMED', entry.malformed);
    return { line: entry.line, dirt: notes.dirt };
  }
  const { values } = entry;
  const agency = {
    name: nameOf(values.name, notes),
    status: wordOf(values.status, statuses, 'active', notes),
    signaturePolicy: wordOf(values.policy, policies, policy, notes),
    ...channelOf(values, notes),
    ...placeOf(values, notes),
    codes: codesOf(entry.codes, notes),
  };
  return { line: entry.line, dirt: notes.dirt, ...(notes.dirt.some((one) => one.dropped) ? {} : { agency }) };
}

/** Collects what is found in one row. */
class Notes {
  readonly dirt: Dirt[] = [];
  readonly #line: number;

  constructor(line: number) {
    this.#line = line;
  }

  /** Notes what had to be cleaned in a cell and returns what it is then. */
  cleaned(cell: string | undefined): string {
    const { text, kinds } = clean(cell ?? '');
    for (const kind of kinds) {
      this.dirt.push({ line: this.#line, kind, what: visible(cell ?? ''), cleaned: text, dropped: false });
    }
    return text;
  }

  drop(kind: DirtKind, what: string): void {
    this.dirt.push({ line: this.#line, kind, what: visible(what), dropped: true });
  }
}

function nameOf(cell: string | undefined, notes: Notes): string {
  const name = notes.cleaned(cell);
  if (name === '') notes.drop('NAME_MISSING', cell ?? '');
  else if (name.length > longestName) notes.drop('NAME_TOO_LONG', name);
  else if (looksLegacy(name)) notes.drop('LEGACY_FONT', name);
  return name;
}

function wordOf<W extends string>(cell: string | undefined, words: readonly W[], fallback: W, notes: Notes): W {
  const written = notes.cleaned(cell);
  const word = written === '' ? fallback : words.find((one) => one === written.toLowerCase());
  if (word === undefined) notes.drop('VALUE_UNKNOWN', `${written} (${words.join(', ')})`);
  return word ?? fallback;
}

/** Kind and parent, when the file says them. */
function placeOf(values: Entry['values'], notes: Notes): Pick<Agency, 'kind' | 'parent'> {
  const kind = values.kind === undefined ? undefined : wordOf(values.kind, agencyKinds, 'unit', notes);
  const parent = notes.cleaned(values.parent);
  if (parent !== '' && (parent.length > longestCode || !isCodeForm(parent, 'local'))) notes.drop('CODE_MALFORMED', parent);
  return { ...(kind === undefined ? {} : { kind }), ...(parent === '' ? {} : { parent }) };
}

function channelOf(values: Entry['values'], notes: Notes): Pick<Agency, 'channel' | 'pushUrl' | 'pushConcurrency'> {
  const pushUrl = notes.cleaned(values.pushUrl);
  const channel = wordOf(values.channel, channels, pushUrl === '' ? 'inbox' : 'push', notes);
  if (pushUrl === '' ? channel === 'push' : !isPushUrl(pushUrl)) notes.drop('PUSH_URL_MALFORMED', pushUrl);
  const concurrency = notes.cleaned(values.pushConcurrency);
  if (!/^(?:|[1-9]\d{0,2})$/.test(concurrency)) notes.drop('VALUE_UNKNOWN', `${concurrency} (1–999)`);
  return {
    channel,
    ...(pushUrl === '' ? {} : { pushUrl }),
    ...(concurrency === '' ? {} : { pushConcurrency: Number(concurrency) }),
  };
}

/** True for an absolute http or https URL without a user name: credentials have no place in a register. */
export function isPushUrl(url: string): boolean {
  if (!URL.canParse(url)) return false;
  const { protocol, username, password } = new URL(url);
  return ['http:', 'https:'].includes(protocol) && username === '' && password === '';
}

function codesOf(written: readonly WrittenCode[], notes: Notes): AgencyCode[] {
  if (written.length === 0) notes.drop('CODE_MISSING', '');
  return written.map((one) => codeOf(one, notes));
}

function codeOf(written: WrittenCode, notes: Notes): AgencyCode {
  const code = notes.cleaned(written.code);
  const scheme = wordOf(written.scheme, schemes, schemeOf(code), notes);
  if (code === '') notes.drop('CODE_MISSING', '');
  else if (code.length > longestCode) notes.drop('CODE_TOO_LONG', code);
  else if (!isCodeForm(code, written.scheme === undefined ? undefined : scheme)) notes.drop('CODE_MALFORMED', code);
  const validFrom = dayOf(written.validFrom, notes) ?? validSinceEver;
  const validTo = dayOf(written.validTo, notes);
  if (validTo !== undefined && validTo < validFrom) notes.drop('DATES_REVERSED', `${validFrom} … ${validTo}`);
  return { code, scheme, validFrom, ...(validTo === undefined ? {} : { validTo }) };
}

/** A day as `yyyy-mm-dd`, from that form or `yyyy/mm/dd`. Day before month is refused: it can't be told from month before day. */
function dayOf(cell: string | undefined, notes: Notes): string | undefined {
  const written = notes.cleaned(cell);
  if (written === '') return undefined;
  const day = written.replaceAll('/', '-');
  const exists = /^\d{4}-\d{2}-\d{2}$/.test(day) && !Number.isNaN(Date.parse(day)) && new Date(day).toISOString().startsWith(day);
  if (!exists) notes.drop('DATE_MALFORMED', written);
  return day;
}
