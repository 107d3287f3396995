-- Digests are random, so an index that begins with one touches another page for each package, and the more history there is, the rarer
-- that page is in memory and the more often it goes into the write-ahead log whole. The date that a package names follows from its
-- content, so the same content still finds itself; and what is sent today lies together.
drop index packages_content;
create unique index packages_content on packages (sender_agency_id, coalesce(promulgation_date, date '1970-01-01'), sha256) where accepted;
drop index packages_signed;
create unique index packages_signed on packages (sender_agency_id, coalesce(promulgation_date, date '1970-01-01'), signed_sha256, certificate_fingerprint)
  where accepted and signed_sha256 is not null;
