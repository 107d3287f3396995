-- Syncs of a route's directory that failed since the last that went well: they are tried again sooner. `synced_at` and `report` are of the
-- last one that went well; before, they were of the last one however it went.
alter table upward_polls
  add column sync_failures integer not null default 0,
  add column sync_failed_at timestamptz,
  add column sync_error text;
update upward_polls set sync_failures = 1, sync_failed_at = synced_at, sync_error = report->>'error', synced_at = null, report = null
  where report ? 'error';
