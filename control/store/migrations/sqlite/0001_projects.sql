-- `version` counts a row's changes: the ETag of the API. Times are milliseconds since 1970 UTC.
CREATE TABLE users (
    id          TEXT PRIMARY KEY,
    telegram_id TEXT NOT NULL UNIQUE,
    is_admin    INTEGER NOT NULL,
    created_at  INTEGER NOT NULL,
    version     INTEGER NOT NULL
) STRICT;
CREATE INDEX users_order ON users (created_at, id);

-- `owner_id` is a user's id, without a reference: a bot may know users that this store does not.
CREATE TABLE projects (
    id             TEXT PRIMARY KEY,
    name           TEXT NOT NULL,
    description    TEXT,
    status         TEXT NOT NULL,
    modules        TEXT NOT NULL,
    repository_url TEXT,
    github_repo_id TEXT,
    owner_id       TEXT,
    project_spec   TEXT,
    created_at     INTEGER NOT NULL,
    version        INTEGER NOT NULL
) STRICT;
CREATE INDEX projects_order ON projects (created_at, id);
CREATE INDEX projects_owner ON projects (owner_id, created_at, id);
CREATE INDEX projects_status ON projects (status, created_at, id);

CREATE TABLE tasks (
    id         TEXT PRIMARY KEY,
    project_id TEXT NOT NULL REFERENCES projects (id),
    type       TEXT NOT NULL,
    status     TEXT NOT NULL,
    spec       TEXT,
    result     TEXT,
    created_at INTEGER NOT NULL,
    updated_at INTEGER,
    version    INTEGER NOT NULL
) STRICT;
CREATE INDEX tasks_order ON tasks (created_at, id);
CREATE INDEX tasks_project ON tasks (project_id, created_at, id);
CREATE INDEX tasks_status ON tasks (status, created_at, id);

-- `task_id` without a reference: other producers' tasks are executed too.
CREATE TABLE task_executions (
    id          TEXT PRIMARY KEY,
    task_id     TEXT,
    worker_id   TEXT NOT NULL,
    started_at  INTEGER,
    finished_at INTEGER,
    duration_ms INTEGER,
    exit_code   INTEGER,
    status      TEXT NOT NULL,
    result_data TEXT,
    created_at  INTEGER NOT NULL,
    version     INTEGER NOT NULL
) STRICT;
CREATE INDEX task_executions_order ON task_executions (created_at, id);
CREATE INDEX task_executions_task ON task_executions (task_id, created_at, id);
CREATE INDEX task_executions_worker ON task_executions (worker_id, created_at, id);

-- A token is found by its public prefix and believed by the SHA-256 of the whole.
CREATE TABLE tokens (
    prefix           TEXT PRIMARY KEY,
    name             TEXT NOT NULL,
    role             TEXT NOT NULL,
    digest           TEXT NOT NULL,
    user_id          TEXT,
    worker_id        TEXT,
    task_id          TEXT,
    scopes           TEXT NOT NULL,
    speaks_for_users INTEGER NOT NULL,
    created_at       INTEGER NOT NULL,
    expires_at       INTEGER,
    revoked_at       INTEGER
) STRICT;
CREATE INDEX tokens_worker ON tokens (worker_id) WHERE worker_id IS NOT NULL;
CREATE INDEX tokens_order ON tokens (created_at, prefix);

-- The answer to a POST, for the same POST sent again.
CREATE TABLE idempotency_keys (
    caller      TEXT NOT NULL,
    route       TEXT NOT NULL,
    key         TEXT NOT NULL,
    body_digest TEXT NOT NULL,
    answer      TEXT NOT NULL,
    expires_at  INTEGER NOT NULL,
    PRIMARY KEY (caller, route, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX idempotency_keys_expiry ON idempotency_keys (expires_at);
