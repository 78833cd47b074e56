-- name: movements
-- A superset by time; what local days and places decide is decided on the rows.
SELECT occurrence, start_at, end_at, zone, told
FROM read.displacement
WHERE known_from <= %(known)s AND %(known)s < known_to
  AND from_position <= %(position)s AND %(position)s < to_position
  AND start_at <= %(until)s
