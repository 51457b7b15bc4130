-- What a forge reported about its repositories: each delivery once, and whether flows have heard of it.
CREATE TABLE forge_deliveries (
    id         TEXT COLLATE "C" PRIMARY KEY,
    repository TEXT COLLATE "C" NOT NULL,
    event      TEXT COLLATE "C" NOT NULL,
    heard      BIGINT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX forge_deliveries_order ON forge_deliveries (heard, created_at);
