-- The Merkle tree over the log, as far as it is kept: the roots of its complete subtrees of 256, 65,536, … leaves.
-- Run as conflictlog_owner, in one transaction.

-- The leaves are the hashes in public.event; the event at position N is leaf N - 1. Subtree `nth` of a level stands over
-- the leaves from nth * 2^level up to (nth + 1) * 2^level. A worker derives all of this from the leaves; whoever reads
-- a part that is not there derives it as well. The rights are those of everything in the schema.
CREATE TABLE progress.log_subtree (
    level smallint NOT NULL,
    nth   bigint   NOT NULL,
    hash  bytea    NOT NULL,
    CONSTRAINT log_subtree_pkey PRIMARY KEY (level, nth),
    CONSTRAINT log_subtree_level_is_kept CHECK (level > 0 AND level % 8 = 0),
    CONSTRAINT log_subtree_nth_is_not_negative CHECK (nth >= 0),
    CONSTRAINT log_subtree_hash_is_sha256 CHECK (octet_length(hash) = 32)
);
