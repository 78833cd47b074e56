-- The log: events with gapless positions, the request keys and place names written with them, and the API keys.
-- Run as conflictlog_owner, in one transaction.

CREATE TABLE event (
    position       bigint      NOT NULL,
    stream         text        COLLATE "C" NOT NULL,
    version        bigint      NOT NULL,
    event_id       uuid        NOT NULL,
    type           text        COLLATE "C" NOT NULL,
    schema_version integer     NOT NULL,
    data           bytea       NOT NULL,
    recorded_at    timestamptz NOT NULL,
    leaf_hash      bytea       NOT NULL,
    CONSTRAINT event_pkey PRIMARY KEY (position),
    CONSTRAINT event_stream_version_key UNIQUE (stream, version),
    CONSTRAINT event_event_id_key UNIQUE (event_id),
    CONSTRAINT event_position_is_positive CHECK (position > 0),
    CONSTRAINT event_version_is_positive CHECK (version > 0),
    CONSTRAINT event_schema_version_is_positive CHECK (schema_version > 0),
    CONSTRAINT event_stream_fits CHECK (octet_length(stream) BETWEEN 1 AND 1000),
    CONSTRAINT event_type_fits CHECK (octet_length(type) BETWEEN 1 AND 1000),
    CONSTRAINT event_leaf_hash_is_sha256 CHECK (octet_length(leaf_hash) = 32)
);

-- The counter: taken before the rows and held to commit, so that positions are gapless and commit in order.
CREATE TABLE head (
    only_row    boolean     NOT NULL DEFAULT true,
    position    bigint      NOT NULL,
    recorded_at timestamptz NOT NULL,
    CONSTRAINT head_pkey PRIMARY KEY (only_row),
    CONSTRAINT head_has_one_row CHECK (only_row),
    CONSTRAINT head_position_is_not_negative CHECK (position >= 0)
) WITH (fillfactor = 10, autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_scale_factor = 0);

INSERT INTO head (position, recorded_at) VALUES (0, '1970-01-01T00:00:00Z');

CREATE TABLE request_key (
    key            text   COLLATE "C" NOT NULL,
    request_sha256 bytea  NOT NULL,
    first_position bigint NOT NULL,
    last_position  bigint NOT NULL,
    CONSTRAINT request_key_pkey PRIMARY KEY (key),
    CONSTRAINT request_key_fits CHECK (octet_length(key) BETWEEN 1 AND 1000),
    CONSTRAINT request_key_positions_are_ordered CHECK (0 < first_position AND first_position <= last_position)
);

CREATE TABLE place_name (
    folded   text   COLLATE "C" NOT NULL,
    place    text   COLLATE "C" NOT NULL,
    position bigint NOT NULL,
    CONSTRAINT place_name_pkey PRIMARY KEY (folded, place),
    CONSTRAINT place_name_fits CHECK (octet_length(folded) BETWEEN 1 AND 1000 AND octet_length(place) BETWEEN 1 AND 1000)
);

CREATE TABLE api_key (
    id         uuid        NOT NULL DEFAULT gen_random_uuid(),
    prefix     text        NOT NULL,
    sha256     bytea       NOT NULL,
    scopes     text[]      NOT NULL,
    name       text        NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    revoked_at timestamptz,
    CONSTRAINT api_key_pkey PRIMARY KEY (id),
    CONSTRAINT api_key_sha256_key UNIQUE (sha256),
    CONSTRAINT api_key_sha256_is_sha256 CHECK (octet_length(sha256) = 32)
);

-- Append-only, whoever asks: the triggers also fire where session_replication_role would skip them.
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'restrict_violation';
END
$$;

CREATE TRIGGER event_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON event
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER request_key_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON request_key
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER place_name_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON place_name
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER head_stays BEFORE DELETE OR TRUNCATE ON head
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE FUNCTION refuse_going_back() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the head only advances: from % to % refused', OLD.position, NEW.position
        USING ERRCODE = 'restrict_violation';
END
$$;

CREATE TRIGGER head_only_advances BEFORE UPDATE ON head FOR EACH ROW
    WHEN (NEW.position < OLD.position OR NEW.recorded_at < OLD.recorded_at)
    EXECUTE FUNCTION refuse_going_back();

ALTER TABLE event ENABLE ALWAYS TRIGGER event_is_append_only;
ALTER TABLE request_key ENABLE ALWAYS TRIGGER request_key_is_append_only;
ALTER TABLE place_name ENABLE ALWAYS TRIGGER place_name_is_append_only;
ALTER TABLE head ENABLE ALWAYS TRIGGER head_stays;
ALTER TABLE head ENABLE ALWAYS TRIGGER head_only_advances;

-- The same bytes as events.log.leaf_hash. STABLE, because convert_to is; PostgreSQL then inlines it.
CREATE FUNCTION event_leaf_hash(
    event_id uuid, stream text, version bigint, type text, schema_version bigint, micros bigint, data bytea
) RETURNS bytea LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT sha256(
        '\x0000000010'::bytea || uuid_send(event_id)
        || int4send(octet_length(stream)) || convert_to(stream, 'UTF8')
        || '\x00000008'::bytea || int8send(version)
        || int4send(octet_length(type)) || convert_to(type, 'UTF8')
        || '\x00000008'::bytea || int8send(schema_version)
        || '\x00000008'::bytea || int8send(micros)
        || int4send(octet_length(data)) || data
    )
$$;

-- Append each request of a batch that may be appended, and say of each what became of it. The head is locked first;
-- every later statement then sees all that was committed before. No two requests of a batch may share a stream,
-- a key or an event id. A request is known by its number.
CREATE FUNCTION append_checked(
    event_request integer[], event_stream text[], event_version bigint[], event_ids uuid[],
    event_type text[], event_schema_version integer[], event_data bytea[],
    expect_request integer[], expect_stream text[], expect_version bigint[],
    key_request integer[], key_key text[], key_sha256 bytea[],
    name_request integer[], name_folded text[], name_place text[]
) RETURNS TABLE (
    request integer, outcome text, first_position bigint, last_position bigint,
    subject text, expected bigint, actual bigint
) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    settled integer[] := '{}';
    added   bigint;
    base    bigint;
    moment  timestamptz;
BEGIN
    PERFORM FROM head FOR UPDATE;

    FOR request, outcome, first_position, last_position, subject IN
        SELECT sent.request,
               CASE WHEN bool_and(coalesce(found.same, false))
                         AND max(found.position) - min(found.position) + 1 = count(*)
                    THEN 'repeated_events' ELSE 'event_id_taken' END,
               min(found.position), max(found.position),
               (array_agg(sent.event_id::text ORDER BY found.same) FILTER (WHERE found.position IS NOT NULL))[1]
        FROM unnest(event_request, event_stream, event_ids, event_type, event_schema_version, event_data)
             AS sent (request, stream, event_id, type, schema_version, data)
        LEFT JOIN LATERAL (
            SELECT e.position, (e.stream, e.type, e.schema_version, e.data)
                             = (sent.stream, sent.type, sent.schema_version, sent.data) AS same
            FROM event e WHERE e.event_id = sent.event_id
        ) found ON true
        GROUP BY sent.request
        HAVING count(found.position) > 0
    LOOP
        settled := settled || request;
        RETURN NEXT;
    END LOOP;

    FOR request, outcome, first_position, last_position, subject IN
        SELECT DISTINCT ON (k.request) k.request,
               CASE WHEN known.request_sha256 = k.sha256 THEN 'repeated_key' ELSE 'key_taken' END,
               known.first_position, known.last_position, k.key
        FROM unnest(key_request, key_key, key_sha256) AS k (request, key, sha256)
        JOIN request_key known ON known.key = k.key
        WHERE k.request <> ALL (settled)
        ORDER BY k.request, known.request_sha256 = k.sha256
    LOOP
        settled := settled || request;
        RETURN NEXT;
    END LOOP;

    first_position := NULL;
    last_position := NULL;
    FOR request, outcome, subject, expected, actual IN
        SELECT DISTINCT ON (x.request) x.request, 'stale', x.stream, x.version, coalesce(now.version, 0)
        FROM unnest(expect_request, expect_stream, expect_version) AS x (request, stream, version)
        LEFT JOIN LATERAL (
            SELECT e.version FROM event e WHERE e.stream = x.stream ORDER BY e.version DESC LIMIT 1
        ) now ON true
        WHERE x.request <> ALL (settled) AND coalesce(now.version, 0) <> x.version
        ORDER BY x.request
    LOOP
        settled := settled || request;
        RETURN NEXT;
    END LOOP;

    added := (SELECT count(*) FROM unnest(event_request) AS r WHERE r <> ALL (settled));
    IF added = 0 THEN
        RETURN;
    END IF;
    UPDATE head SET position = position + added, recorded_at = greatest(recorded_at, clock_timestamp())
    RETURNING position - added, recorded_at INTO base, moment;

    RETURN QUERY
    WITH kept AS (
        SELECT sent.*, base + row_number() OVER (ORDER BY sent.nth) AS position
        FROM unnest(event_request, event_stream, event_version, event_ids, event_type, event_schema_version, event_data)
             WITH ORDINALITY AS sent (request, stream, version, event_id, type, schema_version, data, nth)
        WHERE sent.request <> ALL (settled)
    ), placed AS (
        SELECT kept.request, min(kept.position) AS first, max(kept.position) AS last FROM kept GROUP BY kept.request
    ), put AS (
        INSERT INTO event (position, stream, version, event_id, type, schema_version, data, recorded_at, leaf_hash)
        SELECT kept.position, kept.stream, kept.version, kept.event_id, kept.type, kept.schema_version, kept.data, moment,
               event_leaf_hash(kept.event_id, kept.stream, kept.version, kept.type, kept.schema_version,
                               (extract(epoch FROM moment) * 1000000)::bigint, kept.data)
        FROM kept
    ), keyed AS (
        INSERT INTO request_key (key, request_sha256, first_position, last_position)
        SELECT k.key, k.sha256, placed.first, placed.last
        FROM unnest(key_request, key_key, key_sha256) AS k (request, key, sha256)
        JOIN placed ON placed.request = k.request
    ), named AS (
        INSERT INTO place_name (folded, place, position)
        SELECT n.folded, n.place, placed.first
        FROM unnest(name_request, name_folded, name_place) AS n (request, folded, place)
        JOIN placed ON placed.request = n.request
        ON CONFLICT DO NOTHING
    )
    SELECT placed.request, 'appended', placed.first, placed.last, NULL::text, NULL::bigint, NULL::bigint FROM placed;
END
$$;

-- The service's logins own nothing: the API appends and reads, the worker reads the log and owns what it derives from it.
GRANT USAGE ON SCHEMA public TO conflictlog_api, conflictlog_worker;
GRANT SELECT ON event, head, request_key, place_name TO conflictlog_api, conflictlog_worker;
GRANT INSERT ON event, request_key, place_name TO conflictlog_api;
GRANT UPDATE (position, recorded_at) ON head TO conflictlog_api;
GRANT SELECT, INSERT, UPDATE (revoked_at) ON api_key TO conflictlog_api;

CREATE SCHEMA progress;
GRANT ALL ON SCHEMA progress TO conflictlog_worker;
GRANT USAGE ON SCHEMA progress TO conflictlog_api;
ALTER DEFAULT PRIVILEGES IN SCHEMA progress GRANT ALL ON TABLES TO conflictlog_worker;
ALTER DEFAULT PRIVILEGES IN SCHEMA progress GRANT ALL ON SEQUENCES TO conflictlog_worker;
ALTER DEFAULT PRIVILEGES IN SCHEMA progress GRANT SELECT ON TABLES TO conflictlog_api;
