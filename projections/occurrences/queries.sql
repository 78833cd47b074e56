-- name: from_where
-- Each answer adds to this the conditions that its question needs, all of them.
FROM read.occurrence AS o
WHERE o.known_from <= %(known)s AND %(known)s < o.known_to
  AND o.from_position <= %(position)s AND %(position)s < o.to_position

-- name: begun
-- `as_of` as a day is the day in each occurrence's own zone.
  AND CASE WHEN %(as_of_day)s::date IS NULL THEN o.start_at <= %(as_of)s ELSE o.first_day <= %(as_of_day)s END

-- name: not_retracted
  AND NOT o.retracted

-- name: not_merged
  AND NOT o.merged

-- name: kinds
  AND o.kind = ANY (%(kinds)s)

-- name: precisions
  AND o.precision = ANY (%(precisions)s)

-- name: places
  AND o.places && %(places)s::text[]

-- name: inside
  AND o.places && %(inside)s::text[]

-- name: parties
  AND o.parties && %(parties)s::text[]

-- name: acting
-- A role alone: somebody or some place has it.
  AND (o.parties && %(acting)s::text[] OR o.places && %(acting)s::text[])

-- name: claimants
  AND o.claimants && %(claimants)s::text[]

-- name: sources
  AND EXISTS (
      SELECT FROM read.occurrence_citation AS c JOIN read.report AS r ON r.id = c.report
      WHERE c.number = o.number AND r.source = ANY (%(sources)s)
        AND c.known_from <= %(known)s AND %(known)s < c.known_to
        AND c.from_position <= %(position)s AND %(position)s < c.to_position
        AND r.from_position <= %(position)s AND %(position)s < r.to_position
  )

-- name: datasets
  AND o.dataset = ANY (%(datasets)s)

-- name: external_id
-- With its dataset before it, or alone.
  AND (o.external_id = %(external_id)s OR o.dataset || ':' || o.external_id = %(external_id)s)

-- name: ids
  AND o.id = ANY (%(ids)s)

-- name: search
  AND o.search::tsvector @@ %(phrase)s::tsquery

-- name: first_moment
  AND o.end_at >= %(first_moment)s

-- name: first_day
  AND o.last_day >= %(first_day)s

-- name: last_moment
  AND o.start_at <= %(last_moment)s

-- name: last_day
  AND o.first_day <= %(last_day)s

-- name: select_page
SELECT o.number, o.told

-- name: page
  AND o.number > %(after)s ORDER BY o.number LIMIT %(limit)s

-- name: all
  ORDER BY o.number

-- name: count
SELECT count(*)

-- name: words
-- The places that were given by a name which nothing bore.
SELECT DISTINCT word FROM read.unresolved_place
WHERE known_from <= %(known)s AND %(known)s < known_to
  AND from_position <= %(position)s AND %(position)s < to_position

-- name: unresolved
SELECT u.word, array_agg(DISTINCT u.name ORDER BY u.name), array_agg(DISTINCT u.occurrence ORDER BY u.occurrence),
       min(u.published_at), max(u.published_at)
FROM read.unresolved_place AS u
WHERE u.counts AND u.known_from <= %(known)s AND %(known)s < u.known_to
  AND u.from_position <= %(position)s AND %(position)s < u.to_position
GROUP BY u.word

-- name: claimants_told
SELECT claimant, sum(cardinality(claims)), count(*), min(first_at), max(last_at)
FROM read.occurrence_claim
WHERE counts AND known_from <= %(known)s AND %(known)s < known_to
  AND from_position <= %(position)s AND %(position)s < to_position
GROUP BY claimant ORDER BY claimant

-- name: only_retracted
  AND o.retracted

-- name: select_timeline
SELECT o.number, o.first_day, o.last_day, o.start_at, o.told

-- name: timeline_page
  AND (%(after_day)s::date IS NULL
       OR (o.first_day, o.start_at, o.number) > (%(after_day)s::date, %(after_moment)s::timestamptz, %(after)s::bigint))
  ORDER BY o.first_day, o.start_at, o.number LIMIT %(limit)s

-- name: claims_behind
SELECT number, array_agg(claim ORDER BY claim) FROM read.occurrence_claim, unnest(claims) AS claim
WHERE number = ANY (%(numbers)s::bigint[])
  AND known_from <= %(known)s AND %(known)s < known_to
  AND from_position <= %(position)s AND %(position)s < to_position
GROUP BY number

-- name: reports_behind
SELECT number, array_agg(report ORDER BY report) FROM read.occurrence_citation
WHERE number = ANY (%(numbers)s::bigint[])
  AND known_from <= %(known)s AND %(known)s < known_to
  AND from_position <= %(position)s AND %(position)s < to_position
GROUP BY number

-- name: subject
-- The occurrence that others are compared with, retracted or merged though it be.
SELECT o.number, o.id, o.kind, o.first_day, o.last_day, o.dataset, o.external_id, o.places, o.parties

-- name: this_one
  AND o.id = %(id)s

-- name: reports_of
-- The reports that tell of each or of a claim about it. Those of a dataset are left out: that it lists two things says
-- nothing of whether they are one.
SELECT ARRAY(
           SELECT c.report FROM read.occurrence_citation AS c JOIN read.report AS r ON r.id = c.report
           WHERE c.number = asked.number AND r.source <> ALL (%(datasets)s::text[])
             AND c.known_from <= %(known)s AND %(known)s < c.known_to
             AND c.from_position <= %(position)s AND %(position)s < c.to_position
             AND r.from_position <= %(position)s AND %(position)s < r.to_position
           ORDER BY c.report
       )
FROM unnest(%(numbers)s::bigint[]) WITH ORDINALITY AS asked (number, nth)
ORDER BY asked.nth

-- name: may_be_same
-- Each way to be found goes by an index of its own; what is found is then looked at by time and kind.
  AND o.number <> %(number)s
  AND o.number IN (
      SELECT p.number FROM read.occurrence AS p
      WHERE p.kind = ANY (%(family)s::text[]) AND p.first_day <= %(last)s::date AND p.last_day >= %(first)s::date
        AND (%(anywhere)s OR p.places && %(around)s::text[])
      UNION ALL
      SELECT u.number FROM read.unresolved_place AS u WHERE u.word = ANY (%(words)s::text[])
      UNION ALL
      SELECT c.number FROM read.occurrence_citation AS c WHERE c.report = ANY (%(reports)s::text[])
      UNION ALL
      SELECT e.number FROM read.occurrence AS e WHERE e.external_id = %(external_id)s
  )
  AND (o.external_id = %(external_id)s AND o.dataset IS DISTINCT FROM %(dataset)s
       OR o.kind = ANY (%(family)s::text[]) AND o.first_day <= %(last)s::date AND o.last_day >= %(first)s::date)
ORDER BY abs(o.first_day - %(first_day)s::date), o.number LIMIT %(limit)s

-- name: told
SELECT o.number, o.told

-- name: these
  AND o.number = ANY (%(numbers)s::bigint[])
