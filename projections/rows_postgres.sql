-- name: copy_rows
COPY {table} ({columns}) FROM STDIN

-- name: insert_rows
-- The same in one message: rows as literals of the table's type.
INSERT INTO {table} ({columns}) SELECT {columns} FROM unnest(%b::text[]::{table}[])

-- name: close_rows
UPDATE {table} AS kept SET to_position = now.to_position
FROM unnest(%(numbers)s::bigint[], %(keys)s::text[], %(known_from)s::timestamptz[], %(to_positions)s::bigint[])
     AS now (number, key, known_from, to_position)
WHERE kept.number = now.number AND kept.key = now.key AND kept.known_from = now.known_from
  AND kept.to_position = 9223372036854775807
