-- Revocation: lists, OCSP answers, where lists are fetched from, packages taken provisionally, and notices.

-- The list that holds now, one for each authority, scope and kind. What was relied on is kept with the packages.
create table crls (
  -- SHA-256 over name and key of the authority
  authority bytea not null check (length(authority) = 32),
  -- the issuing distribution point as the list states it; empty without one
  scope bytea not null,
  delta boolean not null,
  sha256 bytea not null unique check (length(sha256) = 32),
  issuer text not null,
  number numeric,
  base numeric,
  this_update timestamptz not null,
  next_update timestamptz not null,
  entries integer not null,
  source text not null,
  fetched_at timestamptz not null,
  der bytea not null,
  primary key (authority, scope, delta),
  check (delta = (base is not null))
);
alter table crls alter column der set storage external;

create table ocsp_answers (
  authority bytea not null check (length(authority) = 32),
  serial text not null,
  sha256 bytea not null check (length(sha256) = 32),
  this_update timestamptz not null,
  valid_until timestamptz not null,
  fetched_at timestamptz not null,
  der bytea not null,
  primary key (authority, serial)
);
create index ocsp_answers_age on ocsp_answers (valid_until);

create table crl_sources (
  url text primary key check (length(url) <= 2000),
  etag text,
  last_modified text,
  checked_at timestamptz,
  next_check_at timestamptz not null,
  failures integer not null default 0,
  problem jsonb
);
create index crl_sources_due on crl_sources (next_check_at);

-- Packages that were accepted although nobody could say whether their certificate was revoked, until somebody can.
create table quarantines (
  package_id uuid primary key references packages,
  since timestamptz not null,
  next_check_at timestamptz not null,
  checks integer not null default 0,
  -- why it is still open
  why text,
  settled_at timestamptz,
  outcome text check (outcome in ('cleared', 'revoked')),
  check ((settled_at is null) = (outcome is null))
);
create index quarantines_open on quarantines (next_check_at) where settled_at is null;

-- A notice is a receipt of the kind `revoked` in the feed of each agency that it concerns, one for each package.
alter table receipts drop constraint receipts_kind_check;
alter table receipts add constraint receipts_kind_check
  check (kind in ('accepted', 'rejected', 'delivered', 'failed', 'expired', 'cancelled', 'revoked'));
alter table receipts drop constraint receipts_check;
alter table receipts add constraint receipts_check check ((delivery_id is null) = (kind in ('accepted', 'rejected', 'revoked')));

create table revocation_notices (
  package_id uuid not null references packages,
  agency_id uuid not null references agencies,
  receipt_id uuid not null references receipts,
  primary key (package_id, agency_id)
);
