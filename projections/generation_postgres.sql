-- name: lock_projection
-- One builder of a projection at a time, whichever process it is in.
SELECT pg_try_advisory_lock(hashtextextended('conflictlog.generation.' || %(name)s, 0))

-- name: unlock_projection
SELECT pg_advisory_unlock(hashtextextended('conflictlog.generation.' || %(name)s, 0))

-- name: resume
UPDATE progress.checkpoint AS mark SET state = 'live', reason = NULL
FROM unnest(%(names)s::text[], %(versions)s::integer[]) AS ours (projection, version)
WHERE mark.projection = ours.projection AND mark.version = ours.version AND mark.state = 'stopped'

-- name: recorded_by
-- The last position recorded by a time, 0 if there is none. Times never decrease by position, so the interval that holds
-- it is halved until it is one.
WITH RECURSIVE search (low, high) AS (
    SELECT 0::bigint, position FROM public.head
    UNION ALL
    SELECT CASE WHEN event.recorded_at <= %(moment)s THEN event.position ELSE low END,
           CASE WHEN event.recorded_at <= %(moment)s THEN high ELSE event.position - 1 END
    FROM search JOIN public.event ON event.position = (search.low + search.high + 1) / 2
    WHERE search.low < search.high
)
SELECT low FROM search WHERE low = high

-- name: progress
SELECT mark.projection, mark.version, mark.generation, mark.position,
       head.position - mark.position AS lag_events,
       -- A clock that was set back would have it wait for less than no time.
       greatest(extract(epoch FROM %(now)s::timestamptz - waiting.recorded_at), 0)::float8 AS lag_seconds,
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
