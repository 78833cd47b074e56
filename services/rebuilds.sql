-- name: begin
INSERT INTO progress.rebuild (projection, job, begun_at) VALUES (%(projection)s, %(job)s, clock_timestamp())
ON CONFLICT (projection) DO UPDATE
SET job = excluded.job, begun_at = excluded.begun_at, ended_at = NULL, outcome = 'under_way', generation = NULL,
    position = NULL, first = NULL, differing = '{}', reason = NULL

-- name: end
-- Whoever was given the projection later writes for itself.
UPDATE progress.rebuild
SET ended_at = clock_timestamp(), outcome = %(outcome)s, generation = %(generation)s, position = %(position)s,
    first = %(first)s, differing = %(differing)s, reason = %(reason)s
WHERE projection = %(projection)s AND job = %(job)s

-- name: last
SELECT projection, outcome, job, begun_at, ended_at, generation, position, first, differing, reason
FROM progress.rebuild WHERE projection = %(projection)s

-- name: cut_short
SELECT projection, job FROM progress.rebuild WHERE ended_at IS NULL ORDER BY projection
