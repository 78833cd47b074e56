-- What is kept from some readers: found at once, and released by the clock and by nobody else who may not append.
-- Run as conflictlog_owner, in one transaction.

-- The events that say who may see what. Where nothing is restricted this is empty, and looking here costs nothing.
CREATE INDEX event_restriction ON event (position)
    WHERE type IN ('occurrence.restricted', 'occurrence.released', 'place.restricted', 'place.released');

-- Append the event that ends an embargo, for the worker, which may append nothing else. Gives its position, or null
-- where the stream has no embargo that has ended or is not at that version. The head is locked first; what is asked
-- after it sees all that was committed before.
CREATE FUNCTION append_release(ended_stream text, stands_at bigint, release_id uuid, release_data bytea)
RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    base   bigint;
    moment timestamptz;
    kind   text := split_part(ended_stream, '-', 1) || '.released';
BEGIN
    SELECT position, greatest(recorded_at, clock_timestamp()) INTO base, moment FROM head FOR UPDATE;
    IF stands_at IS DISTINCT FROM (SELECT max(e.version) FROM event e WHERE e.stream = ended_stream) OR NOT coalesce((
        SELECT e.type LIKE '%.restricted' AND (convert_from(e.data, 'UTF8')::jsonb ->> 'until')::timestamptz <= moment
        FROM event e
        WHERE e.stream = ended_stream
          AND e.type IN ('occurrence.restricted', 'occurrence.released', 'place.restricted', 'place.released')
        ORDER BY e.version DESC LIMIT 1
    ), false) THEN
        RETURN NULL;
    END IF;
    UPDATE head SET position = base + 1, recorded_at = moment;
    INSERT INTO event (position, stream, version, event_id, type, schema_version, data, recorded_at, leaf_hash)
    VALUES (base + 1, ended_stream, stands_at + 1, release_id, kind, 1, release_data, moment,
            event_leaf_hash(release_id, ended_stream, stands_at + 1, kind, 1,
                            (extract(epoch FROM moment) * 1000000)::bigint, release_data));
    RETURN base + 1;
END
$$;
REVOKE ALL ON FUNCTION append_release (text, bigint, uuid, bytea) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION append_release (text, bigint, uuid, bytea) TO conflictlog_worker;
