-- What is nearly called like a name that is not known is found among all names, however many there are.
-- Run as conflictlog_owner, in one transaction.

CREATE INDEX place_name_alike ON place_name USING gin (folded public.gin_trgm_ops);
