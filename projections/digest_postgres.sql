-- name: digest
-- The sum of the rows' hashes: two tables with the same rows have the same one, in whatever order they stand.
-- Rows are taken as they stood at a position, so that two generations can be compared while one of them moves on.
SELECT count(*), coalesce(sum(hashtextextended(held::text, 0)), 0)::text
FROM ({rows}) AS held

-- name: rows_at
SELECT number, key, known_from, known_to, from_position,
       CASE WHEN to_position > {position} THEN 9223372036854775807 ELSE to_position END AS to_position, {columns}
FROM {table} WHERE from_position <= {position}
  AND (from_position > {after} OR (to_position > {after} AND to_position < 9223372036854775807))

-- name: differing
SELECT side, held::text FROM (
    (SELECT 'live' AS side, * FROM (({live}) EXCEPT ALL ({rebuilt})) AS one LIMIT 10)
    UNION ALL
    (SELECT 'rebuilt' AS side, * FROM (({rebuilt}) EXCEPT ALL ({live})) AS other LIMIT 10)
) AS held
