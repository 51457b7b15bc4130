-- What workers' model calls cost, in billionths of a dollar. A call is a row when it begins, with what it could cost, and
-- the same row when it has ended, with what it did cost. The sums are kept beside the calls: they are what caps are held
-- against, and stay when the calls are forgotten.
CREATE TABLE model_calls (
    id                 TEXT COLLATE "C" PRIMARY KEY,
    daemon             TEXT COLLATE "C" NOT NULL,
    life               TEXT COLLATE "C" NOT NULL,
    worker_id          TEXT COLLATE "C" NOT NULL,
    task_id            TEXT COLLATE "C" NOT NULL,
    project_id         TEXT COLLATE "C" NOT NULL,
    user_id            TEXT COLLATE "C" NOT NULL,
    api                TEXT COLLATE "C" NOT NULL,
    model              TEXT COLLATE "C" NOT NULL,
    day                TEXT COLLATE "C" NOT NULL,
    began_at           BIGINT NOT NULL,
    reserved           BIGINT NOT NULL,
    ended_at           BIGINT,
    status             BIGINT NOT NULL DEFAULT 0,
    input_tokens       BIGINT NOT NULL DEFAULT 0,
    cache_read_tokens  BIGINT NOT NULL DEFAULT 0,
    cache_write_tokens BIGINT NOT NULL DEFAULT 0,
    output_tokens      BIGINT NOT NULL DEFAULT 0,
    cost               BIGINT NOT NULL DEFAULT 0,
    remarks            TEXT COLLATE "C" NOT NULL DEFAULT ''
);
CREATE INDEX model_calls_began ON model_calls (began_at, id);
CREATE INDEX model_calls_open ON model_calls (began_at) WHERE ended_at IS NULL;

-- `day` is empty in the sum of all days; `subject` is empty where the scope is "all".
CREATE TABLE model_spending (
    scope              TEXT COLLATE "C" NOT NULL,
    subject            TEXT COLLATE "C" NOT NULL,
    day                TEXT COLLATE "C" NOT NULL,
    user_id            TEXT COLLATE "C" NOT NULL,
    project_id         TEXT COLLATE "C" NOT NULL,
    calls              BIGINT NOT NULL,
    input_tokens       BIGINT NOT NULL,
    cache_read_tokens  BIGINT NOT NULL,
    cache_write_tokens BIGINT NOT NULL,
    output_tokens      BIGINT NOT NULL,
    cost               BIGINT NOT NULL,
    reserved           BIGINT NOT NULL,
    estimated          BIGINT NOT NULL,
    PRIMARY KEY (scope, subject, day)
);
CREATE INDEX model_spending_day ON model_spending (scope, day, subject);

CREATE TABLE budgets (
    scope    TEXT COLLATE "C" NOT NULL,
    subject  TEXT COLLATE "C" NOT NULL,
    period   TEXT COLLATE "C" NOT NULL,
    cap      BIGINT NOT NULL,
    set_by   TEXT COLLATE "C" NOT NULL,
    by_admin BIGINT NOT NULL,
    set_at   BIGINT NOT NULL,
    PRIMARY KEY (scope, subject, period)
);

-- Tasks whose last model call was refused for a cap's sake: they go on when there is money again.
CREATE TABLE budget_stops (
    task_id    TEXT COLLATE "C" PRIMARY KEY,
    project_id TEXT COLLATE "C" NOT NULL,
    user_id    TEXT COLLATE "C" NOT NULL,
    stopped_at BIGINT NOT NULL
);

-- The models that a project may use; no row: all of them.
CREATE TABLE project_models (
    project_id TEXT COLLATE "C" PRIMARY KEY REFERENCES projects (id) ON DELETE CASCADE,
    models     TEXT COLLATE "C" NOT NULL
);
