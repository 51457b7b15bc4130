CREATE TABLE rag_documents (
    id         TEXT PRIMARY KEY,
    source     TEXT NOT NULL,
    path       TEXT NOT NULL,
    text       TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    version    INTEGER NOT NULL,
    UNIQUE (source, path)
) STRICT;
CREATE INDEX rag_documents_order ON rag_documents (created_at, id);

-- The parts that searches find.
CREATE TABLE rag_chunks (
    seq         INTEGER PRIMARY KEY,
    id          TEXT NOT NULL UNIQUE,
    document_id TEXT NOT NULL REFERENCES rag_documents (id),
    position    INTEGER NOT NULL,
    text        TEXT NOT NULL,
    embedding   TEXT
) STRICT;
CREATE INDEX rag_chunks_document ON rag_chunks (document_id, position);

-- Written together with the parts (control/store/rag_documents.cpp).
CREATE VIRTUAL TABLE rag_chunks_fts USING fts5 (
    text, content = 'rag_chunks', content_rowid = 'seq', tokenize = 'unicode61 remove_diacritics 0'
);
