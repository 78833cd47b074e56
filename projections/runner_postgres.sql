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

-- name: next
-- A few events, so that whoever keeps up reads them with the locks.
SELECT position, stream, version, event_id, type, schema_version, data, recorded_at, leaf_hash
FROM public.event WHERE position > $1 ORDER BY position LIMIT $2

-- name: move
UPDATE progress.checkpoint SET position = {position}, recorded_at = coalesce({recorded_at}, recorded_at), reason = NULL
WHERE projection || ' ' || generation = ANY ({marks})

-- name: stop
-- Only what is read can stop: a build is given up by its builder.
UPDATE progress.checkpoint SET state = 'stopped', reason = {reason}
WHERE projection || ' ' || generation = ANY ({marks}) AND state = 'live'

-- name: event
SELECT event_id FROM public.event WHERE position = %(position)s
