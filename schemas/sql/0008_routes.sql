-- Routing rules and upward routes.

-- A delivery goes to the recipient's inbox, is pushed to its URL, or goes upward over a route to whoever carries it there.
alter table agencies drop constraint agencies_channel_check,
  add constraint agencies_channel_check check (channel in ('inbox', 'push', 'upward'));
alter table deliveries drop constraint deliveries_channel_check,
  add constraint deliveries_channel_check check (channel in ('inbox', 'push', 'upward')),
  -- the upward route, whose carrier is then the agency of the delivery
  add column route text,
  -- the group that the package named, of which the recipient is a member
  add column named_as text,
  add constraint deliveries_route_check check (state <> 'waiting' or (channel = 'upward') = (route is not null));
drop index deliveries_due;
create index deliveries_due on deliveries (due_at, id) where state = 'waiting' and channel in ('push', 'upward');
drop index deliveries_due_to;
create index deliveries_due_to on deliveries (agency_id, urgency desc, due_at) where state = 'waiting' and channel in ('push', 'upward');
create index deliveries_upward on deliveries (recipient, id) where channel = 'upward';

-- Who carries what goes to other provinces and ministries. Caps and breaker of the route are those of the carrier.
create table upward_routes (
  name text primary key check (name ~ '^[a-z][a-z0-9-]{0,31}$'),
  agency_id uuid not null unique references agencies,
  -- which connector serves it
  kind text not null check (kind ~ '^[a-z][a-z0-9-]{0,31}$'),
  settings jsonb not null default '{}',
  opened_at timestamptz not null,
  closed_at timestamptz
);

-- Rules, tried in ascending order; the first that fits decides. What none decides is held.
create table routing_rules (
  name text primary key check (name ~ '^[a-z][a-z0-9-]{0,31}$'),
  place integer not null check (place between 1 and 9999),
  condition text not null check (length(condition) <= 4000),
  action text not null check (length(action) <= 100),
  unique (place) deferrable initially deferred
);
insert into routing_rules (name, place, condition, action) values
  ('own', 100, 'own', 'channel'),
  ('groups', 200, 'group', 'members'),
  ('others', 300, 'other-level-one', 'upward:axis'),
  ('unknown', 900, 'own-level-one', 'refuse'),
  ('rest', 1000, 'any', 'hold');

-- A package goes upward once for each route, whatever the number of its recipients there.
create table submissions (
  package_id uuid not null references packages,
  route text not null,
  -- while one worker submits it, until then
  busy_until timestamptz,
  done_at timestamptz,
  -- what the other side answered
  detail text,
  primary key (package_id, route)
);

-- The upward route over which a package came in; null for one that a client of ours brought.
alter table packages add column route text;

-- Days that differ from their weekday.
create table special_days (
  day date primary key,
  kind text not null check (kind in ('holiday', 'working')),
  name text not null check (length(name) <= 200)
);

-- Warnings of deadlines by law, each given once.
create table law_warnings (
  delivery_id uuid not null references deliveries,
  level text not null check (level in ('near', 'late')),
  at timestamptz not null,
  primary key (delivery_id, level)
);

-- Legal holds: nothing that one of them fits is removed. Every condition that is given must hold; at least one is.
create table legal_holds (
  id uuid primary key,
  package_id uuid,
  sender_agency_id uuid,
  recipient_agency_id uuid,
  document_id text,
  since timestamptz,
  until timestamptz,
  reason text not null check (reason <> ''),
  actor text not null,
  created_at timestamptz not null,
  lifted_at timestamptz,
  lifted_by text,
  lift_reason text,
  check (num_nonnulls(package_id, sender_agency_id, recipient_agency_id, document_id, since, until) > 0)
);
create index legal_holds_open on legal_holds (id) where lifted_at is null;

-- What was removed by policy: the content of a package, or all records of it. Append-only; each batch closes with an event that holds the
-- digest of its rows, so that the chain proves this table, too.
create table purged_packages (
  package_id uuid not null,
  part text not null check (part in ('payload', 'records')),
  batch_id uuid not null,
  purged_at timestamptz not null,
  sender_code text,
  received_at timestamptz not null,
  accepted boolean not null,
  sha256 bytea not null,
  size bigint not null,
  deliveries integer not null,
  primary key (package_id, part)
);
create index purged_packages_batch on purged_packages (batch_id);
create index purged_packages_sent on purged_packages (package_id) where part = 'records' and accepted;
-- the event of a batch by its id
create index events_purged on events (split_part(reason, ' ', 3)) where name = 'retention.purged';
-- Events that went with their package; their links stay in the chain.
create table purged_events (
  seq bigint primary key,
  package_id uuid not null
);
create trigger purged_packages_append_only before update or delete on purged_packages for each statement execute function refuse_change();
create trigger purged_events_append_only before update or delete on purged_events for each statement execute function refuse_change();

-- True when the records of a package have been noted as removed: only then may they go.
create function is_purged(id uuid) returns boolean language sql as $$
  select exists (select 1 from purged_packages where package_id = id and part = 'records')
$$;
create function refuse_unless_purged() returns trigger language plpgsql as $$
begin
  if not coalesce(is_purged(old.package_id), false) then raise exception '% is append-only', tg_table_name; end if;
  return old;
end $$;
create function refuse_attempt_unless_purged() returns trigger language plpgsql as $$
begin
  if not coalesce((select is_purged(package_id) from deliveries where id = old.delivery_id), false) then
    raise exception '% is append-only', tg_table_name;
  end if;
  return old;
end $$;

-- a status goes with its own package, or with the document that it is about
create function refuse_status_unless_purged() returns trigger language plpgsql as $$
begin
  if not (is_purged(old.package_id) or coalesce((select is_purged(package_id) from deliveries where id = old.delivery_id), false)) then
    raise exception '% is append-only', tg_table_name;
  end if;
  return old;
end $$;

do $$
declare
  record_of record;
begin
  for record_of in
    select * from (values
      ('attempts', 'refuse_attempt_unless_purged'),
      ('receipts', 'refuse_unless_purged'),
      ('events', 'refuse_unless_purged'),
      ('statuses', 'refuse_status_unless_purged'),
      ('trust_reviews', 'refuse_unless_purged'),
      ('content_findings', 'refuse_unless_purged')
    ) as v(name, rule)
  loop
    execute format('drop trigger %I on %I', record_of.name || '_append_only', record_of.name);
    execute format('create trigger %I before update or truncate on %I for each statement execute function refuse_change()',
      record_of.name || '_append_only', record_of.name);
    execute format('create trigger %I before delete on %I for each row execute function %I()',
      record_of.name || '_purged', record_of.name, record_of.rule);
  end loop;
end $$;
drop trigger event_chain_append_only on event_chain;
create trigger event_chain_append_only before update or delete or truncate on event_chain for each statement execute function refuse_change();

-- Removes all records of packages that stand in purged_packages, children first.
create function remove_records(ids uuid[]) returns void language plpgsql as $$
begin
  insert into purged_events (seq, package_id) select seq, package_id from events where package_id = any(ids);
  delete from attempts where delivery_id in (select id from deliveries where package_id = any(ids));
  delete from content_work where package_id = any(ids);
  delete from content_findings where package_id = any(ids);
  delete from quarantines where package_id = any(ids);
  delete from revocation_notices where package_id = any(ids);
  delete from receipts where package_id = any(ids);
  delete from vxp_entries where delivery_id in (select id from deliveries where package_id = any(ids));
  delete from law_warnings where delivery_id in (select id from deliveries where package_id = any(ids));
  delete from replay_items where delivery_id in (select id from deliveries where package_id = any(ids));
  delete from submissions where package_id = any(ids);
  delete from trust_reviews where package_id = any(ids);
  delete from statuses where package_id = any(ids) or delivery_id in (select id from deliveries where package_id = any(ids));
  delete from acts where package_id = any(ids) or target_package_id = any(ids);
  delete from events where package_id = any(ids);
  delete from attachments where package_id = any(ids);
  delete from deliveries where package_id = any(ids);
  delete from package_runs where package_id = any(ids);
  delete from package_texts where package_id = any(ids);
  delete from packages where id = any(ids);
end $$;

-- True when a newer package than the policy removes still refers to this one.
create function is_referred_to(about uuid, before uuid) returns boolean language sql stable as $$
  select exists (select 1 from acts a where a.target_package_id = about and a.package_id >= before)
    or exists (select 1 from statuses s join deliveries d on d.id = s.delivery_id where d.package_id = about and s.package_id >= before)
$$;

-- A delivery whose content is gone can't be sent again.
create function refuse_without_content() returns trigger language plpgsql as $$
begin
  if not exists (select 1 from package_texts where package_id = new.package_id) then
    raise exception 'the content of package % was removed', new.package_id using errcode = 'check_violation';
  end if;
  return new;
end $$;
create trigger deliveries_have_content before update of state on deliveries
  for each row when (new.state = 'waiting' and old.state <> 'waiting') execute function refuse_without_content();
create index replay_items_delivery on replay_items (delivery_id);

-- Documents that agencies sent on paper, by month (its first day), as they were loaded: for the share of electronic ones.
create table paper_figures (
  agency_id uuid not null references agencies,
  month date not null check (extract(day from month) = 1),
  documents bigint not null check (documents >= 0),
  primary key (agency_id, month)
);
create index paper_figures_month on paper_figures (month);
