-- name: mark
-- What is refused is undone up to here. It is never released: the transaction's end does that, without another message.
SAVEPOINT page

-- name: back_to_mark
ROLLBACK TO SAVEPOINT page

-- name: copy_rows
COPY {table} ({columns}) FROM STDIN

-- name: insert_rows
-- The same for few rows, as literals, which PostgreSQL reads as the types of their columns.
INSERT INTO {table} ({columns}) VALUES {rows}

-- name: close_rows
UPDATE {table} AS kept SET to_position = now.to_position::bigint
FROM (VALUES {rows}) AS now (number, key, known_from, to_position)
WHERE kept.number = now.number::bigint AND kept.key = now.key AND kept.known_from = now.known_from::timestamptz
  AND kept.to_position = 9223372036854775807
