-- For whom the submission was that may have arrived without our knowing: what the other side is asked for. Null: for all who wait.
alter table submissions add column doubt_to text[];
