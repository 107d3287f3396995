-- What was found inside attachments, and what is still to be looked at.

-- A record: a later look adds a row, the newest one counts.
create table content_findings (
  id bigint generated always as identity primary key,
  package_id uuid not null references packages,
  ordinal integer not null,
  kind text not null check (kind in ('pdf', 'virus')),
  at timestamptz not null,
  -- PdfFinding or VirusFinding of routing/contents.ts
  result jsonb not null
);
create index content_findings_package on content_findings (package_id, ordinal, id);
create trigger content_findings_append_only before update or delete on content_findings for each statement execute function refuse_change();

-- Attachments to look at after acceptance. A row goes when its finding comes, in one transaction.
create table content_work (
  package_id uuid not null references packages,
  ordinal integer not null,
  kind text not null check (kind in ('pdf', 'virus')),
  -- while one is looked at this is the moment at which somebody else may take it over
  due_at timestamptz not null,
  tries integer not null default 0,
  primary key (package_id, ordinal, kind)
);
create index content_work_due on content_work (due_at);
