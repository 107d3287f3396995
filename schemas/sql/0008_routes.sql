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

-- Documents by their id, and by number and notation, for the warnings that the law asks for.
create index if not exists packages_document on packages (document_id)
  where accepted and kind = 'document' and document_id is not null;
create index if not exists packages_reference on packages (
  sender_agency_id, (ltrim(number, '0') || '/' || translate(notation, U&'\00D0\0189', U&'\0110\0110')), promulgation_date
) where accepted and kind = 'document';

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
