-- A restriction whose end cannot be read holds until it is released, and keeps no other embargo from ending.
-- Run as conflictlog_owner, in one transaction.

-- When an embargo ends, as its event says; null where it says no such time, or nothing that can be read. Words such as
-- `now` are times to PostgreSQL alone.
CREATE FUNCTION embargo_end(restricted bytea) RETURNS timestamptz LANGUAGE plpgsql STABLE AS $$
DECLARE
    said text;
BEGIN
    said := convert_from(restricted, 'UTF8')::jsonb ->> 'until';
    RETURN CASE WHEN said ~ '^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)$' THEN said::timestamptz END;
EXCEPTION WHEN data_exception OR program_limit_exceeded THEN
    RETURN NULL;
END
$$;

-- As it was made with the restrictions, but for how the end is read.
CREATE OR REPLACE FUNCTION append_release(ended_stream text, stands_at bigint, release_id uuid, release_data bytea)
RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    base   bigint;
    moment timestamptz;
    kind   text := split_part(ended_stream, '-', 1) || '.released';
BEGIN
    SELECT position, greatest(recorded_at, clock_timestamp()) INTO base, moment FROM head FOR UPDATE;
    IF stands_at IS DISTINCT FROM (SELECT max(e.version) FROM event e WHERE e.stream = ended_stream) OR NOT coalesce((
        SELECT e.type LIKE '%.restricted' AND embargo_end(e.data) <= moment
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
