-- Updates that add recipients to a document: it may go to these though it does not name them.
create index acts_additions on acts (owner_agency_id) where act = 'update' and jsonb_array_length(details->'added') > 0;
