-- name: lock_projection
-- One builder of a projection at a time, whichever process it is in.
SELECT pg_try_advisory_lock(hashtextextended('conflictlog.generation.' || %(name)s, 0))

-- name: unlock_projection
SELECT pg_advisory_unlock(hashtextextended('conflictlog.generation.' || %(name)s, 0))

-- name: build
-- A build that a crash cuts short begins anew, so its commits need not wait for the disk; sorting for an index may
-- take some memory.
SET LOCAL statement_timeout TO 0; SET LOCAL synchronous_commit TO off; SET LOCAL maintenance_work_mem TO '128MB'

-- name: lock_marks
SELECT generation, position FROM progress.checkpoint
WHERE projection = %(name)s AND (state IN ('live', 'stopped') OR generation = %(generation)s)
ORDER BY generation FOR UPDATE

-- name: retire
UPDATE progress.checkpoint SET state = 'former', reason = NULL
WHERE projection = %(name)s AND state IN ('live', 'stopped')

-- name: promote
UPDATE progress.checkpoint SET state = 'live' WHERE projection = %(name)s AND generation = %(generation)s

-- name: resume
UPDATE progress.checkpoint AS mark SET state = 'live', reason = NULL
FROM unnest(%(names)s::text[], %(versions)s::integer[]) AS ours (projection, version)
WHERE mark.projection = ours.projection AND mark.version = ours.version AND mark.state = 'stopped'

-- name: hold_readers
-- From here to the end of the transaction no answer begins, and those begun before have ended.
LOCK TABLE progress.switch IN ACCESS EXCLUSIVE MODE

-- name: progress
SELECT mark.projection, mark.version, mark.generation, mark.position,
       head.position - mark.position AS lag_events,
       coalesce(extract(epoch FROM %(now)s::timestamptz - waiting.recorded_at), 0)::float8 AS lag_seconds,
       mark.state, mark.reason, stuck.parked, stuck.skipped
FROM progress.checkpoint AS mark
CROSS JOIN public.head AS head
LEFT JOIN public.event AS waiting ON waiting.position = mark.position + 1
CROSS JOIN LATERAL (
    SELECT count(*) FILTER (WHERE NOT parked.skipped) AS parked, count(*) FILTER (WHERE parked.skipped) AS skipped
    FROM progress.parked AS parked
    WHERE parked.projection = mark.projection AND parked.generation = mark.generation
) AS stuck
ORDER BY mark.projection, mark.generation
