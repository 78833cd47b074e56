-- name: head
SELECT position, recorded_at FROM head
