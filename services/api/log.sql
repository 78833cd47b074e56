-- name: head
SELECT position, recorded_at FROM head

-- name: events
SELECT position, stream, version, event_id, type, schema_version, data, recorded_at, leaf_hash
FROM event
WHERE position > %(after)s AND position <= %(until)s
  AND (%(types)s::text[] IS NULL OR type = ANY (%(types)s))
  AND (%(streams)s::text[] IS NULL OR stream = ANY (%(streams)s))
  AND (%(withheld)s::text[] IS NULL OR stream <> ALL (%(withheld)s))
ORDER BY position
LIMIT %(limit)s

-- How much memory the same events would take; a length is read without what it is the length of.
-- name: sizes
SELECT octet_length(data)
FROM event
WHERE position > %(after)s AND position <= %(until)s
  AND (%(types)s::text[] IS NULL OR type = ANY (%(types)s))
  AND (%(streams)s::text[] IS NULL OR stream = ANY (%(streams)s))
  AND (%(withheld)s::text[] IS NULL OR stream <> ALL (%(withheld)s))
ORDER BY position
LIMIT %(limit)s

-- name: count
SELECT count(*)
FROM event
WHERE position > %(after)s AND position <= %(until)s
  AND (%(types)s::text[] IS NULL OR type = ANY (%(types)s))
  AND (%(streams)s::text[] IS NULL OR stream = ANY (%(streams)s))
  AND (%(withheld)s::text[] IS NULL OR stream <> ALL (%(withheld)s))

-- name: recorded_at
SELECT recorded_at FROM event WHERE position = %(position)s
