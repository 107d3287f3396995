import type pg from 'pg';
import type { AgencyEntry, LookUp } from '../../routing/directory.ts';
import { orUnavailable } from './pool.ts';

interface EntryRow extends Omit<AgencyEntry, 'certificates'> {
  code: string;
  certificates: { fingerprint: string; der: string; notBefore: string; notAfter: string }[];
}

/** Looks agencies up by code. A code that several schemes share is the same agency's (primary key and `Register.add` see to it). */
export function createLookUp(pool: pg.Pool): LookUp {
  return (codes, on) => orUnavailable(() => lookUp(pool, codes, on));
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
