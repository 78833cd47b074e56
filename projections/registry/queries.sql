-- name: changed_since
-- What stands at a position and was registered or amended after another one; nothing is ever unregistered.
SELECT category, state FROM read.registered
WHERE category <> 'report' AND from_position <= %(position)s AND %(position)s < to_position AND from_position > %(after)s

-- name: registered
SELECT id, state FROM read.registered
WHERE category = %(category)s AND from_position <= %(position)s AND %(position)s < to_position
  AND id > %(after)s
  AND (%(kinds)s::text[] IS NULL OR kind = ANY (%(kinds)s))
  AND (%(belongs_to)s::text[] IS NULL OR belongs_to && %(belongs_to)s)
  AND (%(aligned_with)s::text[] IS NULL OR aligned_with && %(aligned_with)s)
  AND (%(ids)s::text[] IS NULL OR id = ANY (%(ids)s))
  AND (%(like)s::text IS NULL OR search LIKE %(like)s)
  AND (%(open_to_all)s OR number NOT IN (
      SELECT unnest(nullif(current_setting('conflictlog.hidden', true), '')::bigint[])))
ORDER BY id LIMIT %(limit)s

-- name: count_registered
SELECT count(*) FROM read.registered
WHERE category = %(category)s AND from_position <= %(position)s AND %(position)s < to_position
  AND (%(kinds)s::text[] IS NULL OR kind = ANY (%(kinds)s))
  AND (%(belongs_to)s::text[] IS NULL OR belongs_to && %(belongs_to)s)
  AND (%(aligned_with)s::text[] IS NULL OR aligned_with && %(aligned_with)s)
  AND (%(ids)s::text[] IS NULL OR id = ANY (%(ids)s))
  AND (%(like)s::text IS NULL OR search LIKE %(like)s)
  AND (%(open_to_all)s OR number NOT IN (
      SELECT unnest(nullif(current_setting('conflictlog.hidden', true), '')::bigint[])))

-- name: reports
SELECT id, state FROM read.report
WHERE from_position <= %(position)s AND %(position)s < to_position
  AND id > %(after)s
  AND (%(ids)s::text[] IS NULL OR id = ANY (%(ids)s))
  AND (%(sources)s::text[] IS NULL OR source = ANY (%(sources)s))
  AND (%(languages)s::text[] IS NULL OR language = ANY (%(languages)s))
  AND (%(url)s::text IS NULL OR url = %(url)s)
  AND (%(translation_of)s::text IS NULL OR translation_of = %(translation_of)s)
  AND (%(withdrawn)s::boolean IS NULL OR withdrawn = %(withdrawn)s)
  AND (%(first)s::timestamptz IS NULL OR published_at >= %(first)s)
  AND (%(last)s::timestamptz IS NULL OR published_at <= %(last)s)
  AND (%(like)s::text IS NULL OR search LIKE %(like)s)
ORDER BY id LIMIT %(limit)s

-- name: count_reports
SELECT count(*) FROM read.report
WHERE from_position <= %(position)s AND %(position)s < to_position
  AND (%(ids)s::text[] IS NULL OR id = ANY (%(ids)s))
  AND (%(sources)s::text[] IS NULL OR source = ANY (%(sources)s))
  AND (%(languages)s::text[] IS NULL OR language = ANY (%(languages)s))
  AND (%(url)s::text IS NULL OR url = %(url)s)
  AND (%(translation_of)s::text IS NULL OR translation_of = %(translation_of)s)
  AND (%(withdrawn)s::boolean IS NULL OR withdrawn = %(withdrawn)s)
  AND (%(first)s::timestamptz IS NULL OR published_at >= %(first)s)
  AND (%(last)s::timestamptz IS NULL OR published_at <= %(last)s)
  AND (%(like)s::text IS NULL OR search LIKE %(like)s)
