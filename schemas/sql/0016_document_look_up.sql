-- The look for an earlier document asks for the first by id: no other index gives that order, so that it is chosen also before
-- anything is known of the table, when all plans look the same and one of them goes through all packages of a sender.
drop index packages_document;
create index packages_document on packages (document_id, sender_agency_id, id) where accepted and kind = 'document' and document_id is not null;
