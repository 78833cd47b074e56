-- name: guards
-- The constraints and triggers that are in force, by table and name, as the database words them.
SELECT conrelid::regclass::text, conname::text, pg_get_constraintdef(oid) FROM pg_constraint
WHERE conrelid = ANY (%(tables)s::regclass[]) AND convalidated AND contype IN ('p', 'u', 'c')
UNION ALL
SELECT tgrelid::regclass::text, tgname::text, replace(pg_get_triggerdef(oid, true), 'CREATE TRIGGER ' || tgname || ' ', '')
FROM pg_trigger
WHERE tgrelid = ANY (%(tables)s::regclass[]) AND NOT tgisinternal AND tgenabled = 'A'

-- name: functions
SELECT proname::text, prosrc FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND proname = ANY (%(names)s)
