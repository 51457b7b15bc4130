-- What runs, and when it was last seen to. `health` is the path that is asked for; the two counts are of looks in a
-- row that failed, or did not.
ALTER TABLE service_deployments ADD COLUMN "commit" TEXT COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE service_deployments ADD COLUMN last_health_check BIGINT;
ALTER TABLE service_deployments ADD COLUMN error TEXT COLLATE "C";
ALTER TABLE service_deployments ADD COLUMN health TEXT COLLATE "C" NOT NULL DEFAULT '/';
ALTER TABLE service_deployments ADD COLUMN misses BIGINT NOT NULL DEFAULT 0;
ALTER TABLE service_deployments ADD COLUMN hits BIGINT NOT NULL DEFAULT 0;

-- What an incident is about, so that it is opened once.
ALTER TABLE incidents ADD COLUMN type TEXT COLLATE "C" NOT NULL DEFAULT 'server_unreachable';
ALTER TABLE incidents ADD COLUMN subject TEXT COLLATE "C";
ALTER TABLE incidents ADD COLUMN details TEXT COLLATE "C" NOT NULL DEFAULT '{}';
-- Those of older versions have no subject, and are left alone.
CREATE UNIQUE INDEX incidents_open ON incidents (server_id, type, subject) WHERE status = 'open';
