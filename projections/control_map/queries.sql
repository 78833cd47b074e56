-- name: facts
-- The whole map in one piece: one array of what is kept as JSON.
SELECT '[' || coalesce(string_agg(fact, ','), '') || ']'
FROM read.control_fact
WHERE known_from <= %(known)s AND %(known)s < known_to
  AND from_position <= %(position)s AND %(position)s < to_position
  AND (starts_at IS NULL OR starts_at <= %(until)s)

-- name: facts_about
-- Only what bears on some places: statements about them, and about places given by a name that nothing bore; all
-- transfers, and the changes that carry transfers out, wherever those are.
SELECT '[' || coalesce(string_agg(fact, ','), '') || ']'
FROM (
    SELECT fact FROM read.control_fact
    WHERE place = ANY (%(places)s::text[])
      AND known_from <= %(known)s AND %(known)s < known_to
      AND from_position <= %(position)s AND %(position)s < to_position
      AND starts_at <= %(until)s
    UNION ALL
    SELECT fact FROM read.control_fact
    WHERE (place IS NULL OR effects)
      AND (place IS NULL OR place <> ALL (%(places)s::text[]))
      AND known_from <= %(known)s AND %(known)s < known_to
      AND from_position <= %(position)s AND %(position)s < to_position
      AND (starts_at IS NULL OR starts_at <= %(until)s)
    UNION ALL
    SELECT fact FROM read.control_fact
    WHERE place < '~' AND NOT effects AND place <> ALL (%(places)s::text[])
      AND known_from <= %(known)s AND %(known)s < known_to
      AND from_position <= %(position)s AND %(position)s < to_position
      AND starts_at <= %(until)s
      AND occurrence IN (
          SELECT unnest(leads_to) FROM read.control_fact
          WHERE place IS NULL
            AND known_from <= %(known)s AND %(known)s < known_to
            AND from_position <= %(position)s AND %(position)s < to_position
      )
    UNION ALL
    SELECT fact FROM read.control_fact
    WHERE place >= '~' AND NOT effects
      AND known_from <= %(known)s AND %(known)s < known_to
      AND from_position <= %(position)s AND %(position)s < to_position
      AND starts_at <= %(until)s
) AS bearing
