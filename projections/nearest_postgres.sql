-- name: least_likeness
-- For the transaction that the answer is read in.
SELECT set_config('pg_trgm.similarity_threshold', %(likeness)s, true)

-- name: nearest_names
SELECT asked.folded, near.id, near.name, near.likeness
FROM unnest(%(folded)s::text[]) AS asked (folded)
CROSS JOIN LATERAL (
    SELECT id, name, likeness FROM (
        SELECT DISTINCT ON (id) id, name, public.similarity(folded, asked.folded) AS likeness
        FROM read.registered_name
        WHERE folded OPERATOR(public.%%) asked.folded AND category = 'place'
          AND from_position <= %(position)s AND %(position)s < to_position
        ORDER BY id, likeness DESC, name
    ) AS each_once
    ORDER BY likeness DESC, id LIMIT %(limit)s
) AS near
ORDER BY asked.folded, near.likeness DESC, near.id
