-- A key may be bound to one user, one project and a time; `made_by` is the caller who made it.
ALTER TABLE api_keys ADD COLUMN user_id TEXT COLLATE "C";
ALTER TABLE api_keys ADD COLUMN project_id TEXT COLLATE "C";
ALTER TABLE api_keys ADD COLUMN expires_at BIGINT;
ALTER TABLE api_keys ADD COLUMN made_by TEXT COLLATE "C" NOT NULL DEFAULT '';

-- `parent` is the token that a token was made with: it ends with it, and never allows more. `account` is whose share of
-- requests it uses.
ALTER TABLE tokens ADD COLUMN project_id TEXT COLLATE "C";
ALTER TABLE tokens ADD COLUMN parent TEXT COLLATE "C";
ALTER TABLE tokens ADD COLUMN account TEXT COLLATE "C";
CREATE INDEX tokens_parent ON tokens (parent) WHERE parent IS NOT NULL;
