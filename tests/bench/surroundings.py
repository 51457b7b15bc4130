"""What the rows start and read: programs of this build, a Redis, children that end with the run."""

import contextlib
import ctypes
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
INSTALLED = ROOT / "build" / "bench" / "installed"  # by ci/bench
FLOORS = INSTALLED
WRAPPER = INSTALLED / "worker-wrapper"
CLIENT = INSTALLED / "orchestrator"
DAEMON = INSTALLED / "orchestratord"
PYTHON = ROOT / "build" / "bench" / "peers" / "bin" / "python"
PEERS = ROOT / "tests" / "bench" / "peers"
TRUE = shutil.which("true", path="/usr/bin:/bin")
AGENT_UID = 1_900_000_000 + os.getpid() % 1_000_000
PATIENCE = 60
PR_SET_PDEATHSIG = 1

libc = ctypes.CDLL(None, use_errno=True)


class Failure(Exception):
    """A row cannot be measured; the text says why."""


def wait_until(what, condition, limit=PATIENCE):
    until = time.monotonic() + limit
    while not (found := condition()):
        if time.monotonic() > until:
            raise Failure(f"{what} did not happen within {limit} s")
        time.sleep(0.002)
    return found


def json_of(argv, environment=None):
    """What a stopwatch prints."""
    done = subprocess.run([str(word) for word in argv], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          env=environment, text=True)
    if done.returncode != 0:
        raise Failure(f"{argv[0]} ended with {done.returncode}: {done.stderr.strip()[-2000:]}")
    return json.loads(done.stdout.splitlines()[-1])


def version_of(*argv):
    return subprocess.run(argv, stdout=subprocess.PIPE, text=True).stdout.strip()


@contextlib.contextmanager
def directory(parent=None):
    path = tempfile.mkdtemp(prefix="orchestrator-bench.", dir=parent)
    os.chmod(path, 0o711)
    try:
        yield pathlib.Path(path)
    finally:
        shutil.rmtree(path, ignore_errors=True)


def end_with_parent(by=signal.SIGKILL):
    libc.prctl(PR_SET_PDEATHSIG, by)


@contextlib.contextmanager
def child(argv, environment, log=subprocess.DEVNULL, end=signal.SIGKILL):
    process = subprocess.Popen([str(word) for word in argv], env=environment, stdin=subprocess.DEVNULL,
                               stdout=log, stderr=log, preexec_fn=end_with_parent)
    try:
        yield process
    finally:
        if process.poll() is None:
            process.send_signal(end)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(20)
            process.kill()
        process.wait()


def children_of(pid):
    return [int(word) for word in pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


@contextlib.contextmanager
def worker(environment):
    """worker-wrapper as it is in a container, PID 1 of a namespace, where this user may make one; its pid."""
    namespace = ["unshare", "--pid", "--fork", "--kill-child"] if os.geteuid() == 0 else []
    with child([*namespace, WRAPPER], environment) as process:
        if not namespace:
            yield process.pid
        else:
            pid = wait_until("worker-wrapper's start", lambda: children_of(process.pid))[0]
            try:
                yield pid
            finally:  # the child lost its parent-death signal when it changed its user
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)


class Bus:
    """A connection to a Redis: one command, one reply."""

    def __init__(self, path, password=None):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(PATIENCE)
        self.socket.connect(str(path))
        self.stream = self.socket.makefile("rb")
        if password:
            self.ask("AUTH", password)

    def ask(self, *words):
        raw = [str(word).encode() for word in words]
        self.socket.sendall(b"*%d\r\n" % len(raw) + b"".join(b"$%d\r\n%s\r\n" % (len(w), w) for w in raw))
        return self.read()

    def read(self):
        line = self.stream.readline()
        kind, rest = line[:1], line[1:-2]
        if kind == b"-":
            raise Failure("Redis: " + rest.decode())
        if kind == b"$":
            return None if rest == b"-1" else self.stream.read(int(rest) + 2)[:-2].decode()
        if kind == b"*":
            return None if rest == b"-1" else [self.read() for _ in range(int(rest))]
        return int(rest) if kind == b":" else rest.decode()


class Redis:
    """A redis-server of this run on a unix socket, without persistence."""

    def __init__(self, path):
        self.socket = path / "redis.sock"
        self.stack = contextlib.ExitStack()
        argv = ["redis-server", "--port", "0", "--unixsocket", self.socket, "--dir", path,
                "--save", "", "--appendonly", "no"]
        self.process = self.stack.enter_context(child(argv, {"PATH": os.environ["PATH"]}))
        self.bus = wait_until("redis-server's answer", self.connected)

    def connected(self):
        with contextlib.suppress(OSError):
            return Bus(self.socket)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stack.close()

    def blocked(self):
        """How many clients wait for a message."""
        return sum(" flags=b" in line for line in self.bus.ask("CLIENT", "LIST").splitlines())


def wrapper_environment(path, redis_socket, agent, worker="ours"):
    """Of a product owner's worker: it goes on after a task. `agent` is its argv."""
    places = {name: path / worker / name for name in ("workspace", "home", "state")}
    for name, place in places.items():
        place.mkdir(parents=True, exist_ok=True)
        if name != "state" and os.geteuid() == 0:
            os.chown(place, AGENT_UID, AGENT_UID)
    os.chmod(path / worker, 0o711)
    return {"WORKER_ID": worker, "WORKER_TYPE": "po", "AGENT_TYPE": "custom",
            "REDIS_URL": f"unix://{redis_socket}", "STATE_DIR": str(places["state"]),
            "WORKSPACE_DIR": str(places["workspace"]), "AGENT_HOME": str(places["home"]),
            "ORCHESTRATOR_SOCKET": str(path / worker / "agent.sock"), "ORCHESTRATOR_BIN": str(CLIENT.parent),
            "AGENT_UID": str(AGENT_UID if os.geteuid() == 0 else os.geteuid()), "RELAY_PORTS": "any",
            "AGENT_COMMAND": json.dumps([str(word) for word in agent]), "AGENT_VERDICT": "exit_code", "AGENT_STDIN": "prompt",
            "PATH": "/usr/bin:/bin"}


def streams_of(worker="ours"):
    return f"worker:po:{worker}:input", f"worker:po:{worker}:output"


def status_kib(pid, name):
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(name + ":"):
            return int(line.split()[1])
    raise Failure(f"/proc/{pid}/status has no {name}")


def cpu_ns(pid):
    """Of the process alone, without its children."""
    return time.clock_gettime_ns((~pid << 3) | 2)
