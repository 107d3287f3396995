-- What recipients owe: to report a document that reached them (status 01 to 06) within the law's time.

-- `deadline`: the gateway is to deliver by then. `owed`: the recipient is to have reported by then.
alter table law_warnings
  add column duty text not null default 'deadline' check (duty in ('deadline', 'owed')),
  -- when the recipient reported after all
  add column reported_at timestamptz,
  drop constraint law_warnings_pkey,
  add primary key (delivery_id, duty, level);
alter table law_warnings alter column duty drop default;
create index law_warnings_owed on law_warnings (level, delivery_id) where duty = 'owed' and reported_at is null;

-- those that reached their recipients, in the order in which they did
create index deliveries_reached on deliveries (changed_at, id) where state = 'delivered';

-- Up to which moment deliveries have been looked at for warnings of what is owed.
create table law_progress (
  lane text not null check (lane in ('urgent', 'ordinary')),
  level text not null check (level in ('near', 'late')),
  reached timestamptz not null,
  primary key (lane, level)
);
