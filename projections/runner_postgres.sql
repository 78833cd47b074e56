-- name: behind
-- Whether a live generation of the code's own versions has something to fold.
SELECT EXISTS (
    SELECT FROM progress.checkpoint AS mark
    JOIN unnest(%(names)s::text[], %(versions)s::integer[]) AS ours (projection, version) USING (projection, version)
    WHERE mark.state = 'live' AND mark.position < (SELECT position FROM public.head)
)

-- name: begin
-- A crash of the database takes back rows and checkpoints together, and they are folded again; so nobody waits for
-- the disk.
BEGIN;
SET LOCAL synchronous_commit TO off

-- name: take
-- Rows that another runner holds are its own for now. A generation of another version belongs to other code.
SELECT mark.projection, mark.generation, mark.position
FROM progress.checkpoint AS mark
JOIN unnest($1::text[], $2::integer[]) AS ours (projection, version) USING (projection, version)
WHERE mark.state = 'live' AND mark.position < (SELECT position FROM public.head)
ORDER BY mark.projection
FOR UPDATE OF mark SKIP LOCKED

-- name: move
-- Only what is read can stop: a build is given up by its builder.
UPDATE progress.checkpoint AS mark
SET position = now.position::bigint, recorded_at = coalesce(now.recorded_at::timestamptz, mark.recorded_at),
    state = CASE WHEN mark.state = 'live' AND now.reason IS NOT NULL THEN 'stopped' ELSE mark.state END,
    reason = CASE WHEN mark.state = 'live' THEN now.reason END
FROM (VALUES {rows}) AS now (projection, generation, position, recorded_at, reason)
WHERE mark.projection = now.projection AND mark.generation = now.generation::integer

-- name: event
SELECT event_id FROM public.event WHERE position = %(position)s
