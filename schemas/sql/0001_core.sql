-- Agencies, clients, packages, deliveries and the append-only record of what happened to them.
-- Ids are UUIDv7 made by the gateway, so they sort by time. Times are UTC.

create table agencies (
  id uuid primary key,
  name text not null,
  -- the name without accents, zero-width characters and case, for searching
  name_folded text not null,
  status text not null default 'active' check (status in ('active', 'suspended', 'closed')),
  signature_policy text not null default 'required' check (signature_policy in ('required', 'legacy', 'optional')),
  channel text not null default 'inbox' check (channel in ('inbox', 'push')),
  push_url text,
  -- settings of the push channel beyond its URL: {"concurrency": 4}
  push_settings jsonb not null default '{}',
  created_at timestamptz not null default now(),
  check (channel <> 'push' or push_url is not null)
);

create table agency_codes (
  code text not null check (code ~ '^[0-9A-Za-z.]{1,35}$'),
  scheme text not null check (scheme in ('qcvn102', 'qd20', 'axis', 'local')),
  agency_id uuid not null references agencies,
  valid_from date not null default '2000-01-01',
  valid_to date,
  check (valid_to is null or valid_to >= valid_from),
  -- a code is never given to another agency
  primary key (code, scheme)
);
create index agency_codes_agency on agency_codes (agency_id);

create table certificates (
  fingerprint bytea not null check (length(fingerprint) = 32),
  agency_id uuid not null references agencies,
  der bytea not null,
  subject text not null,
  issuer text not null,
  serial text not null,
  not_before timestamptz not null,
  not_after timestamptz not null,
  added_at timestamptz not null default now(),
  withdrawn_at timestamptz,
  primary key (agency_id, fingerprint)
);
create index certificates_expiry on certificates (not_after) where withdrawn_at is null;

create table clients (
  id text primary key check (id ~ '^[a-z0-9][a-z0-9._-]{0,62}$'),
  name text not null,
  scopes text[] not null,
  created_at timestamptz not null default now(),
  disabled_at timestamptz
);

create table client_agencies (
  client_id text not null references clients,
  agency_id uuid not null references agencies,
  primary key (client_id, agency_id)
);
create index client_agencies_agency on client_agencies (agency_id);

create table client_secrets (
  id uuid primary key,
  client_id text not null references clients,
  hash text not null,
  created_at timestamptz not null default now(),
  expires_at timestamptz
);
create index client_secrets_client on client_secrets (client_id);

-- One row for every package that was accepted or rejected.
create table packages (
  id uuid primary key,
  accepted boolean not null,
  client_id text not null,
  -- no foreign keys to agencies on the busy tables: each check would lock the same few rows; agencies are never deleted
  sender_agency_id uuid,
  sender_code text,
  transport_id text check (length(transport_id) <= 200),
  sha256 bytea not null check (length(sha256) = 32),
  size bigint not null,
  received_at timestamptz not null,
  kind text check (kind in ('document', 'status')),
  action text check (action in ('new', 'recall', 'update', 'replace')),
  document_id text,
  number text,
  notation text,
  promulgation_date date,
  status_code text,
  subject text,
  urgency smallint not null default 0 check (urgency between 0 and 4),
  signature_state text check (signature_state in ('valid', 'weak', 'absent')),
  signature_algorithm text,
  certificate_fingerprint bytea,
  -- every reason of a rejected package, the warnings of an accepted one: [{code, at, line, params}]
  problems jsonb not null default '[]',
  check (not accepted or (sender_agency_id is not null and kind is not null and signature_state is not null))
);
-- Intake is idempotent. A rejected package occupies nothing.
create unique index packages_transport on packages (sender_agency_id, transport_id) where accepted and transport_id is not null;
create unique index packages_content on packages (sender_agency_id, sha256) where accepted;
create index packages_sent on packages (sender_agency_id, id);
create index packages_certificate on packages (certificate_fingerprint, id) where accepted;
create index packages_rejected on packages (client_id, id) where not accepted;

-- The received bytes of an accepted package: the XML with a 32-byte token in place of each lifted run …
create table package_texts (
  package_id uuid primary key references packages,
  content bytea not null
);
alter table package_texts alter column content set storage external;

-- … and the runs, whose bytes are files of the content store named by their SHA-256. `at` is the token's byte in the text.
create table package_runs (
  package_id uuid not null references packages,
  ordinal integer not null,
  at integer not null,
  sha256 bytea not null check (length(sha256) = 32),
  length bigint not null,
  primary key (package_id, ordinal)
);
create index package_runs_content on package_runs (sha256);

create table attachments (
  package_id uuid not null references packages,
  ordinal integer not null,
  content_id text not null,
  name text not null,
  declared_type text not null,
  sniffed_type text not null,
  form text not null check (form in ('plain', 'zip')),
  size bigint not null,
  sha256 bytea not null,
  file_size bigint not null,
  file_sha256 bytea not null,
  primary key (package_id, ordinal)
);

create sequence inbox_positions;

-- Numbers of worker processes: each holds the advisory lock (10, number) while it lives, so that its leases can be told from a dead one's.
create sequence worker_numbers as integer cycle;

create table deliveries (
  id uuid primary key,
  package_id uuid not null references packages,
  recipient text not null,
  agency_id uuid,
  channel text check (channel in ('inbox', 'push')),
  urgency smallint not null check (urgency between 0 and 4),
  state text not null check (state in ('waiting', 'held', 'delivered', 'failed', 'cancelled', 'expired')),
  -- why it is held, failed, cancelled or expired: {code, params}
  problem jsonb,
  turn integer not null,
  attempts integer not null default 0,
  tries integer not null default 0,
  faults integer not null default 0,
  created_at timestamptz not null,
  due_at timestamptz not null,
  deadline_at timestamptz not null,
  changed_at timestamptz not null,
  -- set while a worker is at it
  lease_until timestamptz,
  leased_by integer,
  -- place in the recipient's inbox; a new one each time it becomes waiting
  inbox_position bigint,
  fetched_at timestamptz,
  unique (package_id, recipient),
  check (state <> 'waiting' or (agency_id is not null and channel is not null and problem is null)),
  check (state not in ('held', 'failed', 'cancelled', 'expired') or problem is not null),
  check (leased_by is null or state = 'waiting')
);
create index deliveries_due on deliveries (due_at, id) where state = 'waiting' and channel = 'push';
create index deliveries_due_to on deliveries (agency_id, urgency desc, due_at) where state = 'waiting' and channel = 'push';
-- deadlines of one urgency lie equally far from the start of waiting, so this also finds who waits longest
create index deliveries_deadline on deliveries (urgency, deadline_at) where state = 'waiting';
create index deliveries_inbox on deliveries (agency_id, inbox_position) where state = 'waiting' and channel = 'inbox';
create index deliveries_leased on deliveries (leased_by) where leased_by is not null;
create index deliveries_state on deliveries (state, id);
create index deliveries_recipient on deliveries (agency_id, state, id);

create table attempts (
  id uuid primary key,
  delivery_id uuid not null references deliveries,
  turn integer not null,
  result text not null check (result in ('delivered', 'unavailable', 'refused', 'fault')),
  detail text not null,
  http_status smallint,
  started_at timestamptz not null,
  finished_at timestamptz not null
);
create index attempts_delivery on attempts (delivery_id, id);

create table receipts (
  id uuid primary key,
  position bigint generated always as identity,
  kind text not null check (kind in ('accepted', 'rejected', 'delivered', 'failed', 'expired', 'cancelled')),
  package_id uuid not null references packages,
  delivery_id uuid references deliveries,
  -- whose feed it is in; null when the sender of a rejected package is not an agency of the client
  sender_agency_id uuid,
  issued_at timestamptz not null,
  xml text not null,
  check ((delivery_id is null) = (kind in ('accepted', 'rejected')))
);
create index receipts_feed on receipts (sender_agency_id, position);
create index receipts_package on receipts (package_id, position);

create table events (
  seq bigint generated always as identity primary key,
  name text not null,
  at timestamptz not null,
  actor text not null,
  package_id uuid,
  delivery_id uuid,
  from_state text,
  to_state text,
  reason text
);
create index events_package on events (package_id, seq);

-- The hash chain over all events, in the order of sealing: hash = SHA-256(previous hash || canonical event).
create table event_chain (
  position bigint primary key,
  event_seq bigint not null unique,
  hash bytea not null check (length(hash) = 32)
);

-- Circuit breakers of recipients.
create table breakers (
  agency_id uuid primary key references agencies,
  failures integer not null,
  probe_at timestamptz
);

-- Bulk replays: the filter, and every delivery chosen at planning time, so that a crash resumes and repeats nothing.
create table replay_plans (
  id uuid primary key,
  created_at timestamptz not null,
  actor text not null,
  reason text not null,
  filter jsonb not null,
  total integer not null,
  finished_at timestamptz
);
create index replay_plans_open on replay_plans (id) where finished_at is null;

create table replay_items (
  plan_id uuid not null references replay_plans,
  delivery_id uuid not null references deliveries,
  -- null: still to do
  result text check (result in ('replayed', 'skipped')),
  primary key (plan_id, delivery_id)
);
create index replay_items_open on replay_items (plan_id, delivery_id) where result is null;

-- Attempts, receipts, events and the chain are records: never changed, never removed by the gateway.
create function refuse_change() returns trigger language plpgsql as $$
begin
  raise exception '% is append-only', tg_table_name;
end $$;
create trigger attempts_append_only before update or delete on attempts for each statement execute function refuse_change();
create trigger receipts_append_only before update or delete on receipts for each statement execute function refuse_change();
create trigger events_append_only before update or delete on events for each statement execute function refuse_change();
create trigger event_chain_append_only before update or delete on event_chain for each statement execute function refuse_change();
