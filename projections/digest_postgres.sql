-- name: digest
-- The sum of the rows' hashes: two tables with the same rows have the same one, in whatever order they stand.
-- Rows are taken as they stood at a position, so that two generations can be compared while one of them moves on.
SELECT count(*), coalesce(sum(hash_record_extended(held, 0)), 0)::text
FROM ({rows}) AS held

-- name: rows_at
SELECT number, key, known_from, known_to, from_position,
       CASE WHEN to_position > {position} THEN 9223372036854775807 ELSE to_position END AS to_position, {columns}
FROM {table} WHERE from_position <= {position} AND number <> ALL ({without}::bigint[])
  AND (from_position > {after} OR (to_position > {after} AND to_position < 9223372036854775807))

-- name: differing
SELECT side, held::text FROM (
    (SELECT 'live' AS side, * FROM (({live}) EXCEPT ALL ({rebuilt})) AS one LIMIT 10)
    UNION ALL
    (SELECT 'rebuilt' AS side, * FROM (({rebuilt}) EXCEPT ALL ({live})) AS other LIMIT 10)
) AS held

-- name: first_differing
-- A row of both sides that only one of them has closed, or closed earlier, differs from there on; any other from where
-- it begins.
SELECT min(CASE WHEN sides = 2 THEN ended ELSE from_position END)
FROM (
    SELECT from_position, min(to_position) AS ended, count(DISTINCT side) AS sides
    FROM (
        (SELECT 'live' AS side, * FROM (({live}) EXCEPT ALL ({rebuilt})) AS one)
        UNION ALL
        (SELECT 'rebuilt' AS side, * FROM (({rebuilt}) EXCEPT ALL ({live})) AS other)
    ) AS held
    GROUP BY number, key, known_from, known_to, from_position, {columns}
) AS told
