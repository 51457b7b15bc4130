-- Directories that daemons on this store share, each by what it is for: "forge". `id` stands in the directory, too; a daemon
-- that finds another one there has a directory of its own.
CREATE TABLE shared_directories (
    name TEXT PRIMARY KEY,
    id   TEXT NOT NULL
);
