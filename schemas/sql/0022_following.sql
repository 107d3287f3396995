-- Following what became of submissions has a rhythm of its own, beside that of looking for what comes in.
alter table upward_polls
  add column followed_at timestamptz,
  add column follow_failures integer not null default 0,
  add column follow_error text,
  -- everything that the other side listed up to here has been noted: where lists need dates, they are asked for from here on
  add column listed_until timestamptz;
