CREATE TABLE rag_documents (
    id         TEXT COLLATE "C" PRIMARY KEY,
    source     TEXT COLLATE "C" NOT NULL,
    path       TEXT COLLATE "C" NOT NULL,
    text       TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL,
    version    BIGINT NOT NULL,
    UNIQUE (source, path)
);
CREATE INDEX rag_documents_order ON rag_documents (created_at, id);

-- The parts that searches find.
CREATE TABLE rag_chunks (
    seq         BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id          TEXT COLLATE "C" NOT NULL UNIQUE,
    document_id TEXT COLLATE "C" NOT NULL REFERENCES rag_documents (id),
    position    BIGINT NOT NULL,
    text        TEXT COLLATE "C" NOT NULL,
    embedding   TEXT COLLATE "C",
    words       TSVECTOR GENERATED ALWAYS AS (to_tsvector('simple', text)) STORED
);
CREATE INDEX rag_chunks_document ON rag_chunks (document_id, position);
CREATE INDEX rag_chunks_words ON rag_chunks USING gin (words);
