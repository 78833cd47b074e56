-- name: strikes
-- A superset by time, weapon and attacker; what local days, members and areas decide is decided on the rows.
SELECT number, occurrence, moment, whole_day, last_moment, zone, precision, weapon,
       attackers, degrees, target_parties, target_places, place_precisions
FROM read.strike
WHERE known_from <= %(known)s AND %(known)s < known_to
  AND from_position <= %(position)s AND %(position)s < to_position
  AND moment BETWEEN %(since)s AND %(until)s
  AND (%(weapons)s::text[] IS NULL OR weapon = ANY (%(weapons)s::text[]))
  AND (%(attackers)s::text[] IS NULL OR attackers && %(attackers)s::text[])

-- name: told
SELECT number, told::text
FROM read.strike
WHERE number = ANY (%(numbers)s::bigint[])
  AND known_from <= %(known)s AND %(known)s < known_to
  AND from_position <= %(position)s AND %(position)s < to_position
