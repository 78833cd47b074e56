-- name: parked
SELECT projection, generation, stream FROM progress.parked

-- name: park
-- What was left out of one generation is left out of the next, if that cannot fold it either.
INSERT INTO progress.parked (projection, generation, stream, number, position, reason, skipped)
SELECT now.projection, now.generation, now.stream, now.number, now.position, now.reason,
       EXISTS (SELECT FROM progress.parked AS other
               WHERE other.projection = now.projection AND other.stream = now.stream AND other.skipped)
FROM unnest(%(projections)s::text[], %(generations)s::integer[], %(streams)s::text[], %(numbers)s::bigint[],
            %(positions)s::bigint[], %(reasons)s::text[])
     AS now (projection, generation, stream, number, position, reason)

-- name: wait
INSERT INTO progress.parked_step (projection, generation, stream, first_position, last_position)
SELECT * FROM unnest(%(projections)s::text[], %(generations)s::integer[], %(streams)s::text[], %(firsts)s::bigint[],
                     %(lasts)s::bigint[])

-- name: unlike
-- What one of the two has not come to yet tells nothing.
WITH marks AS (
    SELECT generation, position, state IN ('live', 'stopped') AS is_read FROM progress.checkpoint
    WHERE projection = %(projection)s AND (state IN ('live', 'stopped') OR generation = %(generation)s)
), found AS (
    SELECT parked.*, marks.is_read FROM progress.parked AS parked JOIN marks USING (generation)
    WHERE parked.projection = %(projection)s AND parked.position <= (SELECT min(position) FROM marks)
)
SELECT stream, coalesce(theirs.number, mine.number), theirs.position, mine.position, mine.reason
FROM (SELECT * FROM found WHERE is_read) AS theirs
FULL JOIN (SELECT * FROM found WHERE generation = %(generation)s) AS mine USING (stream)
WHERE theirs.position IS DISTINCT FROM mine.position
ORDER BY least(theirs.position, mine.position), stream
