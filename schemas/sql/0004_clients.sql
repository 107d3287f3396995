-- Clients that can be suspended, certificates they log in with, and the gateway's own keys through the years.

-- access tokens that were issued before this moment are refused: set when a client is suspended or a secret withdrawn
alter table clients add column tokens_from timestamptz;

-- A client is known by one certificate (fingerprint) or by all certificates of one issuer with one subject.
create table client_certificates (
  id uuid primary key,
  client_id text not null references clients,
  fingerprint bytea check (length(fingerprint) = 32),
  subject text,
  issuer text,
  bound_at timestamptz not null,
  withdrawn_at timestamptz,
  check ((fingerprint is null) = (subject is not null) and (subject is null) = (issuer is null))
);
create index client_certificates_client on client_certificates (client_id);
-- a certificate speaks for one client only
create unique index client_certificates_fingerprint on client_certificates (fingerprint) where withdrawn_at is null and fingerprint is not null;
create unique index client_certificates_subject on client_certificates (subject, issuer) where withdrawn_at is null and subject is not null;

-- Every key that this gateway has signed with. `retired_at`: when another took its place; what it signed before stays valid.
create table gateway_keys (
  fingerprint bytea primary key check (length(fingerprint) = 32),
  algorithm text not null check (algorithm in ('ecdsa-sha256', 'rsa-sha256')),
  der bytea not null,
  origin text not null check (origin in ('made', 'file', 'pkcs11')),
  active_from timestamptz not null,
  retired_at timestamptz check (retired_at >= active_from)
);
