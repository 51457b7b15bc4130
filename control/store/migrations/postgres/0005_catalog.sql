CREATE TABLE agent_configs (
    id            TEXT COLLATE "C" PRIMARY KEY,
    name          TEXT COLLATE "C" NOT NULL,
    type          TEXT COLLATE "C" NOT NULL,
    model         TEXT COLLATE "C" NOT NULL,
    system_prompt TEXT COLLATE "C" NOT NULL,
    is_active     BIGINT NOT NULL,
    created_at    BIGINT NOT NULL,
    version       BIGINT NOT NULL
);
CREATE INDEX agent_configs_order ON agent_configs (created_at, id);

-- What is told of a key. What it is believed by is its row among the tokens.
CREATE TABLE api_keys (
    id           TEXT COLLATE "C" PRIMARY KEY,
    name         TEXT COLLATE "C" NOT NULL,
    scopes       TEXT COLLATE "C" NOT NULL,
    created_at   BIGINT NOT NULL,
    last_used_at BIGINT,
    revoked_at   BIGINT,
    version      BIGINT NOT NULL
);
CREATE INDEX api_keys_order ON api_keys (created_at, id);
ALTER TABLE tokens ADD COLUMN api_key_id TEXT COLLATE "C";
ALTER TABLE tokens ADD COLUMN used_at BIGINT;
CREATE INDEX tokens_api_key ON tokens (api_key_id) WHERE api_key_id IS NOT NULL;

CREATE TABLE available_models (
    id             TEXT COLLATE "C" PRIMARY KEY,
    provider       TEXT COLLATE "C" NOT NULL,
    name           TEXT COLLATE "C" NOT NULL,
    context_window BIGINT,
    input_price    TEXT COLLATE "C",
    output_price   TEXT COLLATE "C",
    created_at     BIGINT NOT NULL,
    version        BIGINT NOT NULL
);
CREATE INDEX available_models_order ON available_models (created_at, id);
