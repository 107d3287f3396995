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
