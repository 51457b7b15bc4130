"""A worker in a container: what the daemon adds to the engine's own create and start."""

import http.client
import json
import os
import socket
import statistics
import time
import uuid

from daemon import Daemon
from report import Figure, uncertainty
from surroundings import PATIENCE, Failure, directory

ADDED_LIMIT = 5
RESPONSES = "worker:responses:developer"


class Engine(http.client.HTTPConnection):
    """One connection to the engine, kept."""

    def __init__(self, path):
        super().__init__("engine", timeout=PATIENCE)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)

    def ask(self, method, path, body=None):
        headers = {"Content-Type": "application/json"} if body is not None else {}
        self.request(method, path, None if body is None else json.dumps(body), headers)
        answer = self.getresponse()
        content = answer.read()
        if answer.status >= 300:
            raise Failure(f"{method} {path}: {answer.status} {content.decode()[:300]}")
        return json.loads(content) if content else None


class Manager:
    """Whoever sends worker:commands."""

    def __init__(self, daemon):
        self.bus, self.after = daemon.bus, "0"

    def command(self, **fields):
        request = str(uuid.uuid4())
        message = {"version": "1", "correlation_id": str(uuid.uuid4()), "request_id": request,
                   "timestamp": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), **fields}
        self.bus.ask("XADD", "worker:commands", "*", "data", json.dumps(message))
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            for _, entries in self.bus.ask("XREAD", "BLOCK", 1000, "STREAMS", RESPONSES, self.after) or []:
                for self.after, (_, data) in entries:
                    response = json.loads(data)
                    if response["request_id"] != request:
                        continue
                    if not response["success"]:
                        raise Failure(f"{fields['command']}: {response['error']}")
                    return response
        raise Failure(f"no response to {fields['command']} within {PATIENCE} s")

    def create(self):
        return self.command(command="create", context={}, config={
            "name": "bench", "worker_type": "developer", "agent_type": "custom", "instructions": "Be brief.",
            "allowed_commands": ["project.get"], "capabilities": [],
            "env_vars": {"AGENT_COMMAND": "true"}})["worker_id"]

    def delete(self, worker):
        self.command(command="delete", worker_id=worker)


def timed(work):
    begin = time.monotonic()
    result = work()
    return result, (time.monotonic() - begin) * 1000


def body_like(engine, worker):
    """The body that makes a container such as this worker's, owned by nobody."""
    found = engine.ask("GET", f"/containers/worker-{worker}/json")
    body = dict(found["Config"], HostConfig=found["HostConfig"], Labels={})
    del body["Hostname"]
    return body


def create_raw(engine, body):
    made = engine.ask("POST", "/containers/create", body)["Id"]
    engine.ask("POST", f"/containers/{made}/start")
    return made


def measure(options):
    where = os.environ.get("ORCH_BENCH_DOCKER")
    if not where:
        raise Failure("no container engine; ci/bench says why")
    engine = Engine(where)
    # On a disk of the engine's machine, since the daemon's directories are mounted into containers.
    with directory() as path, Daemon(path, ROLES="workers", RUNTIME="docker", DOCKER_HOST="unix://" + where,
                                     LOG_LEVEL="WARNING", BUILD_NETWORK="none") as daemon:
        manager = Manager(daemon)
        body = body_like(engine, manager.create())  # builds the image; stays, for its directories
        ours, raw = [], []
        for pair in range(options.creations):
            if pair % 2 == 0:
                worker, took = timed(manager.create)
            made, raw_took = timed(lambda: create_raw(engine, body))
            if pair % 2 == 1:
                worker, took = timed(manager.create)
            if not engine.ask("GET", f"/containers/worker-{worker}/json")["State"]["Running"]:
                raise Failure("the worker's container does not run")
            ours.append(took)
            raw.append(raw_took)
            manager.delete(worker)
            engine.ask("DELETE", f"/containers/{made}?force=1")
    differences = [a - b for a, b in zip(ours, raw)]
    added, doubt = statistics.median(differences), uncertainty(differences)
    yield Figure("worker create on a cached image", statistics.median(ours), "ms", "raw create and start, same body",
                 statistics.median(raw), statistics.median(a / b for a, b in zip(ours, raw)))
    yield Figure("worker create, added to the engine's", added, "ms", goal=f"≤ {ADDED_LIMIT} ms",
                 holds=None if abs(added - ADDED_LIMIT) < doubt else added <= ADDED_LIMIT,
                 remark=f"give or take {doubt:.1f} ms", details={"ours_ms": ours, "raw_ms": raw})
