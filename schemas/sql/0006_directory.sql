-- The directory with time: the tree of agencies, who owns a code for ever, and successions.
-- Days are those of Viet Nam. What is true on a day is always computed from the dates: nothing has to run when a day comes.

alter table agencies
  add column kind text not null default 'unit' check (kind in ('ministry', 'province', 'department', 'district', 'commune', 'unit')),
  -- the parent before any move
  add column parent_id uuid references agencies deferrable initially deferred,
  -- the first day on which it no longer exists; set and taken back with its succession
  add column ended_on date,
  -- the words of the folded name, for the search
  add column words tsvector not null generated always as
    (array_to_tsvector(string_to_array(trim(regexp_replace(name_folded, '[^a-z0-9]+', ' ', 'g')), ' '))) stored,
  add check (parent_id <> id);
create index agencies_parent on agencies (parent_id) where parent_id is not null;
create index agencies_kind on agencies (kind, id) where kind <> 'unit';
create index agencies_closed on agencies (id) where status = 'closed';
create index agencies_roots on agencies (id) where parent_id is null;
create index agencies_words on agencies using gin (words);
create index agencies_name on agencies (name_folded text_pattern_ops);

-- the code from level 1 down, `H53.31.21` for `000.21.31.H53`; null when its level 1 is not known
alter table agency_codes add column path text;
create index agency_codes_path on agency_codes (path text_pattern_ops) where path is not null;
create index agency_codes_prefix on agency_codes (code text_pattern_ops);

-- Whose a code is, for ever: kept even when the code itself is withdrawn.
create table code_owners (
  code text primary key,
  agency_id uuid not null references agencies
);
create index code_owners_agency on code_owners (agency_id);
insert into code_owners (code, agency_id) select distinct on (code) code, agency_id from agency_codes order by code, agency_id;

create function own_codes() returns trigger language plpgsql as $$
begin
  insert into code_owners (code, agency_id) select distinct on (n.code) n.code, n.agency_id from added n on conflict do nothing;
  if exists (select from added n join code_owners o on o.code = n.code where o.agency_id <> n.agency_id) then
    raise exception 'a code belongs to another agency' using errcode = 'unique_violation', constraint = 'code_owners';
  end if;
  return null;
end $$;
create trigger agency_codes_owned after insert on agency_codes referencing new table as added for each statement execute function own_codes();

create function refuse_new_owner() returns trigger language plpgsql as $$
begin
  raise exception 'code % can not change its owner', old.code;
end $$;
create trigger agency_codes_stay before update of code, agency_id on agency_codes
  for each row when (old.code <> new.code or old.agency_id <> new.agency_id) execute function refuse_new_owner();
create trigger code_owners_append_only before update or delete on code_owners for each statement execute function refuse_change();

-- A file of successions as it was applied, in one transaction.
create table succession_batches (
  id uuid primary key,
  applied_at timestamptz not null,
  actor text not null,
  file_name text not null,
  sha256 bytea not null check (length(sha256) = 32),
  undone_at timestamptz,
  undone_by text,
  undo_reason text,
  check ((undone_at is null) = (undone_by is null))
);

-- What happened to one agency on one day. `name`, `parent_id`, `code` are what it has from then on, when that changed.
create table successions (
  id uuid primary key,
  batch_id uuid not null references succession_batches,
  line integer not null,
  kind text not null check (kind in ('close', 'rename', 'merge', 'split', 'move')),
  effective_on date not null,
  agency_id uuid not null references agencies,
  name text,
  name_folded text,
  words tsvector generated always as
    (array_to_tsvector(string_to_array(trim(regexp_replace(name_folded, '[^a-z0-9]+', ' ', 'g')), ' '))) stored,
  parent_id uuid references agencies,
  code text,
  scheme text check (scheme in ('qcvn102', 'qd20', 'axis', 'local')),
  basis text,
  undone boolean not null default false,
  check (kind <> 'rename' or name is not null or code is not null),
  check (kind <> 'move' or parent_id is not null),
  check (kind in ('rename', 'move') or (name is null and parent_id is null and code is null))
);
-- an agency ends once
create unique index successions_end on successions (agency_id) where kind in ('close', 'merge', 'split') and not undone;
-- and has one name and one parent on a day
create unique index successions_day on successions (agency_id, kind, effective_on) where not undone;
create index successions_batch on successions (batch_id);
create index successions_words on successions using gin (words) where name is not null and not undone;
create index successions_parent on successions (parent_id) where parent_id is not null and not undone;

-- Who follows: one for a merger, several for a split. Without a rule a person decides.
create table succession_shares (
  succession_id uuid not null references successions,
  ordinal integer not null,
  successor_id uuid not null references agencies,
  rule jsonb,
  primary key (succession_id, ordinal)
);
create index succession_shares_successor on succession_shares (successor_id);

-- Codes that a succession ended because another one of the same scheme took their place, with the end they had before.
create table succession_codes (
  succession_id uuid not null references successions,
  code text not null,
  scheme text not null,
  valid_to_before date,
  primary key (succession_id, code, scheme)
);

create function name_on(agency agencies, day date) returns text language sql stable as $$
  select coalesce((
    select s.name from successions s
    where s.agency_id = agency.id and s.kind in ('rename', 'move') and not s.undone and s.name is not null and s.effective_on <= day
    order by s.effective_on desc limit 1), agency.name)
$$;

create function exists_on(agency agencies, day date) returns boolean language sql stable as $$
  select agency.status <> 'closed' and (agency.ended_on is null or agency.ended_on > day)
    and exists (select from agency_codes c where c.agency_id = agency.id and c.valid_from <= day)
$$;

create function parent_on(agency agencies, day date) returns uuid language sql stable as $$
  select coalesce((
    select s.parent_id from successions s
    where s.agency_id = agency.id and s.kind = 'move' and not s.undone and s.effective_on <= day
    order by s.effective_on desc limit 1), agency.parent_id)
$$;

-- those right under an agency that exist on the day
create function children_on(parent uuid, day date) returns setof uuid language sql stable as $$
  select a.id from agencies a
  where a.id in (
      select c.id from agencies c where c.parent_id = parent
      union all
      select s.agency_id from successions s where s.parent_id = parent and not s.undone and s.effective_on <= day
    )
    and parent_on(a, day) = parent and exists_on(a, day)
$$;

-- Groups of agencies: by rule (kinds, parent, words of the name) or by hand.
create table agency_groups (
  -- may stand in a package where the code of a recipient stands
  key text primary key check (key ~ '^[0-9A-Za-z][0-9A-Za-z.]{0,34}$'),
  name text not null,
  rule jsonb,
  created_at timestamptz not null default now()
);
create table agency_group_members (
  group_key text not null references agency_groups on delete cascade,
  agency_id uuid not null references agencies,
  primary key (group_key, agency_id)
);

-- Level-1 units (ministries, provinces) and their codes: data, loaded from a file.
create table level_one_codes (
  code text primary key check (code ~ '^[A-Z0-9]{1,10}$'),
  name text not null,
  closed_on date,
  successor text references level_one_codes deferrable initially deferred,
  confirmed boolean not null,
  source text not null,
  check (successor is null or (closed_on is not null and successor <> code))
);
