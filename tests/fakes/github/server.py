#!/usr/bin/env python3
"""server.py --directory DIR --key FILE [--app-id ID] [--owner NAME ...]: a GitHub for tests.

Prints "listening on PORT". Its REST API is below /api, git itself below /git. Every request and every answer is held
against GitHub's published description (openapi.json); what does not fit is kept as a violation. FILE has the private
key of the App, in PEM. Tests turn it with POST /fake {"do": ...} and read GET /fake: requests, violations, secrets."""

import argparse
import base64
import hashlib
import http.server
import json
import pathlib
import re
import shutil
import sys
import threading
import time
import traceback
import urllib.parse

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).parent))
import git_store
from description import Description
from github import GitHub, Refusal, stamp

REMAINING = 4999


def unpadded(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


class World:
    def __init__(self, options, url):
        key = serialization.load_pem_private_key(pathlib.Path(options.key).read_bytes(), None)
        self.public_key, self.app_id = key.public_key(), options.app_id
        self.description = Description()
        self.options, self.url = options, url
        self.lock = threading.RLock()
        self.begin()

    def begin(self):
        """As after a start: nothing is there, and nothing was asked."""
        shutil.rmtree(self.options.directory, ignore_errors=True)
        self.github = GitHub(self.options.directory, self.url + "/api", self.options.owner, self.description)
        self.requests, self.violations, self.misbehaviour = [], [], []

    def is_app(self, token):
        """Whether this is a JWT of ours that counts now."""
        try:
            head, claims, signature = token.split(".")
            self.public_key.verify(unpadded(signature), f"{head}.{claims}".encode(), padding.PKCS1v15(), hashes.SHA256())
            claims = json.loads(unpadded(claims))
            now = time.time()
            return (json.loads(unpadded(head))["alg"] == "RS256" and str(claims["iss"]) == self.app_id
                    and claims["iat"] <= now < claims["exp"] <= now + 600)
        except Exception:
            return False

    def state(self):
        hosted = self.github.repositories
        return {"requests": self.requests, "violations": self.violations, "tokens_issued": self.github.tokens_issued,
                "secrets": {name: one.secrets for name, one in hosted.items()},
                "pulls": {name: one.pulls for name, one in hosted.items()},
                "runs": {name: one.runs for name, one in hosted.items()},
                "repositories": sorted(hosted)}


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    world = None

    def log_message(self, *arguments):
        pass

    def answer(self, status, headers, body):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if status not in (204, 304):
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if status not in (204, 304):
            self.wfile.write(body)

    def read_body(self):
        if self.headers.get("Transfer-Encoding", "") != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))
        body = b""
        while size := int(self.rfile.readline().split(b";")[0], 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return body

    def handle_any(self):
        url = urllib.parse.urlsplit(self.path)
        body = self.read_body()
        try:
            if url.path == "/fake":
                return self.fake(body)
            if url.path == "/log":
                return self.log(int(url.query))
            if url.path.startswith("/git/"):
                return self.git(url, body)
            return self.api(url, body)
        except Exception:
            self.world.violations.append(traceback.format_exc())
            return self.answer(500, {}, b"")

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = handle_any

    def fake(self, body):
        with self.world.lock:
            if self.command == "GET":
                return self.answer(200, {"Content-Type": "application/json"}, json.dumps(self.world.state()).encode())
            order = json.loads(body)
            if order["do"] == "begin":
                self.world.begin()
            elif order["do"] == "misbehave":
                self.world.misbehaviour.append(order)
            else:
                self.world.github.change(order)
            return self.answer(200, {}, b"")

    def log(self, size):
        """A job's log as it lies elsewhere: no credentials may come along."""
        if self.headers.get("Authorization"):
            self.world.violations.append("credentials went to where the log lies")
        self.send_response(200)
        end = self.world.github.settings["log_end"].encode()
        self.send_header("Content-Length", str(size + len(end)))
        self.end_headers()
        part = b"a line of the log\n" * 4096
        try:
            while size > 0:
                self.wfile.write(part[:size])
                size -= len(part)
            self.wfile.write(end)
        except OSError:
            pass

    def git(self, url, body):
        word, _, encoded = self.headers.get("Authorization", "").partition(" ")
        user, _, token = base64.b64decode(encoded).decode().partition(":") if word.lower() == "basic" else ("", "", "")
        path = url.path[len("/git"):]
        with self.world.lock:
            owner = self.world.github.owner_of_token(token) if user == "x-access-token" else None
            name = "/".join(path.split("/")[1:3]).removesuffix(".git")
            known = self.world.github.repositories.get(name)
            self.world.requests.append({"method": self.command, "path": "git " + path, "as": owner or "nobody"})
        if owner is None:
            return self.answer(401, {"WWW-Authenticate": 'Basic realm="GitHub"'}, b"")
        if name in self.world.github.moved:
            return self.answer(301, {"Location": "/git/elsewhere"}, b"")
        if known is None or known.owner != owner:
            return self.answer(404, {}, b"")
        if known.archived and ("receive-pack" in path or "receive-pack" in url.query):
            return self.answer(403, {}, b"This repository was archived so it is read-only.")
        return self.answer(*git_store.serve(self.world.github.root, self.command, path, url.query, self.headers, body))

    def api(self, url, body):
        if not url.path.startswith("/api/"):
            return self.answer(404, {}, b"")
        path = url.path[len("/api"):]
        query = dict(urllib.parse.parse_qsl(url.query))
        with self.world.lock:
            status, headers, answer = self.operate(path, query, body)
            self.world.requests.append({"method": self.command, "path": path, "status": status})
        self.answer(status, headers, answer)

    def operate(self, path, query, body):
        world = self.world
        headers = {"Content-Type": "application/json; charset=utf-8", "X-RateLimit-Limit": "5000",
                   "X-RateLimit-Remaining": str(REMAINING), "X-RateLimit-Reset": str(int(time.time()) + 3600)}
        for one in world.misbehaviour:
            if one.get("method", self.command) == self.command and re.search(one.get("path", ""), path):
                one["times"] = one.get("times", 1) - 1
                if one["times"] <= 0:
                    world.misbehaviour.remove(one)
                return one.get("status", 200), {**headers, **one.get("headers", {})}, one.get("body", "").encode()
        operation = world.description.find(self.command, path)
        if operation is None:
            world.violations.append(f"{self.command} {path} is not described")
            return 404, headers, b'{"message": "Not Found"}'
        parsed = json.loads(body) if body else None
        faults = operation.request_violations(query, parsed)
        try:
            if faults:
                raise Refusal(422, "; ".join(faults))
            self.authorize(operation)
            status, answer = self.carry_out(operation, query, parsed, headers)
        except Refusal as refusal:
            status, answer = refusal.status, refusal.body
            if status == 301:
                headers["Location"] = answer["url"]
        if not isinstance(answer, bytes):
            faults += operation.answer_violations(status, answer)
            answer = json.dumps(answer).encode() if answer is not None else b""
        world.violations += [f"{self.command} {path}: {one}" for one in faults]
        if self.command == "GET" and status == 200:
            headers["ETag"] = '"' + hashlib.sha256(answer).hexdigest() + '"'
            if self.headers.get("If-None-Match") == headers["ETag"]:
                return 304, headers, b""
        return status, headers, answer

    def authorize(self, operation):
        word, _, token = self.headers.get("Authorization", "").partition(" ")
        if word.lower() not in ("bearer", "token"):
            raise Refusal(401, "Requires authentication")
        by_app = operation.template.startswith("/app") or operation.template.endswith("/installation")
        if by_app:
            if not self.world.is_app(token):
                raise Refusal(401, "A JSON web token could not be decoded")
            return
        owner = self.world.github.owner_of_token(token)
        if owner is None:
            raise Refusal(401, "Bad credentials")
        if owner != operation.values.get("owner", operation.values.get("org", owner)):
            raise Refusal(404, "Not Found")

    def carry_out(self, operation, query, body, headers):
        hub, values, template = self.world.github, operation.values, operation.template
        repository = None
        if template.startswith("/repos/") and not template.endswith("/installation"):
            reads = self.command == "GET"
            repository = (hub.find if reads else hub.writable)(values["owner"], values["repo"])
        tail = template.removeprefix("/repos/{owner}/{repo}")
        match (self.command, tail):
            case ("GET", "/app"):
                return 200, hub.app_of("orchestrator")
            case ("GET", "/orgs/{org}/installation"):
                if hub.installations.get(values["org"], {}).get("user"):
                    raise Refusal(404, "Not Found")
                return 200, hub.installation(values["org"])
            case ("GET", "/users/{username}/installation"):
                return 200, hub.installation(values["username"])
            case ("GET", "/installation"):
                return 200, hub.installation(values["owner"])
            case ("POST", "/app/installations/{installation_id}/access_tokens"):
                return 201, hub.make_token(int(values["installation_id"]))
            case ("POST", "/orgs/{org}/repos"):
                return 201, hub.create_repository(values["org"], body)
            case ("GET", "/orgs/{org}/repos"):
                return 200, hub.list_repositories(values["org"], int(query.get("page", 1)), int(query.get("per_page", 30)))
            case ("GET", ""):
                return 200, hub.shown(repository)
            case ("DELETE", ""):
                hub.do_repository(repository.full_name, deleted=True)
                return 204, None
            case ("GET", "/contents/{path}"):
                content = hub.content(repository, values["path"], query.get("ref"))
                if "raw" in self.headers.get("Accept", ""):
                    headers["Content-Type"] = "application/vnd.github.raw+json; charset=utf-8"
                    return 200, content
                return 200, hub.description.filled("content-file", {
                    "type": "file", "path": values["path"], "name": values["path"].split("/")[-1], "size": len(content),
                    "encoding": "base64", "content": base64.b64encode(content).decode()})
            case ("PUT", "/contents/{path}"):
                return hub.put_content(repository, values["path"], body)
            case ("GET", "/git/ref/{ref}"):
                return 200, hub.ref(repository, values["ref"])
            case ("POST", "/git/refs"):
                return 201, hub.create_ref(repository, body)
            case ("DELETE", "/git/refs/{ref}"):
                hub.delete_ref(repository, values["ref"])
                return 204, None
            case ("GET", "/branches/{branch}"):
                return 200, hub.branch(repository, values["branch"])
            case ("GET", "/rules/branches/{branch}"):
                return 200, hub.rules(repository, values["branch"])
            case ("GET", "/commits/{ref}/check-runs"):
                return 200, hub.check_runs(repository, values["ref"])
            case ("GET", "/commits/{ref}/status"):
                return 200, hub.status(repository, values["ref"])
            case ("GET", "/pulls"):
                return 200, hub.list_pulls(repository, query)
            case ("POST", "/pulls"):
                return 201, hub.open_pull(repository, body)
            case ("GET", "/pulls/{pull_number}"):
                return 200, hub.shown_pull(repository, hub.pull(repository, int(values["pull_number"])), "pull-request")
            case ("GET", "/pulls/{pull_number}/reviews"):
                return 200, hub.pull(repository, int(values["pull_number"])).get("reviews", [])
            case ("GET", "/pulls/{pull_number}/comments"):
                return 200, list(reversed(hub.pull(repository, int(values["pull_number"])).get("comments", [])))
            case ("PUT", "/pulls/{pull_number}/merge"):
                return 200, hub.merge(repository, int(values["pull_number"]), body)
            case ("GET", "/actions/secrets/public-key"):
                return 200, hub.public_key(repository)
            case ("GET", "/actions/secrets/{secret_name}"):
                if values["secret_name"] not in repository.secrets:
                    raise Refusal(404, "Not Found")
                return 200, {"name": values["secret_name"], "created_at": stamp(0), "updated_at": stamp(0)}
            case ("PUT", "/actions/secrets/{secret_name}"):
                return (201, {}) if hub.put_secret(repository, values["secret_name"], body) else (204, None)
            case ("DELETE", "/actions/secrets/{secret_name}"):
                if repository.secrets.pop(values["secret_name"], None) is None:
                    raise Refusal(404, "Not Found")
                return 204, None
            case ("POST", "/actions/workflows/{workflow_id}/dispatches"):
                details = hub.dispatch(repository, values["workflow_id"], body)
                return (200, details) if details else (204, None)
            case ("GET", "/actions/workflows/{workflow_id}/runs"):
                return 200, hub.list_runs(repository, values["workflow_id"], query)
            case ("GET", "/actions/runs/{run_id}"):
                return 200, hub.shown_run(repository, hub.run(repository, int(values["run_id"])))
            case ("GET", "/actions/runs/{run_id}/jobs"):
                return 200, hub.jobs(repository, int(values["run_id"]))
            case ("POST", "/actions/runs/{run_id}/cancel"):
                hub.cancel(repository, int(values["run_id"]))
                return 202, {}
            case ("POST", "/actions/runs/{run_id}/rerun-failed-jobs"):
                hub.rerun(repository, int(values["run_id"]))
                return 201, {}
            case ("GET", "/actions/jobs/{job_id}/logs"):
                # The logs have another origin than the API, as at GitHub.
                elsewhere = hub.url.removesuffix("/api").replace("127.0.0.1", "localhost")
                headers["Location"] = f"{elsewhere}/log?{hub.settings['log_bytes']}"
                return 302, None
        raise Refusal(404, "Not Found")


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--directory", required=True)
    parser.add_argument("--key", required=True)
    parser.add_argument("--app-id", default="4711")
    parser.add_argument("--owner", action="append")
    options = parser.parse_args()
    options.owner = options.owner or ["acme"]
    server = Server(("127.0.0.1", 0), Handler)
    Handler.world = World(options, f"http://127.0.0.1:{server.server_port}")
    print(f"listening on {server.server_port}", flush=True)
    server.serve_forever()


main()
