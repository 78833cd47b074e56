-- name: asked
-- What is valid at the moment asked for and fits the filters that all three tables hold.
-- By `today` whole local days count. Those who came back are not added to those who had to leave.
known_from <= %(known)s AND %(known)s < known_to
AND from_position <= %(position)s AND %(position)s < to_position
AND (%(effects)s::text[] IS NULL OR effect = ANY (%(effects)s::text[]))
AND (effect <> 'displaced' OR came_back = %(came_back)s)
AND (%(kinds)s::text[] IS NULL OR kind = ANY (%(kinds)s::text[]))
AND (%(weapons)s::text[] IS NULL OR weapon = ANY (%(weapons)s::text[]))
AND (%(devices)s::text[] IS NULL OR device = ANY (%(devices)s::text[]))
AND (%(datasets)s::text[] IS NULL OR dataset = ANY (%(datasets)s::text[]))
AND (%(occurrences)s::text[] IS NULL OR occurrence = ANY (%(occurrences)s::text[]))
AND (%(claimants)s::text[] IS NULL OR claimant = ANY (%(claimants)s::text[]))
AND (%(degrees)s::text[] IS NULL OR string_to_array(attackers, ' ') && %(degrees)s::text[])
AND day BETWEEN %(first)s AND %(last)s
AND (%(firsts)s::date[] IS NULL
     OR EXISTS (SELECT FROM unnest(%(firsts)s::date[], %(lasts)s::date[]) AS span (first, last)
                WHERE day BETWEEN span.first AND span.last))
AND (%(since)s::timestamptz IS NULL OR started_at >= %(since)s::timestamptz)
AND (%(until)s::timestamptz IS NULL OR started_at <= %(until)s::timestamptz)
AND (%(today)s::timestamptz IS NULL OR started_at <= %(today)s::timestamptz
     OR day <= (%(today)s::timestamptz AT TIME ZONE zone)::date)

-- name: near
-- A superset: of a place that is told only roughly, or by a name that nothing bore (`rough`), whether it fits is decided
-- on the rows.
%(areas)s::text[] IS NULL OR string_to_array(targets, ' ') && %(areas)s::text[]
OR string_to_array(targets, ' ') && %(rough)s::text[]

-- name: named
-- The places of those who were harmed in places given by a name that nothing bore.
SELECT DISTINCT targets FROM read.casualty_voice
WHERE right(targets, 1) = '~'
  AND known_from <= %(known)s AND %(known)s < known_to
  AND from_position <= %(position)s AND %(position)s < to_position

-- name: unsettled
-- The voices on occurrences that several claimants speak of, to be compared when asked.
SELECT number, occurrence, kind, weapon, device, attackers, targets, started_at, zone, day, last_day, dataset, came_back,
       voice, claim, claimant, telling, affected, status, effect, low, best, high, open_ended, words, place,
       published_at, publications, reports
FROM read.casualty_voice
WHERE NOT settled AND {asked} AND ({near} OR place = ANY (%(areas)s::text[]))

-- name: hashing
-- Until `as_before`. The planner takes what is kept of each group for large and would sort all rows, which
-- takes three times as long as hashing them; the groups of an answer fit into this memory. It may take the rows for few,
-- and would look for each one's place among all texts.
SET LOCAL enable_sort TO off;
SET LOCAL enable_nestloop TO off;
SET LOCAL work_mem TO '64MB'

-- name: as_before
-- What else is read in the transaction is planned as ever.
SET LOCAL enable_sort TO DEFAULT;
SET LOCAL enable_nestloop TO DEFAULT;
SET LOCAL work_mem TO DEFAULT

-- name: cells
-- Settled figures, added up under the columns that are grouped by. `numbers` are the occurrences, eight bytes each,
-- `spanning` those that reach into a later period; their ids and claims are given where they are few.
SELECT effect,
       CASE WHEN %(by_claimant)s THEN claimant END,
       CASE WHEN %(by_kind)s THEN kind END,
       CASE WHEN %(by_weapon)s THEN weapon END,
       CASE WHEN %(by_device)s THEN device END,
       CASE WHEN %(by_attacker)s THEN attackers END,
       CASE WHEN %(by_dataset)s THEN dataset END,
       CASE WHEN %(by_occurrence)s THEN occurrence END,
       known.spot,
       CASE WHEN %(by_place)s AND known.spot IS NULL THEN targets END,
       CASE WHEN %(unit)s::text IS NOT NULL THEN date_trunc(%(unit)s::text, day::timestamp)::date END,
       CASE WHEN %(by_people)s THEN people END,
       CASE WHEN %(by_status)s THEN status END,
       sum(low)::bigint,
       sum(best)::bigint,
       sum(high)::bigint,
       bit_or(marks),
       sum(in_words)::bigint,
       string_agg(int8send(number), '') AS numbers,
       string_agg(int8send(number), '') FILTER (
           WHERE day <> last_day AND EXISTS (
               SELECT FROM unnest(%(periods)s::text[]) AS period (name)
               WHERE date_trunc(name, day::timestamp) <> date_trunc(name, last_day::timestamp)
           )
       ) AS spanning,
       CASE WHEN count(*) <= %(shown)s THEN string_agg(occurrence, ' ') END,
       CASE WHEN count(*) <= %(shown)s THEN string_agg(claims, ' ') END
FROM {table} {known}
WHERE {asked} AND ({near})
  AND (%(members)s::text[] IS NULL OR (people <> '' AND string_to_array(people, '+') <@ %(members)s::text[]))
  AND (%(statuses)s::text[] IS NULL OR status = ANY (%(statuses)s::text[]))
GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13

-- name: placed
-- Places are grouped by what their `texts` are known to stand for, the others by themselves.
LEFT JOIN unnest(string_to_array(%(texts)s, E'\n'), string_to_array(%(spots)s, ' ')::integer[]) AS known (told, spot)
    ON known.told COLLATE "C" = targets

-- name: anywhere
-- The same where places do not matter: it falls out of the plan.
CROSS JOIN (VALUES (NULL::integer)) AS known (spot)

-- name: evidence
-- The same filter, and the people asked for: `members` are the parties asked for with their members, `groups` the
-- same parties with what they are members of, because a denial for those covers them.
WITH asked AS MATERIALIZED (
    SELECT occurrence, claim, claimant, telling, affected, status, effect, low, best, high, open_ended, words, place,
           published_at, citations::text AS citations, voice
    FROM read.casualty_voice
    WHERE {asked}
      AND (%(claimants)s::text[] IS NULL OR telling <> 'assessed')
      AND (place = ANY (%(areas)s::text[]) OR ((place IS NULL OR %(areas)s::text[] IS NULL) AND ({near})))
      AND (%(members)s::text[] IS NULL
           OR (affected <> '{{}}' AND affected <@ %(members)s::text[])
           OR (telling = 'denial' AND (affected = '{{}}' OR affected && %(groups)s::text[])))
      AND (%(statuses)s::text[] IS NULL
           OR (status = ANY (%(statuses)s::text[]) AND NOT (telling = 'total' AND status = 'unspecified'))
           OR (telling = 'denial' AND status = 'unspecified'))
), page AS (
    SELECT * FROM asked
    WHERE (occurrence, effect, voice) > (%(after_occurrence)s, %(after_effect)s, %(after_voice)s)
    ORDER BY occurrence, effect, voice
    LIMIT %(limit)s
)
SELECT (SELECT count(*) FROM asked), page.* FROM (VALUES (1)) AS always LEFT JOIN page ON true
ORDER BY occurrence, effect, voice
