-- The life of a document after it was sent: recalls, updates, replacements and business statuses, and the order of what refers to what.

-- Where the act's target is sought: by DocumentId, else by number/notation and date. Number and notation as `referenceKey` in routing/acts.ts.
-- The sender stands in both, though an id alone says enough: with one column the planner takes any index of the sender while it knows no figures.
create index packages_document on packages (document_id, sender_agency_id) where accepted and kind = 'document' and document_id is not null;
create index packages_reference on packages (
  sender_agency_id, (ltrim(number, '0') || '/' || translate(notation, U&'\00D0\0189', U&'\0110\0110')), promulgation_date
) where accepted and kind = 'document';

-- What an accepted package does to a document: one row for each document that it names. Statuses (also 13, a recall) are acts too.
create table acts (
  id uuid primary key,
  package_id uuid not null references packages,
  ordinal smallint not null,
  act text not null check (act in ('recall', 'update', 'replace', 'status')),
  status_code text,
  -- the agency whose document it must be, and those whose documents that agency answers for (itself and those it succeeded)
  owner_agency_id uuid,
  owners uuid[] not null,
  -- of a status: the recipient that it is about, and those that this agency answers for
  parties uuid[],
  -- how the package names its target: ids in the order in which they are tried, then number/notation with the date
  document_ids text[] not null,
  reference_key text,
  reference_date date,
  -- {documentInfo, added, removed, agencies, reason, staff, statedAt, description}
  details jsonb not null,
  -- open: not looked at yet. unmatched: no such document yet. ambiguous: several, a person chooses. refused: another agency's document.
  state text not null check (state in ('open', 'unmatched', 'ambiguous', 'refused', 'applied', 'dismissed')),
  target_package_id uuid references packages,
  candidates uuid[] not null default '{}',
  created_at timestamptz not null,
  check_at timestamptz not null,
  -- who matched or dismissed it; null when the gateway found the one document itself
  decided_by text,
  unique (package_id, ordinal),
  check (state <> 'applied' or target_package_id is not null)
);
create index acts_due on acts (check_at) where state in ('open', 'unmatched');
create index acts_unmatched on acts (owner_agency_id) where state = 'unmatched';
create index acts_pending on acts (id) where state in ('open', 'unmatched', 'ambiguous');
create index acts_target on acts (target_package_id, id) where target_package_id is not null;

-- Why a waiting delivery may not go yet; null: it may. No worker claims it, no inbox lists it before.
--   match      its act has not found its document yet
--   order      goes when all of after_ids are final or fetched
--   received   as order, and only if the recipient has, or may have, one of them
--   recall     a document that an earlier recall may be waiting for
--   withdrawn  withdrawn by its sender during an attempt: ends with the attempt
alter table deliveries add column gate text check (gate in ('match', 'order', 'received', 'recall', 'withdrawn'));
alter table deliveries add column after_ids uuid[];
-- what its sender did about the document since, for this recipient
alter table deliveries add column standing text check (standing in ('recalled', 'removed', 'replaced'));
create index deliveries_gated on deliveries (id) where gate is not null and state = 'waiting';

-- True when nothing of the package can have reached the recipient: no connection was made.
alter table attempts add column unsent boolean not null default false;

-- Business statuses by document and recipient (`delivery_id`: that of the document), each said by a status package of that recipient
-- (13: of the document's sender). Append-only.
create table statuses (
  id uuid primary key,
  position bigint generated always as identity,
  package_id uuid not null references packages,
  delivery_id uuid not null references deliveries,
  agency_id uuid not null references agencies,
  status_code text not null,
  stated_at timestamptz,
  received_at timestamptz not null,
  description text not null,
  staff jsonb not null,
  unique (package_id)
);
create index statuses_delivery on statuses (delivery_id, position);
create trigger statuses_append_only before update or delete on statuses for each statement execute function refuse_change();

-- The gateway never speaks for a recipient: a status needs the accepted package in which that recipient said it.
create function refuse_forged_status() returns trigger language plpgsql as $$
begin
  if not exists (
    select 1 from acts a
    join packages said on said.id = a.package_id
    join deliveries d on d.id = new.delivery_id
    join packages document on document.id = d.package_id
    where a.package_id = new.package_id and a.act = 'status' and said.accepted and said.kind = 'status'
      and said.status_code = new.status_code and said.sender_agency_id = new.agency_id and said.id <> document.id
      and document.kind = 'document' and document.sender_agency_id = any(a.owners) and d.agency_id = any(a.parties)
      and new.agency_id = any(case when new.status_code = '13' then a.owners || a.owner_agency_id else a.parties end)
  ) then
    raise exception 'status % of delivery % was not said by its agency in package %', new.status_code, new.delivery_id, new.package_id;
  end if;
  return new;
end $$;
create trigger statuses_not_forged before insert on statuses for each row execute function refuse_forged_status();
