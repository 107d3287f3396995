import { isCodeForm, longestCode, schemeOf } from './code-form.ts';
import type { Agency } from './register.ts';
import type { Client } from './verify.ts';

/** An agency as a system registers it for itself: texts as they came, empty where it said nothing. */
export interface UnitFields {
  readonly code: string;
  readonly name: string;
  /** A code of the agency above it. */
  readonly pcode: string;
  readonly mail: string;
  readonly mobile: string;
  readonly fax: string;
}

/** How to reach an agency; only what was given. */
export type Contacts = Readonly<Partial<Record<'mail' | 'mobile' | 'fax', string>>>;

/** A field of a registration that can't be used. */
export class UnitFault extends Error {
  readonly field: keyof UnitFields;
  readonly value: string;

  constructor(field: keyof UnitFields, value: string) {
    super(`${field}: ${value}`);
    this.field = field;
    this.value = value;
  }
}

/** The agencies that systems register for themselves, and close again. */
export interface OwnUnits {
  /**
   * Registers an agency below one that the client speaks for; the same again changes nothing but its contacts. Throws UnitFault, Rejection
   * CODE_TAKEN, AGENCY_UNKNOWN (its parent), AXIS_UNIT_NOT_BELOW, AXIS_UNIT_CLOSED, AXIS_UNIT_DIFFERS.
   */
  register(fields: UnitFields, client: Client): Promise<void>;
  /**
   * Closes one from today on: it neither sends nor receives any more, what waits for it fails and its senders are told, and its code is
   * never given out again. Closing it twice is closing it once. Throws Rejection AXIS_UNIT_NOT_YOURS.
   */
  close(code: string, client: Client): Promise<void>;
}

/** The longest name (NĐ 30/2020, Annex VI). */
const longestName = 200;
const longestContact = 200;
/** The day from which the code of an agency counts whose registration does not say. */
const validSinceEver = '2000-01-01';

/** The agency and its contacts that these fields register. Throws UnitFault. */
export function unitFrom(fields: UnitFields, more: Pick<Agency, 'id' | 'signaturePolicy'>): { unit: Agency; contacts: Contacts } {
  const { code, pcode } = fields;
  if (code.length > longestCode || !isCodeForm(code, undefined)) throw new UnitFault('code', code);
  const name = plain(fields.name);
  if (name === '' || name.length > longestName) throw new UnitFault('name', name);
  const codes = [{ code, scheme: schemeOf(code), validFrom: validSinceEver }];
  const unit: Agency = { ...more, name, status: 'active', channel: 'inbox', codes, ...(pcode === '' ? {} : { parent: pcode }) };
  return { unit, contacts: contactsIn(fields) };
}

function contactsIn(fields: UnitFields): Contacts {
  const given = (['mail', 'mobile', 'fax'] as const).map((field) => {
    const value = plain(fields[field]);
    if (value.length > longestContact) throw new UnitFault(field, value.slice(0, longestContact));
    return [field, value] as const;
  });
  return Object.fromEntries(given.filter(([, value]) => value !== ''));
}

function plain(text: string): string {
  return text
    .normalize('NFC')
    .replace(/\p{Cf}/gu, '')
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .trim();
}
