-- A revoked key is found as one that is not there.
-- name: key
SELECT id::text, scopes FROM api_key WHERE sha256 = %(sha256)s AND revoked_at IS NULL
