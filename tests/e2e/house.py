"""All of it as an operator has it: the scripted model, a daemon with its data, the command line, a chat in a pipe.

Everything is met from outside: programs, HTTP, git and the engine's own client. Programs come from ORCH_BIN_DIR (else
build/dev/bin), those of workers from ORCH_TEST_WORKER_BIN (else build/release/bin).
"""

import contextlib
import ctypes
import http.client
import json
import os
import pathlib
import re
import secrets
import selectors
import shutil
import signal
import subprocess
import tempfile
import time
import urllib.parse
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
BIN = pathlib.Path(os.environ.get("ORCH_BIN_DIR") or ROOT / "build/dev/bin")
WORKER_BIN = pathlib.Path(os.environ.get("ORCH_TEST_WORKER_BIN") or ROOT / "build/release/bin")
AGENTS = ROOT / "build/agents"
COPIER = ROOT / "build/tools/copier/bin/copier"
ENGINE = os.environ.get("ORCH_TEST_DOCKER", "")
OWNER = "com.codegen-orchestrator.owner"
PATIENCE = 300
PR_SET_PDEATHSIG = 1

libc = ctypes.CDLL(None, use_errno=True)


def end_with_parent():
    """Also where the test is killed: the daemon then takes its workers along."""
    libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


class NotHere(Exception):
    """Something that this machine lacks; the text says what."""


class Trouble(Exception):
    """The installation did not do what it has to; the text says what was seen."""


def wait_until(what, condition, limit=PATIENCE, seen=lambda: ""):
    until = time.monotonic() + limit
    while not (found := condition()):
        if time.monotonic() > until:
            raise Trouble(f"{what} did not happen within {limit} s\n{seen()}")
        time.sleep(0.02)
    return found


class Chat:
    """`orchestratord chat` in a pipe that stays open: what is said is a line, what is heard are lines."""

    def __init__(self, environment):
        self.process = subprocess.Popen([BIN / "orchestratord", "chat"], env=environment, stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, preexec_fn=end_with_parent)
        self.selector = selectors.DefaultSelector()
        self.selector.register(self.process.stdout, selectors.EVENT_READ)
        self.begun = b""
        self.heard = []  # (time, line)

    def say(self, line):
        self.process.stdin.write(line.encode() + b"\n")
        self.process.stdin.flush()

    def lines(self):
        return [line for _, line in self.heard]

    def notices(self):
        return [line[2:] for line in self.lines() if line.startswith("* ")]

    def answers(self):
        return [line for line in self.lines() if line and not line.startswith(("* ", "… ", "! "))]

    def listen(self, limit):
        """Takes what comes within `limit` seconds. False: the chat has ended."""
        if not self.selector.select(max(0, limit)):
            return True
        data = os.read(self.process.stdout.fileno(), 1 << 16)
        self.begun += data
        *whole, self.begun = self.begun.split(b"\n")
        now = time.monotonic()
        self.heard += [(now, line.decode(errors="replace")) for line in whole]
        return bool(data)

    def hear(self, pattern, limit=PATIENCE, since=0):
        """The first line from the `since`-th on that `pattern` is found in, and when it came."""
        until, looked = time.monotonic() + limit, since
        while True:
            for when, line in self.heard[looked:]:
                if found := re.search(pattern, line):
                    return when, found
            looked = len(self.heard)
            if time.monotonic() > until or not self.listen(until - time.monotonic()):
                raise Trouble(f"{pattern!r} was not said within {limit} s; the chat:\n" + "\n".join(self.lines()))

    def close(self):
        """Ctrl-C, as a person leaves; the exit code. Twice: the same."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            self.process.wait(20)
            self.process.stdin.close()
            self.selector.close()
            self.process.stdout.close()
        return self.process.returncode


class House:
    """`runtime`: docker or process. Ends with what it started, workers and deployments included."""

    def __init__(self, runtime, script="live", **environment):
        self.runtime, self.script = runtime, script
        self.key = "model-key-" + secrets.token_hex(8)
        self.stack = contextlib.ExitStack()
        self.environment = environment

    def __enter__(self):
        try:
            self.path = pathlib.Path(self.stack.enter_context(tempfile.TemporaryDirectory(prefix="orch-e2e.")))
            os.chmod(self.path, 0o711)  # workers run as users of their own
            self.start_model()
            self.start_daemon()
        except BaseException:
            self.stack.close()
            raise
        return self

    def __exit__(self, *_):
        self.stack.close()

    def start_model(self):
        self.model_log = self.path / "model.log"
        script = ROOT / "tests/fakes/scripts" / f"{self.script}.json"
        process = subprocess.Popen(["/usr/bin/python3", "-B", ROOT / "tests/fakes/model_server.py", "--script", script,
                                    "--key", self.key, "--log", self.model_log], stdout=subprocess.PIPE, text=True,
                                   preexec_fn=end_with_parent)
        self.model = process
        self.stack.callback(self.end, process)
        self.model_port = int(process.stdout.readline().removeprefix("listening on "))

    @staticmethod
    def end(process, patience=60):
        process.terminate()
        try:
            return process.wait(patience)
        except subprocess.TimeoutExpired:
            process.kill()
            return process.wait()
        finally:
            if process.stdout:
                process.stdout.close()

    def within_reach(self, directory):
        """The directory, or a copy, that workers' users may read."""
        if os.geteuid() != 0:
            return directory
        reach = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", "test", "-x", directory]
        if subprocess.run(reach).returncode == 0:
            return directory
        copy = self.path / directory.name
        if not copy.exists():
            shutil.copytree(directory, copy)
        return copy

    def engine_settings(self):
        if not ENGINE:
            raise NotHere("ORCH_TEST_DOCKER names no engine")
        base = subprocess.run([ROOT / "ci/base-image", ENGINE], capture_output=True, text=True, check=True)
        return {"RUNTIME": "docker", "DOCKER_HOST": f"unix://{ENGINE}", "BASE_IMAGE": base.stdout.strip(),
                "WORKER_BIN_DIR": str(WORKER_BIN), "AGENTS_DIR": str(AGENTS)}

    def start_daemon(self):
        subprocess.run([ROOT / "ci/agent-binary", "claude", AGENTS / "claude"], check=True, capture_output=True)
        places = (self.engine_settings() if self.runtime == "docker" else
                  {"RUNTIME": "process", "WORKER_BIN_DIR": str(self.within_reach(WORKER_BIN)),
                   "AGENTS_DIR": str(self.within_reach(AGENTS))})
        self.data = self.path / "data"
        self.settings = {**os.environ, "DATA_DIR": str(self.data), "LISTEN": "127.0.0.1:0", "COPIER": str(COPIER),
                         "MODEL_UPSTREAM": f"http://127.0.0.1:{self.model_port}", "ANTHROPIC_API_KEY": self.key,
                         "LOG_LEVEL": "DEBUG", "WORKER_CPU_PERCENT": "200", "WORKER_MEMORY_MB": "1024",
                         "WORKER_FIRST_UID": str(100_000 + secrets.randbelow(60_000) * 16), **places, **self.environment}
        self.daemon_log = self.path / "daemon.log"
        with open(self.daemon_log, "ab") as log:
            self.daemon = subprocess.Popen([BIN / "orchestratord", "serve", "--ephemeral"], env=self.settings,
                                           stdout=log, stderr=log, preexec_fn=end_with_parent)
        # The daemon's workers and deployments end with it.
        self.stack.callback(self.stop)
        ready = self.data / "ready"
        wait_until("the daemon's readiness", lambda: ready.exists() or self.daemon.poll() is not None, 60)
        if self.daemon.poll() is not None:
            raise Trouble("the daemon ended: " + self.log_tail())
        told = subprocess.run([BIN / "orchestratord", "env"], env=self.settings, capture_output=True, text=True, check=True)
        self.access = {name: value.strip("'") for name, value in
                       (line.removeprefix("export ").split("=", 1) for line in told.stdout.splitlines())}
        self.programs = dict(os.environ, **self.access)
        self.owner = (self.data / "installation").read_text().strip()

    def stop(self):
        """TERM, and its exit code. Twice: the same."""
        return self.end(self.daemon)

    def log_tail(self, size=3000):
        return self.daemon_log.read_text(errors="replace")[-size:]

    def orchestrator(self, *arguments):
        done = subprocess.run([BIN / "orchestrator", *arguments], env=self.programs, capture_output=True, text=True,
                              timeout=PATIENCE)
        if done.returncode != 0:
            raise Trouble(f"orchestrator {' '.join(arguments)} ended with {done.returncode}: {done.stdout}{done.stderr}")
        return json.loads(done.stdout)["data"]

    def chat(self):
        chat = Chat(self.programs)
        self.stack.callback(chat.close)
        return chat

    def api(self, path):
        """GET, as an administrator's own client asks."""
        where = urllib.parse.urlsplit(self.access["API_URL"])
        connection = http.client.HTTPConnection(where.hostname, where.port, timeout=30)
        connection.request("GET", path, headers={"Authorization": "Bearer " + self.access["API_TOKEN"]})
        answer = connection.getresponse()
        body = answer.read()
        connection.close()
        if answer.status != 200:
            raise Trouble(f"GET {path}: {answer.status} {body[:500]!r}")
        return json.loads(body)

    def deployments(self):
        return self.api("/api/service_deployments")

    def git(self, repository, *arguments):
        where = self.data / "forge" / f"{repository}.git"
        done = subprocess.run(["git", "--git-dir", where, *arguments], capture_output=True, text=True)
        if done.returncode != 0:
            raise Trouble(f"git {' '.join(arguments)}: {done.stderr}")
        return done.stdout

    def containers(self):
        """Names of this installation's containers that run, with the kind each is labelled as."""
        listed = subprocess.run(["docker", "-H", f"unix://{ENGINE}", "ps", "--filter", f"label={OWNER}={self.owner}",
                                 "--format", "{{json .}}"], capture_output=True, text=True, check=True)
        return [json.loads(line) for line in listed.stdout.splitlines()]

    def workers(self):
        """Ids of those that have not been removed."""
        return sorted(os.listdir(self.data / "workers"))

    def kill_worker(self, worker):
        """SIGKILL to its first process, and with it to all of them."""
        if self.runtime == "docker":
            subprocess.run(["docker", "-H", f"unix://{ENGINE}", "kill", f"worker-{worker}"], check=True, capture_output=True)
            return
        for place in pathlib.Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                is_wrapper = b"worker-wrapper" in (place / "cmdline").read_bytes()
                if is_wrapper and f"WORKER_ID={worker}".encode() in (place / "environ").read_bytes().split(b"\0"):
                    return os.kill(int(place.name), signal.SIGKILL)
        raise Trouble(f"no process is the wrapper of {worker}")

    def release_model(self):
        """Lets the answers go that the script holds back."""
        self.model.send_signal(signal.SIGUSR1)

    def model_requests(self):
        if not self.model_log.exists():
            return []
        return [json.loads(line) for line in self.model_log.read_text().splitlines()]


def enter(test, house):
    """The house until the test ends; the test is skipped where this machine lacks what it needs."""
    try:
        house.__enter__()
    except NotHere as lack:
        test.assertNotEqual(os.environ.get("ORCH_REQUIRE_ENGINE"), "1", "no engine, but one is required")
        test.skipTest(str(lack))
    test.addCleanup(house.__exit__, None, None, None)
    return house


def page(url):
    """What a visitor of `url` gets: the status and the text."""
    with urllib.request.urlopen(url, timeout=30) as answer:
        return answer.status, answer.read().decode()
