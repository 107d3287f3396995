-- Failed logins that still count, so that a lock-out holds in every process of a gateway. Unlogged: after a crash of the server they are
-- forgotten, which lets a guesser try as often again; in return a flood of wrong logins costs no disk.
create unlogged table login_failures (
  -- `c` and client and network, or `n` and network
  key text primary key check (length(key) <= 300),
  failures integer not null,
  ends_at timestamptz not null
);
create index login_failures_end on login_failures (ends_at);
