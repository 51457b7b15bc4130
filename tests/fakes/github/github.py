"""What the fake GitHub knows and answers, one method an operation. No HTTP here."""

import base64
import datetime
import pathlib
import re
import secrets
import time

import nacl.public
from git_store import GitRepository


class Refusal(Exception):
    def __init__(self, status, message, **more):
        super().__init__(message)
        self.status, self.body = status, {"message": message, "documentation_url": "https://docs.github.example", **more}


def stamp(seconds):
    return datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


class Repository:
    def __init__(self, root, owner, name, number, description=""):
        self.owner, self.name, self.id, self.description = owner, name, number, description
        self.git = GitRepository(pathlib.Path(root) / owner / (name + ".git"))
        self.archived, self.required, self.ruleset = False, [], False
        self.protected, self.secrets, self.pulls, self.checks, self.runs = [], {}, [], [], []
        self.key = nacl.public.PrivateKey.generate()

    @property
    def full_name(self):
        return f"{self.owner}/{self.name}"


class GitHub:
    def __init__(self, root, url, owners, description):
        self.root, self.url, self.description = pathlib.Path(root), url, description
        self.installations = {one: {"id": 70 + n, "suspended": False, "removed": False, "user": one.startswith("user-")}
                              for n, one in enumerate(owners)}
        self.repositories, self.moved, self.tokens = {}, {}, {}
        self.tokens_issued = 0
        self.settings = {"run_details": "id", "log_bytes": 1000, "log_end": "the last line of the log\n", "token_seconds": 3600,
                         "conclusions": []}  # conclusions of the next runs, which end at once
        self.numbers = iter(range(1000, 10 ** 9))

    # Changes that tests make.

    def change(self, order):
        return getattr(self, "do_" + order.pop("do"))(**order)

    def do_settings(self, **values):
        self.settings.update(values)

    def do_installation(self, owner, **values):
        self.installations[owner].update(values)
        if values.get("suspended") or values.get("removed"):
            self.tokens = {token: of for token, of in self.tokens.items() if of[0] != owner}

    def do_revoke_tokens(self):
        self.tokens = {}

    def do_repository(self, name, renamed_to=None, deleted=False, files=None, **values):
        repository = self.repositories.get(name)
        if repository is None:
            repository = self.add_repository(*name.split("/"), "")
        for path, content in (files or {}).items():
            repository.git.write_file("main", path, content.encode(), "Add " + path)
        for key, value in values.items():
            assert hasattr(repository, key), key
            setattr(repository, key, value)
        repository.git.protect(repository.protected)
        if deleted or renamed_to:
            del self.repositories[name]
        if renamed_to:
            old = repository.git.path
            repository.owner, repository.name = renamed_to.split("/")
            repository.git.path = self.root / repository.owner / (repository.name + ".git")
            repository.git.path.parent.mkdir(exist_ok=True)
            old.rename(repository.git.path)
            self.repositories[renamed_to] = repository
            self.moved[name] = repository.id
        elif deleted:
            repository.git.path.rename(str(repository.git.path) + ".deleted")

    def do_check(self, name, commit, check, status, conclusion=None, slug="github-actions"):
        repository = self.repositories[name]
        repository.checks = [one for one in repository.checks if (one["name"], one["head_sha"]) != (check, commit)]
        repository.checks.append({"name": check, "head_sha": commit, "status": status, "conclusion": conclusion,
                                  "id": next(self.numbers), "app": self.app_of(slug)})

    def do_review(self, name, number, commit, author, state, body="", kind="User", comments=()):
        """A review of a pull request, with comments on lines: {"path", "line", "body"}."""
        pull = self.repositories[name].pulls[number - 1]
        user = {**self.owner_of(author), "type": kind}
        pull.setdefault("reviews", []).append(self.description.filled("pull-request-review", {
            "id": next(self.numbers), "user": user, "state": state, "commit_id": commit, "body": body}))
        pull.setdefault("comments", []).extend(self.description.filled("pull-request-review-comment", {
            **one, "id": next(self.numbers), "user": user, "original_commit_id": commit, "commit_id": commit})
            for one in comments)

    def do_push_run(self, name, commit, workflow, **values):
        """A run that a push began."""
        self.repositories[name].runs.append({
            "id": next(self.numbers), "status": "queued", "conclusion": None, "head_sha": commit, "event": "push",
            "head_branch": "main", "path": workflow, "jobs": [{"id": next(self.numbers), "name": "build"}], **values})

    def do_run(self, name, run_id, **values):
        run = next(one for one in self.repositories[name].runs if one["id"] == run_id)
        run.update(values)

    # The callers of the API.

    def app_of(self, slug):
        return {"id": 1, "slug": slug, "node_id": "x", "owner": self.owner_of("acme"), "name": slug, "description": None,
                "external_url": "https://github.example", "html_url": "https://github.example/apps/" + slug,
                "created_at": stamp(0), "updated_at": stamp(0), "permissions": {}, "events": []}

    def owner_of(self, name):
        return self.description.filled("simple-user", {"login": name, "id": 5})

    def installation(self, owner):
        found = self.installations.get(owner)
        if found is None or found["removed"]:
            raise Refusal(404, "Not Found")
        suspended = stamp(1) if found["suspended"] else None
        return self.description.filled("installation", {"id": found["id"], "suspended_at": suspended,
                                                        "app_id": 1, "target_id": found["id"]})

    def make_token(self, number):
        for owner, one in self.installations.items():
            if one["id"] == number and not one["removed"]:
                if one["suspended"]:
                    raise Refusal(403, "This installation has been suspended")
                token = "ghs_" + secrets.token_hex(18)
                until = time.time() + self.settings["token_seconds"]
                self.tokens[token] = (owner, until)
                self.tokens_issued += 1
                return {"token": token, "expires_at": stamp(until)}
        raise Refusal(404, "Not Found")

    def owner_of_token(self, token):
        owner, until = self.tokens.get(token, (None, 0))
        return owner if until > time.time() else None

    # Repositories.

    def add_repository(self, owner, name, description):
        repository = Repository(self.root, owner, name, next(self.numbers), description)
        self.repositories[repository.full_name] = repository
        return repository

    def find(self, owner, repo):
        found = self.repositories.get(f"{owner}/{repo}")
        if found is not None:
            return found
        if f"{owner}/{repo}" in self.moved:
            raise Refusal(301, "Moved Permanently", url=f"{self.url}/repositories/{self.moved[f'{owner}/{repo}']}")
        raise Refusal(404, "Not Found")

    def writable(self, owner, repo):
        found = self.find(owner, repo)
        if found.archived:
            raise Refusal(403, "Repository was archived so is read-only.")
        return found

    def shown(self, repository, schema="full-repository"):
        return self.description.filled(schema, {
            "id": repository.id, "name": repository.name, "full_name": repository.full_name, "private": True,
            "default_branch": "main", "archived": repository.archived, "owner": self.owner_of(repository.owner),
            "html_url": f"https://github.example/{repository.full_name}", "description": repository.description})

    def create_repository(self, org, body):
        if self.installations.get(org, {}).get("user"):
            raise Refusal(404, "Not Found")
        if f"{org}/{body['name']}" in self.repositories:
            raise Refusal(422, "Repository creation failed.",
                          errors=[{"resource": "Repository", "code": "custom", "field": "name",
                                   "message": "name already exists on this account"}])
        return self.shown(self.add_repository(org, body["name"], body.get("description", "")))

    def list_repositories(self, org, page, per_page):
        all_of = [one for one in self.repositories.values() if one.owner == org]
        return [self.shown(one, "minimal-repository") for one in all_of[(page - 1) * per_page:page * per_page]]

    # Contents and refs.

    def content(self, repository, path, ref):
        commit = repository.git.commit_of(ref or "main")
        content = commit and repository.git.file(commit, path)
        if content is None:
            raise Refusal(404, "Not Found")
        return content

    def put_content(self, repository, path, body):
        branch = body.get("branch", "main")
        there = repository.git.run("rev-parse", "--verify", "--quiet", f"refs/heads/{branch}:{path}")
        if there.returncode == 0 and body.get("sha") != there.stdout.decode().strip():
            raise Refusal(409 if "sha" in body else 422, f"{path} does not match")
        commit, blob = repository.git.write_file(branch, path, base64.b64decode(body["content"]), body["message"])
        answer = self.description.filled("file-commit", {})
        answer["commit"] = {"sha": commit, "message": body["message"]}
        answer["content"] = {"path": path, "sha": blob, "name": path.split("/")[-1]}
        return (200 if there.returncode == 0 else 201), answer

    def ref(self, repository, ref):
        commit = repository.git.commit_of("refs/" + ref)
        if commit is None:
            raise Refusal(404, "Not Found")
        return self.shown_ref("refs/" + ref, commit)

    def shown_ref(self, ref, commit):
        url = "https://github.example/x"
        return {"ref": ref, "node_id": "x", "url": url, "object": {"type": "commit", "sha": commit, "url": url}}

    def create_ref(self, repository, body):
        if not re.fullmatch(r"refs/(heads|tags)/.+", body["ref"]):
            raise Refusal(422, "Reference name is not valid")
        if repository.git.commit_of(body["ref"]):
            raise Refusal(422, "Reference already exists")
        if repository.git.commit_of(body["sha"]) != body["sha"]:
            raise Refusal(422, "Object does not exist")
        repository.git.git("update-ref", body["ref"], body["sha"])
        return self.shown_ref(body["ref"], body["sha"])

    def delete_ref(self, repository, ref):
        if not repository.git.commit_of("refs/" + ref):
            raise Refusal(422, "Reference does not exist")
        repository.git.git("update-ref", "-d", "refs/" + ref)

    def branch(self, repository, name):
        commit = repository.git.commit_of("refs/heads/" + name)
        if commit is None:
            raise Refusal(404, "Branch not found")
        answer = self.description.filled("branch-with-protection", {"name": name,
                                                                    "protected": name in repository.protected})
        answer["commit"]["sha"] = commit
        answer["protection"] = {"enabled": name in repository.protected}
        if name in repository.protected and not repository.ruleset:
            answer["protection"]["required_status_checks"] = {
                "enforcement_level": "everyone", "contexts": repository.required, "checks": []}
        return answer

    def rules(self, repository, name):
        if not repository.ruleset or name not in repository.protected:
            return []
        checks = [{"context": one} for one in repository.required]
        return [{"type": "pull_request", "parameters": {
                    "dismiss_stale_reviews_on_push": False, "require_code_owner_review": False,
                    "require_last_push_approval": False, "required_approving_review_count": 0,
                    "required_review_thread_resolution": False}},
                {"type": "required_status_checks", "parameters": {
                    "required_status_checks": checks, "strict_required_status_checks_policy": False}}]

    # Checks and pull requests.

    def check_runs(self, repository, ref):
        found = [self.description.filled("check-run", one) for one in repository.checks if one["head_sha"] == ref]
        return {"total_count": len(found), "check_runs": found}

    def status(self, repository, ref):
        return self.description.filled("combined-commit-status", {
            "sha": ref, "state": "pending", "statuses": [], "total_count": 0,
            "repository": self.shown(repository, "minimal-repository")})

    def shown_pull(self, repository, pull, schema):
        answer = self.description.filled(schema, {
            "number": pull["number"], "state": pull["state"], "title": pull["title"], "body": pull["body"],
            "merged_at": pull["merged_at"], "html_url": f"https://github.example/{repository.full_name}/pull/{pull['number']}"})
        head = repository.git.commit_of("refs/heads/" + pull["head"]) or pull["sha"]
        answer["head"].update(sha=head, ref=pull["head"])
        answer["base"].update(ref=pull["base"])
        if schema == "pull-request":
            answer["merged"] = pull["merged_at"] is not None
        return answer

    def open_pull(self, repository, body):
        head = repository.git.commit_of("refs/heads/" + body["head"])
        base = repository.git.commit_of("refs/heads/" + body["base"])
        if head is None or base is None:
            raise Refusal(422, "Validation Failed", errors=[{"resource": "PullRequest", "field": "head", "code": "invalid"}])
        if repository.git.run("merge-base", "--is-ancestor", head, base).returncode == 0:
            raise Refusal(422, "Validation Failed", errors=[{
                "resource": "PullRequest", "code": "custom", "message": f"No commits between {body['base']} and {body['head']}"}])
        if any(one["head"] == body["head"] and one["state"] == "open" for one in repository.pulls):
            raise Refusal(422, "Validation Failed", errors=[{
                "resource": "PullRequest", "code": "custom", "message": "A pull request already exists for this branch."}])
        pull = {"number": len(repository.pulls) + 1, "state": "open", "merged_at": None, "sha": head,
                "title": body["title"], "body": body.get("body", ""), "head": body["head"], "base": body["base"]}
        repository.pulls.append(pull)
        return self.shown_pull(repository, pull, "pull-request")

    def list_pulls(self, repository, query):
        state = query.get("state", "open")
        found = [one for one in reversed(repository.pulls)
                 if state in ("all", one["state"])
                 and query.get("head", f"{repository.owner}:{one['head']}") == f"{repository.owner}:{one['head']}"
                 and query.get("base", one["base"]) == one["base"]]
        return [self.shown_pull(repository, one, "pull-request-simple") for one in found[:int(query.get("per_page", 30))]]

    def pull(self, repository, number):
        if not 1 <= number <= len(repository.pulls):
            raise Refusal(404, "Not Found")
        return repository.pulls[number - 1]

    def merge(self, repository, number, body):
        pull = self.pull(repository, number)
        head = repository.git.commit_of("refs/heads/" + pull["head"])
        if pull["state"] != "open":
            raise Refusal(405, "Pull Request is not mergeable")
        if body.get("sha", head) != head:
            raise Refusal(409, "Head branch was modified. Review and try the merge again.")
        good = {one["name"] for one in repository.checks if one["head_sha"] == head and one["conclusion"] == "success"}
        if pull["base"] in repository.protected and not set(repository.required) <= good:
            raise Refusal(405, "Required status check is expected.")
        if body.get("merge_method", "merge") != "merge":
            raise Refusal(405, "The fake merges with merge commits alone.")
        merged = repository.git.merge(pull["base"], head, f"Merge pull request #{number}")
        if merged is None:
            raise Refusal(405, "Pull Request is not mergeable")
        pull.update(state="closed", merged_at=stamp(time.time()), sha=head)
        return {"sha": merged, "merged": True, "message": "Pull Request successfully merged"}

    # Secrets.

    def public_key(self, repository):
        key = base64.b64encode(bytes(repository.key.public_key)).decode()
        return {"key_id": str(repository.id), "key": key}

    def put_secret(self, repository, name, body):
        if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name) or name.upper().startswith("GITHUB_"):
            raise Refusal(422, "Secret names can only contain alphanumeric characters or underscores.")
        if body["key_id"] != str(repository.id):
            raise Refusal(422, "Bad key id")
        try:
            opened = nacl.public.SealedBox(repository.key).decrypt(base64.b64decode(body["encrypted_value"]))
        except Exception as fault:
            raise Refusal(422, "Bad encrypted value") from fault
        new = name not in repository.secrets
        repository.secrets[name] = opened.decode()
        return new

    # Workflows.

    def workflow(self, repository, name, ref="main"):
        commit = next((commit for kind in ("heads", "tags")
                       if (commit := repository.git.commit_of(f"refs/{kind}/{ref}"))), None)
        content = repository.git.file(commit, ".github/workflows/" + name) if commit else None
        return commit, content

    def dispatch(self, repository, name, body):
        commit, content = self.workflow(repository, name, body["ref"])
        if commit is None:
            raise Refusal(422, f"No ref found for: {body['ref']}")
        if content is None:
            raise Refusal(404, "Not Found")
        if b"workflow_dispatch" not in content:
            raise Refusal(422, "Workflow does not have 'workflow_dispatch' trigger")
        if self.settings["run_details"] == "unknown" and "return_run_details" in body:
            raise Refusal(400, "Invalid request: return_run_details is not a permitted key.")
        run = {"id": next(self.numbers), "status": "queued", "conclusion": None, "head_sha": commit, "event": "workflow_dispatch",
               "head_branch": body["ref"], "path": name, "jobs": [{"id": next(self.numbers), "name": "deploy"}]}
        if self.settings["conclusions"]:
            run.update(status="completed", conclusion=self.settings["conclusions"].pop(0))
        repository.runs.append(run)
        if not body.get("return_run_details") or self.settings["run_details"] == "silent":
            return None
        return {"workflow_run_id": run["id"], "run_url": self.url, "html_url": self.url}

    def shown_run(self, repository, run):
        kept = {key: value for key, value in run.items() if key not in ("jobs", "path")}
        return self.description.filled("workflow-run", {
            **kept, "html_url": f"https://github.example/{repository.full_name}/actions/runs/{run['id']}",
            "repository": self.shown(repository, "minimal-repository"),
            "head_repository": self.shown(repository, "minimal-repository"), "head_commit": None})

    def list_runs(self, repository, name, query):
        found = [one for one in reversed(repository.runs) if one["path"] == name
                 and query.get("branch", one["head_branch"]) == one["head_branch"]
                 and query.get("event", one["event"]) == one["event"]
                 and query.get("head_sha", one["head_sha"]) == one["head_sha"]]
        return {"total_count": len(found),
                "workflow_runs": [self.shown_run(repository, one) for one in found[:int(query.get("per_page", 30))]]}

    def run(self, repository, number):
        found = [one for one in repository.runs if one["id"] == number]
        if not found:
            raise Refusal(404, "Not Found")
        return found[0]

    def jobs(self, repository, number):
        run = self.run(repository, number)
        failed = run["conclusion"] == "failure"
        shown = [self.description.filled("job", {
            **one, "run_id": number, "head_sha": run["head_sha"], "status": "completed" if run["conclusion"] else "queued",
            "conclusion": run["conclusion"],
            "steps": [{"name": "Pull", "status": "completed", "conclusion": "success", "number": 1},
                      {"name": "Start", "status": "completed", "conclusion": "failure" if failed else "success", "number": 2}]})
            for one in run["jobs"]]
        return {"total_count": len(shown), "jobs": shown}

    def cancel(self, repository, number):
        run = self.run(repository, number)
        if run["conclusion"]:
            raise Refusal(409, "Cannot cancel a workflow run that is completed.")
        run.update(status="completed", conclusion="cancelled")

    def rerun(self, repository, number):
        self.run(repository, number).update(status="queued", conclusion=None)
