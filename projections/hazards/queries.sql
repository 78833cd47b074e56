-- name: hazards
-- A superset by time; what local days, areas and devices decide is decided on the rows.
SELECT occurrence, start_at, end_at, zone, told
FROM read.hazard
WHERE known_from <= %(known)s AND %(known)s < known_to
  AND from_position <= %(position)s AND %(position)s < to_position
  AND start_at <= %(until)s
