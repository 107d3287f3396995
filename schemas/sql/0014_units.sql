-- Agencies that a system of the axis protocol registered for itself: these it may close, too.
create table vxp_units (
  agency_id uuid primary key references agencies,
  client_id text not null references clients,
  registered_at timestamptz not null
);

-- Whether packages of a system that use prefixes without declaring them, as the axis' own library accepts, are read all the same.
alter table vxp_systems add column repairs_prefixes boolean not null default false;
