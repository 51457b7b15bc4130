"""The API under load: reads of one core, durable writes of many clients, the daemon's memory."""

import contextlib
import json
import os
import pathlib
import re
import shutil
import socket
import statistics
import subprocess
import urllib.request

from daemon import Daemon
from report import Figure
from surroundings import (FLOORS, PEERS, PYTHON, ROOT, Failure, child, cpu_ns, directory, json_of, status_kib,
                          wait_until)

CLIENTS, SECONDS = 32, 2
# A shared core changes its speed every few seconds. Short alternating turns expose all contestants
# to the same speeds.
TURN_SECONDS = 1
NGINX_SHARE, FASTER, WRITES, IDLE_KIB = 0.5, 25, 5, 10 * 1024
SERVER_CORE, LOAD_CORE = "0", "1"
# The cost of a sync on the disk for which the goal was set: 750 transactions a second, one sync each.
SYNC_US = 1300
POST = """
function request()
  return wrk.format("POST", nil, nil, body)
end
function response(status)
  if status ~= 201 then print("refused " .. status) end
end
"""


def load(url, token, seconds, script=None):
    """How many requests were answered well, and in how many seconds, as wrk on a core of its own counts them."""
    argv = ["taskset", "-c", LOAD_CORE, "wrk", "-t1", f"-c{CLIENTS}", f"-d{seconds}s", "-H", f"Authorization: Bearer {token}"]
    if script:
        argv += ["-s", script]
    told = subprocess.run([*argv, url], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True).stdout
    found = re.search(r"([0-9]+) requests in ([0-9.]+)s", told)
    if not found or "Non-2xx" in told or "refused" in told or "Socket errors" in told:
        raise Failure(f"wrk {url}: {told.strip()[-1000:]}")
    return int(found[1]), float(found[2])


def rate_of_one_core(server, url, token):
    """Requests in a second of the server's own processor time: who else is on the machine does not count."""
    before = cpu_ns(server)
    count, _ = load(url, token, TURN_SECONDS)
    return count / ((cpu_ns(server) - before) / 1e9)


def ask(url, token, method="GET", body=None):
    request = urllib.request.Request(url, method=method, headers={"Authorization": f"Bearer {token}"})
    if body is not None:
        request.data = json.dumps(body).encode()
        request.add_header("Content-Type", "application/json")
    with urllib.request.urlopen(request) as answer:
        return answer.read()


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def accepts(port):
    with socket.socket() as one:
        return one.connect_ex(("127.0.0.1", port)) == 0


@contextlib.contextmanager
def nginx(path, body):
    """The same bytes as a file, from one worker."""
    if not shutil.which("nginx", path="/usr/sbin:/usr/bin"):
        raise Failure("no nginx")
    port = free_port()
    (path / "www").mkdir()
    (path / "www" / "project").write_bytes(body)
    (path / "nginx.conf").write_text(
        f"daemon off; master_process off; pid {path}/nginx.pid; error_log {path}/nginx.log;\n"
        "events { worker_connections 1024; }\n"
        f"http {{ access_log off; keepalive_requests 1000000; default_type application/json;\n"
        f"server {{ listen 127.0.0.1:{port}; root {path}/www; }} }}\n")
    for name in (path, path / "www"):
        os.chmod(name, 0o755)
    with child(["taskset", "-c", SERVER_CORE, "/usr/sbin/nginx", "-p", path, "-c", path / "nginx.conf"], None) as process:
        wait_until("nginx", lambda: accepts(port))
        yield process.pid, f"http://127.0.0.1:{port}/project", ""


@contextlib.contextmanager
def fastapi(path):
    port = free_port()
    process = subprocess.Popen(["taskset", "-c", SERVER_CORE, str(PYTHON), str(PEERS / "api.py"), str(path / "peer.db"),
                                str(port)], stdout=subprocess.PIPE, text=True)
    try:
        token, project = process.stdout.readline().split()
        wait_until("FastAPI", lambda: accepts(port))
        yield process.pid, f"http://127.0.0.1:{port}/api/projects/{project}", token
    finally:
        process.terminate()
        process.wait()
        process.stdout.close()


def idle_daemon(path, **environment):
    return Daemon(path, ROLES="api", RUNTIME="process", API_RATE="0", ACCESS_LOG="no", **environment)


def project_at(daemon):
    url, token = daemon.access["API_URL"], daemon.access["API_TOKEN"]
    return url, token, json.loads(ask(url + "/api/projects", token, "POST", {"name": "greeter"}))["id"]


def measure(options):
    if not shutil.which("wrk"):
        raise Failure("no wrk")
    rounds = 3 if options.quick else 5
    with directory(ROOT / "build") as path, idle_daemon(path) as daemon:
        url, token, project = project_at(daemon)
        body = ask(f"{url}/api/projects/{project}", token)
        # Measured after it has served requests, so that an idle daemon is one that has done something.
        memory = status_kib(daemon.pid, "VmRSS")
        yield Figure("orchestratord idle, API alone", memory, "KiB", goal=f"≤ {IDLE_KIB:,} KiB", holds=memory <= IDLE_KIB)
        yield Figure("of it, not pages of programs", status_kib(daemon.pid, "RssAnon"), "KiB")
        subprocess.run(["taskset", "-a", "-c", "-p", SERVER_CORE, str(daemon.pid)], stdout=subprocess.DEVNULL, check=True)
        yield from measure_reads(rounds, path, (daemon.pid, f"{url}/api/projects/{project}", token), body)
        subprocess.run(["taskset", "-a", "-c", "-p", "0-1", str(daemon.pid)], stdout=subprocess.DEVNULL, check=True)
        yield from measure_writes(rounds, path, (url, token, project), "this disk", {})
    # A virtual disk may sync in a tenth of a millisecond; then a group commit has nothing to save.
    slow = {"LD_PRELOAD": str(FLOORS / "slow_sync.so"), "SYNC_US": str(SYNC_US)}
    with directory(ROOT / "build") as path, idle_daemon(path, **slow) as daemon:
        if "slow_sync.so" not in pathlib.Path(f"/proc/{daemon.pid}/maps").read_text():
            raise Failure("the daemon does not preload slow_sync.so")
        yield from measure_writes(rounds, path, project_at(daemon), f"syncs of {SYNC_US / 1000} ms", slow)


def measure_reads(rounds, path, daemon, body):
    ours, static, python = [], [], []
    with nginx(path, body) as file, fastapi(path) as peer:
        for one in (daemon, file, peer):
            rate_of_one_core(*one)  # warm
        for _ in range(3 * rounds):
            ours.append(rate_of_one_core(*daemon))
            static.append(rate_of_one_core(*file))
            python.append(rate_of_one_core(*peer))
    share = statistics.median(a / b for a, b in zip(ours, static))
    times = statistics.median(a / b for a, b in zip(ours, python))
    rate = statistics.median(ours)
    yield Figure("GET by id, one core, with a token", rate, "/s", "nginx, a file", statistics.median(static), share,
                 goal=f"≥ {NGINX_SHARE} × nginx", holds=share >= NGINX_SHARE)
    yield Figure("GET by id, beside Python", rate, "/s", "FastAPI, SQLAlchemy", statistics.median(python), times,
                 goal=f"≥ {FASTER} × FastAPI", holds=times >= FASTER)


def one_by_one(path, disk):
    """Durable transactions of one row a second, by who waits for each."""
    return json_of([PYTHON, PEERS / "one_by_one.py", path / "floor.db", SECONDS], dict(os.environ, **disk)) / SECONDS


def measure_writes(rounds, path, where, which, disk):
    url, token, project = where
    script = path / "post.lua"
    sent = json.dumps({"project_id": project, "type": "engineering", "spec": "A greeter."})
    script.write_text(f"local body = [[{sent}]]\nwrk.headers['Content-Type'] = 'application/json'\n" + POST)
    ours, floor = [], []
    for _ in range(rounds):
        count, seconds = load(url + "/api/tasks", token, SECONDS, script)
        ours.append(count / seconds)
        floor.append(one_by_one(path, disk))
    if disk and max(floor) > 1e6 / SYNC_US:
        raise Failure("slow_sync.so slows nobody down")
    ratio = statistics.median(a / b for a, b in zip(ours, floor))
    yield Figure(f"POST, durable, {CLIENTS} clients, {which}", statistics.median(ours), "/s", "SQLite FULL, one by one",
                 statistics.median(floor), ratio, goal=f"≥ {WRITES} × one by one", holds=ratio >= WRITES)
