-- Systems that speak the protocol of the national axis, and how far they are with what they fetched.

-- A system id logs in by HMAC, for which its secret must be known: it is kept encrypted, under a key that is not in this database.
create table vxp_systems (
  system_id text primary key check (system_id ~ '^[!-~]{1,100}$'),
  client_id text not null references clients,
  -- how old a timestamp may be; null: as the gateway is set
  max_age_seconds integer check (max_age_seconds > 0),
  created_at timestamptz not null
);
create index vxp_systems_client on vxp_systems (client_id);

create table vxp_secrets (
  id uuid primary key,
  system_id text not null references vxp_systems,
  sealed bytea not null,
  created_at timestamptz not null,
  expires_at timestamptz
);
create index vxp_secrets_system on vxp_secrets (system_id);

-- Entries whose recipient said that it is at them; they stay in its list.
create table vxp_entries (
  delivery_id uuid primary key references deliveries,
  description text,
  updated_at timestamptz not null
);
