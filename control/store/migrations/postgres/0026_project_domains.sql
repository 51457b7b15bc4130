-- The names under which deployments are reached over https: the one below DEPLOY_DOMAIN that each project is given (is_own = 0),
-- and domains of users' own. `state` and `reason` are as of `looked_at`.
CREATE TABLE project_domains (
    domain     TEXT COLLATE "C" PRIMARY KEY,
    project_id TEXT COLLATE "C" NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    is_own     BIGINT NOT NULL,
    state      TEXT COLLATE "C" NOT NULL,
    reason     TEXT COLLATE "C" NOT NULL DEFAULT '',
    since      BIGINT NOT NULL,
    looked_at  BIGINT NOT NULL DEFAULT 0,
    created_at BIGINT NOT NULL
);
CREATE INDEX project_domains_project ON project_domains (project_id, domain);
