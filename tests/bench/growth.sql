-- name: block
-- The head, and the first position of an occurrence: what stands before is registered once.
SELECT (SELECT position FROM head), min(position) FROM event WHERE stream LIKE %(mark)s

-- name: repeat_events
-- Every id of an occurrence is changed where it stands, in the stream's name and in the events' bytes.
INSERT INTO event (position, stream, version, event_id, type, schema_version, data, recorded_at, leaf_hash)
SELECT made.position, made.stream, made.version, made.event_id, made.type, made.schema_version, made.data,
       made.recorded_at,
       event_leaf_hash(made.event_id, made.stream, made.version, made.type, made.schema_version,
                       (extract(epoch FROM made.recorded_at) * 1000000)::bigint, made.data)
FROM (
    SELECT event.position + copy * %(size)s AS position,
           replace(event.stream, %(mark)s, %(mark)s || copy || 'y') AS stream,
           event.version, uuidv7() AS event_id, event.type, event.schema_version,
           convert_to(replace(convert_from(event.data, 'UTF8'), %(mark)s, %(mark)s || copy || 'y'), 'UTF8') AS data,
           head.recorded_at
    FROM head, event, generate_series(%(begin)s::bigint, %(end)s::bigint) AS copy
    WHERE event.position BETWEEN %(first)s AND %(head)s
    OFFSET 0
) AS made
ORDER BY made.position

-- name: move_head
UPDATE head SET position = %(position)s

-- name: move_checkpoints
UPDATE progress.checkpoint SET position = %(position)s

-- name: repeat_rows
-- Gives a statement for each table of a live projection, which does the same with its rows.
SELECT format(
    'INSERT INTO %%1$I.%%2$I (%%3$s) SELECT %%4$s FROM %%1$I.%%2$I, generate_series(%%5$s, %%6$s) AS copy '
    'WHERE from_position BETWEEN %%7$s AND %%8$s',
    held.table_schema, held.table_name,
    string_agg(format('%%I', held.column_name), ', '),
    string_agg(CASE
        WHEN held.column_name IN ('number', 'from_position') THEN format('%%I + copy * %%s', held.column_name, %(size)s::bigint)
        WHEN held.column_name = 'to_position' THEN
            format('least(to_position, 9223372036854775807 - copy * %%1$s) + copy * %%1$s', %(size)s::bigint)
        WHEN held.data_type = 'text' THEN
            format('replace(%%1$I, %%2$L, %%2$L || copy || ''y'')', held.column_name, %(mark)s::text)
        WHEN held.data_type = 'ARRAY' THEN
            format('replace(%%1$I::text, %%2$L, %%2$L || copy || ''y'')::text[]', held.column_name, %(mark)s::text)
        ELSE format('%%I', held.column_name)
    END, ', '),
    %(begin)s::bigint, %(end)s::bigint, %(first)s::bigint, %(head)s::bigint)
FROM progress.checkpoint AS mark
JOIN information_schema.columns AS held ON held.table_schema = mark.projection || '_g' || mark.generation
WHERE mark.state = 'live'
GROUP BY held.table_schema, held.table_name
HAVING bool_or(held.column_name = 'from_position')
