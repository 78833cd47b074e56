-- name: known
-- The reports published by then, each with the day it is in its source's zone. `as_of` as a day is one there too, and
-- without it today is, which has begun. At the two ends of the calendar the day is the one that there is.
WITH zone (source, name) AS (
    SELECT * FROM unnest(%(sources)s::text[], %(zones)s::text[])
), filed AS MATERIALIZED (
    SELECT r.id, r.source, local.day,
           r.withdrawn AND (r.state::jsonb ->> 'withdrawn_at')::timestamptz <= %(known)s AS withdrawn
    FROM read.report AS r LEFT JOIN zone ON zone.source = r.source
    CROSS JOIN LATERAL (
        SELECT greatest(least((r.published_at AT TIME ZONE coalesce(zone.name, 'UTC'))::date, '9999-12-31'), '0001-01-01')
    ) AS local (day)
    WHERE r.from_position <= %(position)s AND %(position)s < r.to_position
      AND r.published_at <= %(known)s
      AND (%(asked)s::text[] IS NULL OR r.source = ANY (%(asked)s::text[]))
      AND CASE WHEN %(as_of)s::timestamptz IS NOT NULL THEN r.published_at <= %(as_of)s::timestamptz
               ELSE local.day <= coalesce(%(as_of_day)s::date, (%(now)s AT TIME ZONE coalesce(zone.name, 'UTC'))::date) END
)

-- name: sources
SELECT source, min(day), max(day),
       array_agg(DISTINCT day) FILTER (WHERE day BETWEEN %(first)s::date AND %(last)s::date)
FROM filed GROUP BY source ORDER BY source

-- name: reports
-- By source and period, by source, and by period; what is not grouped by is null.
SELECT source, date_trunc(%(unit)s::text, day::timestamp)::date AS period, count(*), count(*) FILTER (WHERE withdrawn)
FROM filed WHERE day BETWEEN %(first)s::date AND %(last)s::date
GROUP BY GROUPING SETS ((source, period), (source), (period))

-- name: carried
-- The same for the claims and occurrences that count and that the reports tell of.
SELECT filed.source, date_trunc(%(unit)s::text, filed.day::timestamp)::date AS period,
       count(DISTINCT claim), count(DISTINCT c.number)
FROM filed JOIN read.occurrence_citation AS c ON c.report = filed.id
LEFT JOIN LATERAL unnest(c.claims) AS claim ON true
WHERE filed.day BETWEEN %(first)s::date AND %(last)s::date
  AND c.counts AND c.known_from <= %(known)s AND %(known)s < c.known_to
  AND c.from_position <= %(position)s AND %(position)s < c.to_position
GROUP BY GROUPING SETS ((filed.source, period), (filed.source), (period))

-- name: claimants
-- Whose claims, of those that stand, the reports of each source carry.
SELECT filed.source, k.claimant, count(DISTINCT claim), count(DISTINCT k.number)
FROM filed JOIN read.occurrence_citation AS c ON c.report = filed.id
CROSS JOIN LATERAL unnest(c.claims) AS claim
JOIN read.occurrence_claim AS k ON k.number = c.number AND claim = ANY (k.claims)
WHERE filed.day BETWEEN %(first)s::date AND %(last)s::date
  AND c.counts AND c.known_from <= %(known)s AND %(known)s < c.known_to
  AND c.from_position <= %(position)s AND %(position)s < c.to_position
  AND k.known_from <= %(known)s AND %(known)s < k.known_to
  AND k.from_position <= %(position)s AND %(position)s < k.to_position
GROUP BY filed.source, k.claimant ORDER BY filed.source, k.claimant
