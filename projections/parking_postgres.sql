-- name: listed
-- Of the generations that are read: what others could not fold concerns nobody.
SELECT parked.stream, parked.projection, parked.position, parked.reason,
       (SELECT count(*) FROM progress.parked_step AS step
        WHERE (step.projection, step.generation, step.stream) = (parked.projection, parked.generation, parked.stream)),
       parked.skipped, parked.parked_at
FROM progress.parked AS parked JOIN progress.checkpoint AS mark USING (projection, generation)
WHERE mark.state IN ('live', 'stopped')
ORDER BY parked.position, parked.stream, parked.projection

-- name: decisions
SELECT decided_at, act, stream, projections, decided_by, reason, outcome FROM public.parking_decision ORDER BY id

-- name: allow_time
-- A runner that moves the checkpoint is waited for; what waits of a stream may be much.
SET LOCAL lock_timeout TO '30s'; SET LOCAL statement_timeout TO 0

-- name: lock
-- In one order, so that two who do this at once wait for each other and not in a circle.
SELECT mark.projection, mark.generation, mark.position
FROM progress.checkpoint AS mark
JOIN unnest(%(names)s::text[], %(versions)s::integer[]) AS ours (projection, version) USING (projection, version)
WHERE mark.state IN ('live', 'stopped')
  AND EXISTS (SELECT FROM progress.parked AS parked
              WHERE (parked.projection, parked.generation) = (mark.projection, mark.generation)
                AND parked.stream = %(stream)s)
ORDER BY mark.projection
FOR UPDATE OF mark

-- name: waiting
SELECT first_position, last_position FROM progress.parked_step
WHERE projection = %(projection)s AND generation = %(generation)s AND stream = %(stream)s
ORDER BY first_position

-- name: unpark
DELETE FROM progress.parked WHERE projection = %(projection)s AND generation = %(generation)s AND stream = %(stream)s

-- name: still_parked
UPDATE progress.parked SET position = %(position)s, reason = %(reason)s
WHERE projection = %(projection)s AND generation = %(generation)s AND stream = %(stream)s

-- name: fewer_wait
DELETE FROM progress.parked_step
WHERE projection = %(projection)s AND generation = %(generation)s AND stream = %(stream)s
  AND first_position < %(first)s

-- name: tell_readers
UPDATE progress.checkpoint SET unparked = unparked + 1
WHERE projection = %(projection)s AND generation = %(generation)s

-- name: skip
WITH left_out AS (
    UPDATE progress.parked SET skipped = true WHERE stream = %(stream)s RETURNING projection, generation
)
SELECT left_out.projection FROM left_out JOIN progress.checkpoint AS mark USING (projection, generation)
WHERE mark.state IN ('live', 'stopped') ORDER BY left_out.projection

-- name: decide
INSERT INTO public.parking_decision (act, stream, projections, decided_by, reason, outcome)
VALUES (%(act)s, %(stream)s, %(projections)s, %(by)s, %(reason)s, %(outcome)s)
