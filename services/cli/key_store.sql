-- name: create
INSERT INTO api_key (prefix, sha256, scopes, name)
VALUES (%(prefix)s, %(sha256)s, %(scopes)s, %(name)s)
RETURNING id, prefix, name, scopes, created_at, revoked_at

-- A key that was revoked stays so: the file that holds it is older than the decision.
-- name: ensure
INSERT INTO api_key (prefix, sha256, scopes, name)
VALUES (%(prefix)s, %(sha256)s, %(scopes)s, %(name)s)
ON CONFLICT (sha256) DO NOTHING

-- name: list
SELECT id, prefix, name, scopes, created_at, revoked_at
FROM api_key
ORDER BY created_at, id

-- name: revoke
UPDATE api_key
SET revoked_at = now()
WHERE (prefix = %(key)s OR id::text = %(key)s) AND revoked_at IS NULL
RETURNING id, prefix, name, scopes, created_at, revoked_at
