-- How many lists of the organisation's repositories in a row lacked a project's repository, and the project's status before it
-- became missing.
ALTER TABLE projects ADD COLUMN repository_missed BIGINT NOT NULL DEFAULT 0;
ALTER TABLE projects ADD COLUMN status_before_missing TEXT COLLATE "C" NOT NULL DEFAULT '';
