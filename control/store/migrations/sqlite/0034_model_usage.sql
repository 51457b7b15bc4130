-- What workers' model calls cost, in billionths of a dollar. A call is a row when it begins, with what it could cost, and
-- the same row when it has ended, with what it did cost. The sums are kept beside the calls: they are what caps are held
-- against, and stay when the calls are forgotten.
CREATE TABLE model_calls (
    id                 TEXT PRIMARY KEY,
    daemon             TEXT NOT NULL,
    life               TEXT NOT NULL,
    worker_id          TEXT NOT NULL,
    task_id            TEXT NOT NULL,
    project_id         TEXT NOT NULL,
    user_id            TEXT NOT NULL,
    api                TEXT NOT NULL,
    model              TEXT NOT NULL,
    day                TEXT NOT NULL,
    began_at           INTEGER NOT NULL,
    reserved           INTEGER NOT NULL,
    ended_at           INTEGER,
    status             INTEGER NOT NULL DEFAULT 0,
    input_tokens       INTEGER NOT NULL DEFAULT 0,
    cache_read_tokens  INTEGER NOT NULL DEFAULT 0,
    cache_write_tokens INTEGER NOT NULL DEFAULT 0,
    output_tokens      INTEGER NOT NULL DEFAULT 0,
    cost               INTEGER NOT NULL DEFAULT 0,
    remarks            TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX model_calls_began ON model_calls (began_at, id);
CREATE INDEX model_calls_open ON model_calls (began_at) WHERE ended_at IS NULL;

-- `day` is empty in the sum of all days; `subject` is empty where the scope is "all".
CREATE TABLE model_spending (
    scope              TEXT NOT NULL,
    subject            TEXT NOT NULL,
    day                TEXT NOT NULL,
    user_id            TEXT NOT NULL,
    project_id         TEXT NOT NULL,
    calls              INTEGER NOT NULL,
    input_tokens       INTEGER NOT NULL,
    cache_read_tokens  INTEGER NOT NULL,
    cache_write_tokens INTEGER NOT NULL,
    output_tokens      INTEGER NOT NULL,
    cost               INTEGER NOT NULL,
    reserved           INTEGER NOT NULL,
    estimated          INTEGER NOT NULL,
    PRIMARY KEY (scope, subject, day)
) STRICT;
CREATE INDEX model_spending_day ON model_spending (scope, day, subject);

CREATE TABLE budgets (
    scope    TEXT NOT NULL,
    subject  TEXT NOT NULL,
    period   TEXT NOT NULL,
    cap      INTEGER NOT NULL,
    set_by   TEXT NOT NULL,
    by_admin INTEGER NOT NULL,
    set_at   INTEGER NOT NULL,
    PRIMARY KEY (scope, subject, period)
) STRICT;

-- Tasks whose last model call was refused for a cap's sake: they go on when there is money again.
CREATE TABLE budget_stops (
    task_id    TEXT PRIMARY KEY,
    project_id TEXT NOT NULL,
    user_id    TEXT NOT NULL,
    stopped_at INTEGER NOT NULL
) STRICT;

-- The models that a project may use; no row: all of them.
CREATE TABLE project_models (
    project_id TEXT PRIMARY KEY REFERENCES projects (id) ON DELETE CASCADE,
    models     TEXT NOT NULL
) STRICT;
