-- The names under which deployments are reached over https: the one below DEPLOY_DOMAIN that each project is given (is_own = 0),
-- and domains of users' own. `state` and `reason` are as of `looked_at`.
CREATE TABLE project_domains (
    domain     TEXT PRIMARY KEY,
    project_id TEXT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    is_own     INTEGER NOT NULL,
    state      TEXT NOT NULL,
    reason     TEXT NOT NULL DEFAULT '',
    since      INTEGER NOT NULL,
    looked_at  INTEGER NOT NULL DEFAULT 0,
    created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX project_domains_project ON project_domains (project_id, domain);
