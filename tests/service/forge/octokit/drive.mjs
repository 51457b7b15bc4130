// drive.mjs URL KEY-FILE: GitHub's own client, as a GitHub App, against the API below URL. Exits 0 when every answer is
// what octokit and this script expect.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const require = createRequire(process.env.NODE_MODULES + "/");
const { Octokit } = await import(require.resolve("@octokit/rest"));
const { createAppAuth } = await import(require.resolve("@octokit/auth-app"));

const [baseUrl, keyFile] = process.argv.slice(2);
const auth = { appId: 4711, privateKey: readFileSync(keyFile, "utf8") };
const app = new Octokit({ baseUrl, authStrategy: createAppAuth, auth });
const repo = { owner: "acme", repo: "shop" };
const refused = (promise, status) => assert.rejects(promise, (error) => error.status === status);

assert.equal((await app.rest.apps.getAuthenticated()).data.slug, "orchestrator");
const installation = (await app.rest.apps.getOrgInstallation({ org: "acme" })).data;
await refused(app.rest.apps.getOrgInstallation({ org: "nobody" }), 404);
assert.equal((await app.rest.apps.getRepoInstallation(repo)).data.id, installation.id);
const hub = new Octokit({ baseUrl, authStrategy: createAppAuth, auth: { ...auth, installationId: installation.id } });

// Repositories and contents.
const made = (await hub.rest.repos.createInOrg({ org: "acme", name: "shop", private: true })).data;
assert.equal(made.full_name, "acme/shop");
await refused(hub.rest.repos.createInOrg({ org: "acme", name: "shop" }), 422);
assert.equal((await hub.rest.repos.get(repo)).data.id, made.id);
const listed = await hub.paginate(hub.rest.repos.listForOrg, { org: "acme", per_page: 100 });
assert.deepEqual(listed.map((one) => one.name), ["shop"]);
const encoded = (text) => Buffer.from(text).toString("base64");
const workflow = ".github/workflows/deploy.yml";
const written = await hub.rest.repos.createOrUpdateFileContents({
    ...repo, path: workflow, message: "Add a workflow", content: encoded("on: workflow_dispatch"), branch: "main" });
assert.equal(written.status, 201);
const read = (await hub.rest.repos.getContent({ ...repo, path: workflow })).data;
assert.equal(Buffer.from(read.content, "base64").toString(), "on: workflow_dispatch");

// Refs, and a pull request to its merge.
const main = (await hub.rest.git.getRef({ ...repo, ref: "heads/main" })).data.object.sha;
await hub.rest.git.createRef({ ...repo, ref: "refs/heads/topic", sha: main });
await refused(hub.rest.git.createRef({ ...repo, ref: "refs/heads/topic", sha: main }), 422);
const pull = { head: "topic", base: "main", title: "A change", body: "Tests passed." };
await refused(hub.rest.pulls.create({ ...repo, ...pull }), 422);
await hub.rest.repos.createOrUpdateFileContents({
    ...repo, path: "a.txt", message: "A change", content: encoded("a"), branch: "topic" });
const opened = (await hub.rest.pulls.create({ ...repo, ...pull })).data;
const found = (await hub.rest.pulls.list({ ...repo, head: "acme:topic", base: "main", state: "all" })).data;
assert.deepEqual(found.map((one) => one.number), [opened.number]);
assert.equal((await hub.rest.repos.getBranch({ ...repo, branch: "main" })).data.protected, false);
assert.deepEqual((await hub.rest.repos.getBranchRules({ ...repo, branch: "main" })).data, []);
assert.equal((await hub.rest.checks.listForRef({ ...repo, ref: opened.head.sha })).data.total_count, 0);
assert.equal((await hub.rest.repos.getCombinedStatusForRef({ ...repo, ref: opened.head.sha })).data.statuses.length, 0);
assert.equal((await hub.rest.pulls.merge({ ...repo, pull_number: opened.number, sha: opened.head.sha })).data.merged, true);
assert.equal((await hub.rest.pulls.get({ ...repo, pull_number: opened.number })).data.merged, true);
await hub.rest.git.deleteRef({ ...repo, ref: "heads/topic" });
await refused(hub.rest.git.deleteRef({ ...repo, ref: "heads/topic" }), 422);

// A workflow's run, cancelled and run again; secrets.
const run = (await hub.rest.actions.createWorkflowDispatch({
    ...repo, workflow_id: "deploy.yml", ref: "main", return_run_details: true })).data.workflow_run_id;
await refused(hub.rest.actions.createWorkflowDispatch({ ...repo, workflow_id: "absent.yml", ref: "main" }), 404);
const runs = (await hub.rest.actions.listWorkflowRuns({ ...repo, workflow_id: "deploy.yml", branch: "main" })).data;
assert.deepEqual(runs.workflow_runs.map((one) => one.id), [run]);
await hub.rest.actions.cancelWorkflowRun({ ...repo, run_id: run });
await refused(hub.rest.actions.cancelWorkflowRun({ ...repo, run_id: run }), 409);
assert.equal((await hub.rest.actions.getWorkflowRun({ ...repo, run_id: run })).data.conclusion, "cancelled");
await hub.rest.actions.reRunWorkflowFailedJobs({ ...repo, run_id: run });
const jobs = (await hub.rest.actions.listJobsForWorkflowRun({ ...repo, run_id: run })).data.jobs;
const log = await hub.rest.actions.downloadJobLogsForWorkflowRun({ ...repo, job_id: jobs[0].id });
assert.match(log.data, /the last line of the log\n$/);
assert.equal(Buffer.from((await hub.rest.actions.getRepoPublicKey(repo)).data.key, "base64").length, 32);
await refused(hub.rest.actions.getRepoSecret({ ...repo, secret_name: "ABSENT" }), 404);
console.log("octokit is content");
