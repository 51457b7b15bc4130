-- Ways into the web page. A link's and a cookie's secret is believed by its SHA-256, and is no more than the token
-- that it was made with: without that token's row there is none.
CREATE TABLE web_links (
    digest     TEXT COLLATE "C" PRIMARY KEY,
    token      TEXT COLLATE "C" NOT NULL REFERENCES tokens (prefix) ON DELETE CASCADE,
    expires_at BIGINT NOT NULL,
    used_at    BIGINT
);
CREATE INDEX web_links_token ON web_links (token);
CREATE INDEX web_links_expiry ON web_links (expires_at);

CREATE TABLE web_sessions (
    id         TEXT COLLATE "C" PRIMARY KEY,
    digest     TEXT COLLATE "C" NOT NULL UNIQUE,
    token      TEXT COLLATE "C" NOT NULL REFERENCES tokens (prefix) ON DELETE CASCADE,
    browser    TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX web_sessions_token ON web_sessions (token, created_at, id);
CREATE INDEX web_sessions_expiry ON web_sessions (expires_at);
