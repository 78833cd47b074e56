-- name: released
SELECT told.position, told.stream, told.version, told.event_id, told.type, told.schema_version, told.data,
       told.recorded_at, told.leaf_hash
FROM (
    SELECT stream, max(version) AS version FROM event
    WHERE type IN ('occurrence.released', 'place.released') AND position > %(after)s AND position <= %(until)s
    GROUP BY stream
) AS freed
JOIN event AS told ON told.stream = freed.stream AND told.version < freed.version
ORDER BY told.position

-- name: cited
SELECT position, stream, version, event_id, type, schema_version, data, recorded_at, leaf_hash
FROM event WHERE stream = ANY (%(reports)s::text[]) AND position <= %(until)s
ORDER BY position
