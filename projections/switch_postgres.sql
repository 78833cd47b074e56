-- name: be_quick
-- Whoever waits for a lock here makes others wait.
SET LOCAL lock_timeout TO '1s'

-- name: lock_marks
SELECT generation, position FROM progress.checkpoint
WHERE projection = %(name)s AND (state IN ('live', 'stopped') OR generation = %(generation)s)
ORDER BY generation FOR UPDATE

-- name: retire
UPDATE progress.checkpoint SET state = 'former', reason = NULL
WHERE projection = %(name)s AND state IN ('live', 'stopped')

-- name: promote
UPDATE progress.checkpoint SET state = 'live', put_off = NULL
WHERE projection = %(name)s AND generation = %(generation)s
