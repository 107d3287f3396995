-- The upward connectors: what was submitted, what came in over a route, and how polling goes.

alter table submissions
  -- the worker that submits it: its lease ends when the process does
  add column busy_by integer,
  -- since when a submission may have arrived without our knowing
  add column doubt_since timestamptz,
  -- recipients that were handed over, each with its own result where that is not the common one: {code: {kind, detail}}
  add column recipients text[] not null default '{}',
  add column each jsonb not null default '{}',
  -- the ids that the other side gave the package; no two packages of a route have the same
  add column doc_ids text[] not null default '{}',
  -- when the fate of its recipients is asked for next; null: never again
  add column follow_at timestamptz;
create index submissions_follow on submissions (route, follow_at) where follow_at is not null;
create index submissions_doc_ids on submissions using gin (doc_ids);

-- What the other side lists for us: one entry for each recipient of a package. `taken`: the package is ours, the other side has not been
-- told; `done`, `refused`: it has been; `quarantined`: a person decides.
create table upward_entries (
  route text not null,
  entry_id text not null check (length(entry_id) between 1 and 200),
  kind text not null check (kind in ('document', 'status')),
  sender text check (length(sender) <= 200),
  recipient text check (length(recipient) <= 200),
  state text not null check (state in ('new', 'taken', 'done', 'quarantined', 'refusing', 'refused')),
  package_id uuid,
  -- why it is in quarantine or was refused: [{code, params}]
  problems jsonb not null default '[]',
  -- the beginning of what came, when it could not be taken
  evidence bytea check (length(evidence) <= 65536),
  detail text not null default '' check (length(detail) <= 2000),
  attempts integer not null default 0,
  first_seen_at timestamptz not null,
  changed_at timestamptz not null,
  decided_by text,
  primary key (route, entry_id)
);
create index upward_entries_open on upward_entries (route, state, changed_at) where state not in ('done', 'refused');
create index upward_entries_ended on upward_entries (changed_at) where state in ('done', 'refused');
create index upward_entries_seen on upward_entries (first_seen_at, entry_id);

-- How the exchange over each route goes.
create table upward_polls (
  route text primary key,
  polled_at timestamptz,
  succeeded_at timestamptz,
  failures integer not null default 0,
  error text,
  synced_at timestamptz,
  -- what the last sync of the directory changed: {added, renamed, closed, reopened, skipped, …}
  report jsonb
);

-- A recipient that is reached over a route is the agency whose code it is, although the delivery names the carrier.
create function reaches(delivery deliveries, agencies uuid[]) returns boolean language sql stable as $$
  select delivery.agency_id = any(agencies)
    or (delivery.channel = 'upward' and exists (select 1 from code_owners o where o.code = delivery.recipient and o.agency_id = any(agencies)))
$$;
create or replace function refuse_forged_status() returns trigger language plpgsql as $$
begin
  if not exists (
    select 1 from acts a
    join packages said on said.id = a.package_id
    join deliveries d on d.id = new.delivery_id
    join packages document on document.id = d.package_id
    where a.package_id = new.package_id and a.act = 'status' and said.accepted and said.kind = 'status'
      and said.status_code = new.status_code and said.sender_agency_id = new.agency_id and said.id <> document.id
      and document.kind = 'document' and document.sender_agency_id = any(a.owners) and reaches(d, a.parties)
      and new.agency_id = any(case when new.status_code = '13' then a.owners || a.owner_agency_id else a.parties end)
  ) then
    raise exception 'status % of delivery % was not said by its agency in package %', new.status_code, new.delivery_id, new.package_id;
  end if;
  return new;
end $$;
