-- name: lock
-- One builder at a time; the others have nothing to do.
SELECT pg_try_advisory_xact_lock(hashtextextended('conflictlog.tree', 0)), (SELECT position FROM public.head)

-- name: kept
-- How many subtrees of each level there are, and how many there would be without a gap.
SELECT level, count(*), max(nth) + 1 FROM progress.log_subtree GROUP BY level ORDER BY level

-- name: forget
DELETE FROM progress.log_subtree

-- name: next
SELECT coalesce(max(nth), -1) + 1 FROM progress.log_subtree WHERE level = %(level)s

-- name: leaves
SELECT position - 1, leaf_hash FROM public.event
WHERE position > %(start)s AND position <= %(end)s
ORDER BY position

-- name: subtrees
SELECT nth, hash FROM progress.log_subtree
WHERE level = %(level)s AND nth >= %(start)s AND nth < %(end)s
ORDER BY nth

-- name: keep
INSERT INTO progress.log_subtree (level, nth, hash)
SELECT %(level)s, %(first)s + kept.n - 1, kept.hash
FROM unnest(%(hashes)s::bytea[]) WITH ORDINALITY AS kept (hash, n)
