-- Documents of projects lie beside those that administrators put in; these have a project. A part's vector is what a model
-- made of it, for the model of that name.
ALTER TABLE rag_documents ADD COLUMN project_id TEXT;
CREATE INDEX rag_documents_project ON rag_documents (project_id, path);
ALTER TABLE rag_chunks ADD COLUMN vector TEXT;
ALTER TABLE rag_chunks ADD COLUMN vector_model TEXT NOT NULL DEFAULT '';
CREATE INDEX rag_chunks_vectors ON rag_chunks (vector_model, seq);

-- Which commit of a project's repository its documents are from, and the files that are no documents, each with the reason.
CREATE TABLE project_knowledge (
    project_id TEXT PRIMARY KEY REFERENCES projects (id) ON DELETE CASCADE,
    commit_id  TEXT NOT NULL,
    read_at    INTEGER NOT NULL
) STRICT;
CREATE TABLE project_files_left (
    project_id TEXT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    path       TEXT NOT NULL,
    reason     TEXT NOT NULL,
    PRIMARY KEY (project_id, path)
) STRICT;
