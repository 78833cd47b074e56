-- name: due
-- What was restricted last until a moment that has come, with the version that its stream stands at. A newer release may
-- mean something else by that moment: what it wrote holds until it is released.
SELECT last.stream, (SELECT max(version) FROM event WHERE event.stream = last.stream)
FROM (
    SELECT DISTINCT ON (stream) stream, type, schema_version, data FROM event
    WHERE type IN ('occurrence.restricted', 'occurrence.released', 'place.restricted', 'place.released')
    ORDER BY stream, position DESC
) AS last
WHERE last.type LIKE '%%.restricted'
  AND (last.type, last.schema_version) IN (SELECT * FROM unnest(%(types)s::text[], %(versions)s::integer[]))
  AND embargo_end(last.data) <= coalesce(%(now)s::timestamptz, clock_timestamp())
ORDER BY last.stream

-- name: release
SELECT append_release(%(stream)s, %(version)s, %(id)s, %(data)s)
