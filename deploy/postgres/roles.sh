#!/usr/bin/env bash
# Run once by the postgres image, on an empty volume: the three logins that the service uses, and its database.
set -e
psql --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname postgres \
    --set owner="$CONFLICTLOG_OWNER_PASSWORD" \
    --set api="$CONFLICTLOG_API_PASSWORD" \
    --set worker="$CONFLICTLOG_WORKER_PASSWORD" <<'SQL'
CREATE ROLE conflictlog_owner LOGIN PASSWORD :'owner';
CREATE ROLE conflictlog_api LOGIN PASSWORD :'api';
CREATE ROLE conflictlog_worker LOGIN PASSWORD :'worker';
CREATE DATABASE conflictlog OWNER conflictlog_owner;
SQL
