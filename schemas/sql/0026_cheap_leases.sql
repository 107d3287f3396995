-- Taking a lease changes no indexed column, so it writes one new version of the row and nothing else. Who may hold leases is noted by
-- process instead; `gone_at` is when a sweeper first found that the process is no more.
create table worker_seats (
  number integer primary key,
  gone_at timestamptz
);
insert into worker_seats (number) select distinct leased_by from deliveries where leased_by is not null;
drop index deliveries_leased;
-- room for the new version on the page of the old one
alter table deliveries set (fillfactor = 85);
