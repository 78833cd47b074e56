-- name: bounds
-- In one statement, so that nothing is appended between the two.
SELECT head.position, head.recorded_at, last.position
FROM (SELECT coalesce(max(position), 0) AS position FROM event) AS last LEFT JOIN head ON true

-- name: page
SELECT position, stream, version, event_id, type, schema_version, data, recorded_at, leaf_hash
FROM event WHERE position > %(after)s AND position <= %(until)s
ORDER BY position LIMIT 2000

-- name: subtrees
-- Those that end among the leaves of one page.
SELECT level, nth, hash FROM progress.log_subtree
WHERE ((nth + 1) << level) > %(after)s AND ((nth + 1) << level) <= %(until)s
  AND level = ANY (%(levels)s) AND nth >= (%(after)s::bigint >> level) AND nth <= (%(until)s::bigint >> level)

-- name: subtree_beyond
SELECT level, nth FROM progress.log_subtree WHERE ((nth + 1) << level) > %(until)s ORDER BY nth << level LIMIT 1

-- name: wrong_version
-- The versions of a stream count up from 1 without a gap, in the order of positions; so no two are the same.
SELECT position, stream, version, nth
FROM (
    SELECT position, stream, version, row_number() OVER (PARTITION BY stream ORDER BY position) AS nth
    FROM event WHERE position <= %(until)s
) AS counted
WHERE version <> nth ORDER BY position LIMIT 1

-- name: event_id_twice
SELECT position, event_id::text
FROM (
    SELECT position, event_id, row_number() OVER (PARTITION BY event_id ORDER BY position) AS nth
    FROM event WHERE position <= %(until)s
) AS counted
WHERE nth > 1 ORDER BY position LIMIT 1

-- name: orphan
-- A stream is about something only once its first event has said that there is such a thing.
SELECT first.position, first.stream, first.type
FROM (
    SELECT DISTINCT ON (stream) position, stream, type FROM event WHERE position <= %(until)s ORDER BY stream, position
) AS first
LEFT JOIN unnest(%(categories)s::text[], %(types)s::text[]) AS begins (category, type)
       ON begins.category = split_part(first.stream, '-', 1) AND begins.type = first.type
WHERE begins.type IS NULL ORDER BY first.position LIMIT 1

-- name: beyond
SELECT what, name, position
FROM (
    SELECT 'request key' AS what, key AS name, last_position AS position FROM request_key
    UNION ALL SELECT 'place name', folded, position FROM place_name
    UNION ALL SELECT 'projection', projection, position FROM progress.checkpoint
) AS kept
WHERE position > (SELECT max(position) FROM head) ORDER BY position LIMIT 1

-- name: not_waiting
-- What was told on a parked stream, from the request on that stopped it, waits until it is folded: else it is lost then.
SELECT event.position, parked.stream, parked.projection
FROM progress.parked AS parked
JOIN progress.checkpoint AS mark USING (projection, generation)
JOIN event ON event.stream = parked.stream AND event.position BETWEEN parked.position AND mark.position
WHERE mark.state IN ('live', 'stopped') AND NOT EXISTS (
    SELECT FROM progress.parked_step AS step
    WHERE (step.projection, step.generation, step.stream) = (parked.projection, parked.generation, parked.stream)
      AND event.position BETWEEN step.first_position AND step.last_position)
ORDER BY event.position, parked.projection LIMIT 1

-- name: not_as_decided
-- A parked stream is left out because somebody decided so, and then until it is folded. A new generation may leave out
-- more than the decision names: it has what was left out of any other.
SELECT parked.position, parked.stream, parked.projection, parked.skipped
FROM progress.parked AS parked
JOIN progress.checkpoint AS mark USING (projection, generation)
LEFT JOIN LATERAL (
    SELECT act, projections, decided_at FROM parking_decision AS decision
    WHERE decision.stream = parked.stream AND outcome <> 'still_parked' ORDER BY id DESC LIMIT 1
) AS last ON true
WHERE mark.state IN ('live', 'stopped') AND CASE
    WHEN parked.skipped THEN NOT EXISTS (
        SELECT FROM parking_decision AS decision WHERE decision.stream = parked.stream AND act = 'skip')
    ELSE last.act = 'skip' AND parked.projection = ANY (last.projections) AND parked.parked_at < last.decided_at
END
ORDER BY parked.position, parked.projection LIMIT 1
