-- Since when a deployment answers, or does not; and what admins were last told of it, and when: at most once an hour of a
-- kind.
ALTER TABLE service_deployments ADD COLUMN health_since BIGINT;
ALTER TABLE service_deployments ADD COLUMN told TEXT NOT NULL DEFAULT '';
ALTER TABLE service_deployments ADD COLUMN told_down_at BIGINT;
ALTER TABLE service_deployments ADD COLUMN told_up_at BIGINT;
