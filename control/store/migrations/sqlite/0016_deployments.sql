-- What runs, and when it was last seen to. `health` is the path that is asked for; the two counts are of looks in a
-- row that failed, or did not.
ALTER TABLE service_deployments ADD COLUMN "commit" TEXT NOT NULL DEFAULT '';
ALTER TABLE service_deployments ADD COLUMN last_health_check INTEGER;
ALTER TABLE service_deployments ADD COLUMN error TEXT;
ALTER TABLE service_deployments ADD COLUMN health TEXT NOT NULL DEFAULT '/';
ALTER TABLE service_deployments ADD COLUMN misses INTEGER NOT NULL DEFAULT 0;
ALTER TABLE service_deployments ADD COLUMN hits INTEGER NOT NULL DEFAULT 0;

-- What an incident is about, so that it is opened once.
ALTER TABLE incidents ADD COLUMN type TEXT NOT NULL DEFAULT 'server_unreachable';
ALTER TABLE incidents ADD COLUMN subject TEXT;
ALTER TABLE incidents ADD COLUMN details TEXT NOT NULL DEFAULT '{}';
-- Those of older versions have no subject, and are left alone.
CREATE UNIQUE INDEX incidents_open ON incidents (server_id, type, subject) WHERE status = 'open';
