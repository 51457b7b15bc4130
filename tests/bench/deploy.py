"""A deployment from its task to its end, without the project's own start: what runs is asked for again."""

import json
import statistics
import subprocess
import time
import uuid

from api import ask
from daemon import Daemon
from report import Figure
from surroundings import PATIENCE, Failure, directory

LIMIT_MS = 1000
SERVE = """import http.server, os
class Page(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
http.server.ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Page).serve_forever()
"""


class Owner:
    """Whoever asks for deployments of one project."""

    def __init__(self, daemon, path):
        self.daemon, self.url, self.token = daemon, daemon.access["API_URL"], daemon.access["API_TOKEN"]
        self.project = self.made("POST", "/api/projects", {"name": "page"})["id"]
        for status in ("scaffolded", "developing", "active"):
            self.made("PATCH", f"/api/projects/{self.project}", {"status": status})
        self.commit(path)

    def made(self, method, target, body):
        return json.loads(ask(self.url + target, self.token, method, body))

    def commit(self, path):
        """A tested commit in the forge, as the engineering graph leaves it."""
        repository = path / "data" / "forge" / f"page-{self.project[-8:]}.git"
        work = path / "work"
        work.mkdir()
        (work / "serve.py").write_text(SERVE)
        (work / "Makefile").write_text("run:\n\t@exec python3 -B serve.py\n")
        script = (f"git init -q --bare -b main '{repository}' && git init -q -b main && git add -A && "
                  f"git -c user.name=a -c user.email=a@b commit -qm page && git push -q '{repository}' main && "
                  "git rev-parse HEAD")
        head = subprocess.run(["sh", "-ec", script], cwd=work, stdout=subprocess.PIPE, text=True, check=True).stdout
        task = self.made("POST", "/api/tasks", {"project_id": self.project, "type": "engineering"})["id"]
        self.made("PATCH", f"/api/tasks/{task}", {"status": "running"})
        self.made("PATCH", f"/api/tasks/{task}",
                  {"status": "completed",
                   "result": {"merged": True, "tests": {"exit_code": 0, "commit": head.strip()}}})

    def deploy(self, spec=None):
        """Milliseconds from the task to its last event."""
        begin = time.monotonic()
        body = {"project_id": self.project, "type": "deploy"} | ({"spec": spec} if spec else {})
        task = self.made("POST", "/api/tasks", body)["id"]
        message = {"version": "1", "correlation_id": str(uuid.uuid4()), "request_id": str(uuid.uuid4()),
                   "timestamp": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), "task_id": task,
                   "project_id": self.project, "user_id": "bench"}
        self.daemon.bus.ask("XADD", "deploy:queue", "*", "data", json.dumps(message))
        after, until = "0", time.monotonic() + PATIENCE
        while time.monotonic() < until:
            read = self.daemon.bus.ask("XREAD", "BLOCK", 1000, "STREAMS", f"task_progress:{task}", after)
            for _, entries in read or []:
                for after, (_, data) in entries:
                    event = json.loads(data)
                    if event["type"] == "completed":
                        return (time.monotonic() - begin) * 1000
                    if event["type"] == "failed":
                        raise Failure(f"the deployment failed: {event['error']}")
        raise Failure(f"a deployment did not end within {PATIENCE} s")


def measure(options):
    with directory() as path, Daemon(path, ROLES="api,graphs,deployer", RUNTIME="process",
                                     DEPLOY_PORTS="18900-18999") as daemon:
        owner = Owner(daemon, path)
        try:
            first = owner.deploy()
            again = [owner.deploy() for _ in range(options.rounds * 2)]
        finally:
            owner.deploy("stop")
    took = statistics.median(again)
    yield Figure("deploy, without the project's start", took, "ms", "the first time, with it", first, took / first,
                 goal=f"≤ {LIMIT_MS} ms", holds=took <= LIMIT_MS, details={"ms": again})
