import type pg from 'pg';
import type { AgencyEntry, LookUp } from '../../routing/directory.ts';
import type { Now } from '../../routing/ports.ts';
import { orUnavailable } from './pool.ts';

interface EntryRow extends Omit<AgencyEntry, 'certificates'> {
  code: string;
  certificates: { fingerprint: string; der: string; notBefore: string; notAfter: string }[];
}

/** For how long, in milliseconds, an agency that was looked up is taken to be unchanged. */
const freshFor = 1000;
const mostKept = 20_000;

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
      if (kept.size + codes.length > mostKept) kept.clear();
      for (const [code, entry] of found) {
        kept.set(code, { entry, withCertificates: code === codes[0], on, until: time + freshFor });
      }
      return found;
    }
    return new Map(codes.map((code) => [code, (kept.get(code) as Kept).entry]));
  };
}

async function lookUp(pool: pg.Pool, codes: readonly string[], on: string): Promise<Map<string, AgencyEntry>> {
  if (codes.length === 0) return new Map();
  const { rows } = await pool.query<EntryRow>({
    name: 'look-up',
    text: `select c.code, a.id, a.name, a.status, a.channel, a.signature_policy as "signaturePolicy",
        bool_or($2::date >= c.valid_from and (c.valid_to is null or $2::date <= c.valid_to)) as "codeValid",
        case when c.code = $3 then (
          select coalesce(json_agg(json_build_object('fingerprint', encode(x.fingerprint, 'hex'), 'der', encode(x.der, 'base64'),
            'notBefore', x.not_before, 'notAfter', x.not_after)), '[]')
          from certificates x where x.agency_id = a.id and x.withdrawn_at is null
        ) else '[]' end as certificates
      from agency_codes c join agencies a on a.id = c.agency_id
      where c.code = any($1)
      group by c.code, a.id`,
    values: [codes, on, codes[0]],
  });
  return new Map(rows.map((row) => [row.code, entryFrom(row)]));
}

function entryFrom({ code: _, certificates, ...row }: EntryRow): AgencyEntry {
  return {
    ...row,
    certificates: certificates.map((c) => ({
      fingerprint: c.fingerprint,
      der: Buffer.from(c.der, 'base64'),
      notBefore: new Date(c.notBefore),
      notAfter: new Date(c.notAfter),
    })),
  };
}
