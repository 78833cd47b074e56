-- name: kept
-- What was restricted and not released since, with its first position. The list of types is that of the index.
SELECT last.stream, (SELECT first.position FROM public.event AS first WHERE first.stream = last.stream AND first.version = 1),
       last.type, last.schema_version, last.data
FROM (
    SELECT DISTINCT ON (stream) stream, type, schema_version, data FROM public.event
    WHERE type IN ('occurrence.restricted', 'occurrence.released', 'place.restricted', 'place.released')
    ORDER BY stream, position DESC
) AS last
WHERE last.type LIKE '%.restricted'

-- name: there
SELECT to_regclass('read.occurrence_citation') IS NOT NULL AND to_regclass('read.report') IS NOT NULL

-- name: reports
-- The rows that hold now: of these occurrences, and of no other one.
SELECT told.id, told.number
FROM (
    SELECT DISTINCT report FROM read.occurrence_citation
    WHERE number = ANY (%(numbers)s::bigint[]) AND to_position = 9223372036854775807
) AS cited
JOIN read.report AS told ON told.id = cited.report AND told.to_position = 9223372036854775807
WHERE NOT EXISTS (
    SELECT FROM read.occurrence_citation AS other
    WHERE other.report = cited.report AND other.to_position = 9223372036854775807
      AND other.number <> ALL (%(numbers)s::bigint[])
)

-- name: draw
-- For the rest of the transaction.
SELECT set_config('conflictlog.hidden', %(numbers)s, true)
