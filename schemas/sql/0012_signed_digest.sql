-- What was signed, apart from how it was written: SHA-256 of the canonical SignedInfo. Comments, KeyInfo, the form of the XML and the
-- value of an ECDSA signature can be changed by whoever holds a signed package, without the key; the package stays the same package.
-- Packages without signature have none. The certificate belongs to it: what is signed again after a certificate was revoked is new.
alter table packages add column signed_sha256 bytea check (length(signed_sha256) = 32);
create unique index packages_signed on packages (sender_agency_id, signed_sha256, certificate_fingerprint)
  where accepted and signed_sha256 is not null;
