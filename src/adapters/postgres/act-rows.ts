import type { Act, ActDetails, ActName, ActState } from '../../routing/acts.ts';
import type { Acceptance } from '../../routing/intake.ts';

/** Expression for `referenceKey` of number and notation; the index packages_reference holds the same. */
export function referenceOf(number: string, notation: string): string {
  return `(ltrim(${number}, '0') || '/' || translate(${notation}, U&'\\00D0\\0189', U&'\\0110\\0110'))`;
}

/**
 * Condition that the package with this id was accepted provisionally and is not cleared: its acts wait (routing/quarantine.ts). One look at a
 * primary key.
 */
export function awaitsRevocation(packageId: string): string {
  return `exists (select 1 from quarantines q where q.package_id = ${packageId} and q.outcome is distinct from 'cleared')`;
}

/** Columns of an act `a`, as `actFrom` reads them. */
export const actColumns = `a.id, a.package_id, a.act, a.status_code, a.owner_agency_id, a.owners, a.parties, a.document_ids, a.reference_key,
  a.reference_date, a.details, a.state, a.target_package_id, a.candidates, a.created_at, a.decided_by`;

/** A row of `actColumns`. */
export interface ActRow {
  id: string;
  package_id: string;
  act: ActName;
  status_code: string | null;
  owner_agency_id: string | null;
  owners: string[];
  parties: string[] | null;
  document_ids: string[];
  reference_key: string | null;
  reference_date: string | null;
  details: ActDetails;
  state: ActState;
  target_package_id: string | null;
  candidates: string[];
  created_at: Date;
  decided_by: string | null;
}

/** The act in a row. */
export function actFrom(row: ActRow): Act {
  return {
    id: row.id,
    act: row.act,
    ...(row.status_code === null ? {} : { status: row.status_code }),
    ...(row.owner_agency_id === null ? {} : { owner: row.owner_agency_id }),
    owners: row.owners,
    ...(row.parties === null ? {} : { parties: row.parties }),
    documentIds: row.document_ids,
    ...(row.reference_key === null ? {} : { reference: row.reference_key }),
    ...(row.reference_date === null ? {} : { date: row.reference_date }),
    details: row.details,
  };
}

/** An act as `jsonb_to_recordset` takes it in. */
export function actRow({ packageId, receivedAt }: Acceptance, act: Act, ordinal: number) {
  const { id, status, owner, owners, parties, documentIds, reference, date, details } = act;
  const named = { ids: documentIds, reference, date };
  return { package: packageId, id, ordinal, act: act.act, status, owner, owners, parties, ...named, details, at: receivedAt };
}
