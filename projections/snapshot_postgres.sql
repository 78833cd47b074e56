-- name: begin
-- The lock is taken before the transaction's snapshot: a switch of generations waits for it, or is seen whole. Were it
-- taken later, a snapshot from before the switch would be asked of tables that were filled after it.
BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
LOCK TABLE progress.switch IN ACCESS SHARE MODE

-- name: stand
-- The smallest position of the projections asked for, -1 while one of them is not there; the head; and for the position
-- that the answer is for, when it was recorded and the last one at which a registry changed; what tells registries apart
-- that were read at that one; and how many streams were parked by then.
WITH reached AS (
    SELECT CASE WHEN count(mark.position) = cardinality($1::text[]) THEN min(mark.position) ELSE -1 END AS position
    FROM progress.checkpoint AS mark
    WHERE mark.state IN ('live', 'stopped') AND mark.projection = ANY ($1)
), stand AS (
    SELECT reached.position AS reached, coalesce($2::bigint, reached.position) AS position FROM reached
)
SELECT stand.reached,
       (SELECT head.position FROM public.head),
       (SELECT event.recorded_at FROM public.event WHERE event.position = stand.position),
       (SELECT max(from_position) FROM read.registered WHERE category <> 'report' AND from_position <= stand.position),
       (SELECT max(event.position) FROM public.event
        WHERE type IN ('occurrence.restricted', 'occurrence.released', 'place.restricted', 'place.released')),
       (SELECT concat_ws('.', mark.generation, mark.unparked) FROM progress.checkpoint AS mark
        WHERE mark.state IN ('live', 'stopped') AND mark.projection = 'registry'),
       (SELECT count(DISTINCT parked.stream)
        FROM progress.parked AS parked JOIN progress.checkpoint AS mark USING (projection, generation)
        WHERE mark.state IN ('live', 'stopped') AND mark.projection = ANY ($1) AND parked.position <= stand.position)
FROM stand

-- name: restricted
SELECT max(position) FROM public.event
WHERE type IN ('occurrence.restricted', 'occurrence.released', 'place.restricted', 'place.released')

-- name: changed
SELECT (SELECT max(from_position) FROM read.registered WHERE category <> 'report'),
       (SELECT concat_ws('.', mark.generation, mark.unparked) FROM progress.checkpoint AS mark
        WHERE mark.state IN ('live', 'stopped') AND mark.projection = 'registry')

-- name: head
SELECT position FROM public.head

-- name: marks
SELECT projection, position FROM progress.checkpoint WHERE state IN ('live', 'stopped')

-- name: end
-- Nothing was written. After a ROLLBACK psycopg has the connection forget its prepared statements.
COMMIT
