-- Nonces and signatures of WS-Security that were used, so that each works once in all processes of a gateway. Unlogged: after a crash of the
-- server what was sent within the last ten minutes may come once more, and a package that comes again is the same package.
create unlogged table used_marks (
  mark text primary key check (length(mark) <= 100),
  ends_at timestamptz not null
);
create index used_marks_end on used_marks (ends_at);

-- How to reach the agency, as its system registered it: mail, mobile, fax, those that it gave.
alter table vxp_units add column contacts jsonb not null default '{}';
