-- name: begin
BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY

-- name: hold_generations
-- Taken before the transaction's snapshot: a switch of generations waits for it, or is seen whole. Were it taken
-- later, a snapshot from before the switch would be asked of tables that were filled after it.
LOCK TABLE progress.switch IN ACCESS SHARE MODE

-- name: reached
-- The smallest position of the projections asked for, -1 while one of them is not there, and the head.
SELECT CASE WHEN count(mark.position) = cardinality(%(names)s::text[]) THEN min(mark.position) ELSE -1 END,
       (SELECT position FROM public.head)
FROM progress.checkpoint AS mark
WHERE mark.state IN ('live', 'stopped') AND mark.projection = ANY (%(names)s)

-- name: recorded_at
SELECT recorded_at FROM public.event WHERE position = %(position)s

-- name: marks
SELECT projection, position FROM progress.checkpoint WHERE state IN ('live', 'stopped')


-- name: rollback
ROLLBACK
