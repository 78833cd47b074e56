-- name: due
-- What was restricted last until a moment that has come, with the version that its stream stands at.
SELECT last.stream, (SELECT max(version) FROM event WHERE event.stream = last.stream)
FROM (
    SELECT DISTINCT ON (stream) stream, type, data FROM event
    WHERE type IN ('occurrence.restricted', 'occurrence.released', 'place.restricted', 'place.released')
    ORDER BY stream, position DESC
) AS last
WHERE last.type LIKE '%%.restricted'
  AND embargo_end(last.data) <= coalesce(%(now)s::timestamptz, clock_timestamp())

-- name: release
SELECT append_release(%(stream)s, %(version)s, %(id)s, %(data)s)
