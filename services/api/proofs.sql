-- name: event
SELECT position, stream, version, event_id, type, schema_version, data, recorded_at, leaf_hash
FROM event WHERE position = %(position)s

-- name: recorded_at
SELECT recorded_at FROM event WHERE position = %(position)s
