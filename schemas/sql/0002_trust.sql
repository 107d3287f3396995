-- Who is trusted, by what, and what was relied on for each package.

create table trust_anchors (
  id text primary key check (id ~ '^[a-z0-9][a-z0-9-]{0,62}$'),
  name text not null,
  fingerprint bytea not null unique check (length(fingerprint) = 32),
  certificate bytea not null,
  -- {purposes, revocation, extendedKeyUsages, rsaBits, ecBits}
  policy jsonb not null,
  added_at timestamptz not null,
  -- an anchor is never deleted: evidence and bindings name it
  retired_at timestamptz
);

-- Certificates of authorities that help to find a path; not trusted by themselves.
create table trust_intermediates (
  fingerprint bytea primary key check (length(fingerprint) = 32),
  certificate bytea not null,
  subject text not null,
  added_at timestamptz not null
);

-- Any certificate below an anchor (of this issuer, DER of its Name) whose subject fits is a certificate of the agency.
create table certificate_bindings (
  id uuid primary key,
  agency_id uuid not null references agencies,
  anchor_id text not null references trust_anchors,
  issuer bytea,
  -- [{type, value}], never empty
  subject jsonb not null check (jsonb_array_length(subject) > 0),
  added_at timestamptz not null,
  withdrawn_at timestamptz
);
create index certificate_bindings_agency on certificate_bindings (agency_id) where withdrawn_at is null;

-- One row: the version of everything above. Verdicts are remembered for a version only.
create table trust_version (
  only_row boolean primary key default true check (only_row),
  version bigint not null
);
insert into trust_version (version) values (1);

-- Certificates that were accepted by a binding, as they were first seen, so that their end can be announced.
create table bound_certificates (
  agency_id uuid not null references agencies,
  fingerprint bytea not null check (length(fingerprint) = 32),
  subject text not null,
  issuer text not null,
  serial text not null,
  not_before timestamptz not null,
  not_after timestamptz not null,
  first_seen_at timestamptz not null,
  primary key (agency_id, fingerprint)
);
create index bound_certificates_expiry on bound_certificates (not_after);

-- One row for each step (60, 30, 7 days) at which the end of a certificate was announced.
create table certificate_warnings (
  agency_id uuid not null references agencies,
  fingerprint bytea not null check (length(fingerprint) = 32),
  days smallint not null,
  at timestamptz not null,
  primary key (agency_id, fingerprint, days)
);

-- What was relied on, each thing once, named by the SHA-256 of its bytes: DER of certificates, CRLs, OCSP responses and timestamps.
create table trust_objects (
  sha256 bytea primary key check (length(sha256) = 32),
  kind text not null check (kind in ('certificate', 'crl', 'ocsp', 'timestamp')),
  der bytea not null
);
alter table trust_objects alter column der set storage external;

-- What was concluded from them, as JSON text named by its SHA-256: the same for all packages of a certificate while nothing changes.
create table trust_statements (
  sha256 bytea primary key check (length(sha256) = 32),
  statement text not null
);

-- The statement that a package was accepted under, the moment it was judged at, and the timestamp that proves it, if one does.
-- No foreign keys on the busy table: each check would lock the same few rows, and what they name is append-only.
alter table packages add column trust_statement bytea;
alter table packages add column trust_at timestamptz;
alter table packages add column trust_timestamp bytea;

-- Later judgements of the same package: what a quarantine ended with.
create table trust_reviews (
  package_id uuid not null references packages,
  at timestamptz not null,
  statement bytea not null references trust_statements,
  primary key (package_id, at)
);

create trigger trust_objects_append_only before update or delete on trust_objects for each statement execute function refuse_change();
create trigger trust_statements_append_only before update or delete on trust_statements for each statement execute function refuse_change();
create trigger trust_reviews_append_only before update or delete on trust_reviews for each statement execute function refuse_change();
