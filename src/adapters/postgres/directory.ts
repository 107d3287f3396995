import type pg from 'pg';
import type { AgencyEntry, LookUp } from '../../routing/directory.ts';
import type { AgencyCertificate } from '../../routing/package.ts';
import type { Now } from '../../routing/ports.ts';
import type { Ending } from '../../routing/succession.ts';
import type { AgencyFields } from './endings.ts';
import { agencyFields, codeOfDay, fieldsOfMany, readEndings } from './endings.ts';
import { orUnavailable } from './pool.ts';

interface EntryRow extends AgencyFields {
  code: string;
  codeValid: boolean;
  /** A code that is valid on the day. */
  dayCode: string | null;
  beginsOn: string | null;
  ended: boolean | null;
  /** Of the first code only. */
  certificates: readonly CertificateRow[] | null;
}

interface CertificateRow {
  fingerprint: string;
  der: string;
  notBefore: string;
  notAfter: string;
}

/** For how long, in milliseconds, an agency that was looked up is taken to be unchanged. */
const freshFor = 1000;
const mostKept = 20_000;
/** More codes than this at once are not remembered: they would push out those of busy senders. */
const mostAtOnce = 1000;

interface Kept {
  readonly entry: AgencyEntry;
  readonly withCertificates: boolean;
  readonly on: string;
  readonly until: number;
}

/**
 * Looks agencies up by code. A code that several schemes share is the same agency's (primary key and `Register.add` see to it).
 * What was found is remembered for a second, so that a busy sender costs no query for each package; a suspension therefore works
 * after a second at the latest.
 */
export function createLookUp(pool: pg.Pool, now: Now): LookUp {
  const kept = new Map<string, Kept>();
  return async (codes, on) => {
    const time = now().getTime();
    const isFresh = (code: string, index: number) => {
      const known = kept.get(code);
      return known !== undefined && known.until > time && known.on === on && (index > 0 || known.withCertificates);
    };
    if (!codes.every(isFresh)) {
      const found = await orUnavailable(() => lookUp(pool, codes, on));
      if (codes.length > mostAtOnce) return found;
      if (kept.size + codes.length > mostKept) kept.clear();
      for (const [code, entry] of found) {
        kept.set(code, { entry, withCertificates: code === codes[0], on, until: time + freshFor });
      }
      return found;
    }
    return new Map(codes.map((code) => [code, (kept.get(code) as Kept).entry]));
  };
}

/** Codes in one query; more go into queries beside it, so that the database works on one part while another is being read. */
const part = 2500;
const many = 100;

async function lookUp(pool: pg.Pool, codes: readonly string[], on: string): Promise<Map<string, AgencyEntry>> {
  const parts: (readonly string[])[] = [];
  for (let at = 0; at < codes.length; at += part) parts.push(codes.slice(at, at + part));
  const found = new Map<string, AgencyEntry>();
  await Promise.all(parts.map((some) => lookUpPart(pool, some, on, { first: codes[0] as string, found })));
  return found;
}

/** `first`: the code whose agency comes with its certificates. What is found is added to `found`. */
async function lookUpPart(
  pool: pg.Pool,
  codes: readonly string[],
  on: string,
  { first, found }: { readonly first: string; readonly found: Map<string, AgencyEntry> },
): Promise<void> {
  const { rows } = await pool.query<EntryRow>({
    name: codes.length > many ? 'look-up-many' : 'look-up',
    text: `select c.code, ${codes.length > many ? fieldsOfMany : agencyFields}, c.valid as "codeValid", c.begins as "beginsOn", a.ended_on <= $2::date as ended,
        case when c.valid then c.code else ${codeOfDay} end as "dayCode",
        case when c.code = $3 then (
          select coalesce(json_agg(json_build_object('fingerprint', encode(x.fingerprint, 'hex'), 'der', encode(x.der, 'base64'),
            'notBefore', x.not_before, 'notAfter', x.not_after)), '[]')
          from certificates x where x.agency_id = a.id and x.withdrawn_at is null
        ) end as certificates
      from (
        select code, agency_id, bool_or($2::date >= valid_from and (valid_to is null or $2::date <= valid_to)) as valid,
          case when min(valid_from) > $2::date then min(valid_from) end as begins
        from agency_codes where code = any($1) group by code, agency_id
      ) as c join agencies a on a.id = c.agency_id`,
    values: [codes, on, first],
  });
  const ended = rows.filter((row) => row.ended === true).map((row) => row.id);
  const endings = ended.length === 0 ? new Map<string, Ending>() : await readEndings(pool, ended, on);
  for (const row of rows) found.set(row.code, entryFrom(row, endings.get(row.id)));
}

function entryFrom(row: EntryRow, ending: Ending | undefined): AgencyEntry {
  const { id, name, status, codeValid, channel, signaturePolicy, dayCode, beginsOn, ended } = row;
  const certificates = row.certificates?.map(certificateFrom) ?? none;
  const known = { id, name, status, codeValid, channel, signaturePolicy, certificates };
  const entry = dayCode === null ? known : { id, name, status, codeValid, channel, signaturePolicy, certificates, code: dayCode };
  if (beginsOn === null && ending === undefined) return entry;
  return { ...entry, ...(beginsOn === null ? {} : { beginsOn }), ...(ending === undefined || ended !== true ? {} : { ending }) };
}

const none: readonly AgencyCertificate[] = [];

function certificateFrom({ fingerprint, der, notBefore, notAfter }: CertificateRow): AgencyCertificate {
  return { fingerprint, der: Buffer.from(der, 'base64'), notBefore: new Date(notBefore), notAfter: new Date(notAfter) };
}
