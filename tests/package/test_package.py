#!/usr/bin/python3
"""What people install: the Debian package and the image, in machines of their own.

The daemon in them is the one of the preset that is tested.
"""

import hashlib
import json
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import time
import unittest
import uuid

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
DAEMON = ROOT / "build/dev/bin/orchestratord"
ENGINE = os.environ.get("ORCH_TEST_DOCKER", "")
PATIENCE = 120
# What the package needs, and systemd.
MACHINE = ("systemd-sysv,dbus,init-system-helpers,libyaml-0-2,libedit2,libsodium23,libsqlite3-0,libssl3,libstdc++6,"
           "zlib1g,redis-server,man-db")
HIERARCHY = pathlib.Path("/sys/fs/cgroup/systemd")
COPIER = (ROOT / "build/tools/copier").resolve()


def run(*argv, **more):
    done = subprocess.run(argv, capture_output=True, text=True, **more)
    if done.returncode != 0:
        raise AssertionError(f"{argv} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return done.stdout.strip()


def until(condition, what):
    limit = time.monotonic() + PATIENCE
    while time.monotonic() < limit:
        if value := condition():
            return value
        time.sleep(0.05)  # the pause between two looks
    raise AssertionError(f"in {PATIENCE} s it did not come true that {what}")


def package(kind, out, **environment):
    lines = run(str(ROOT / "ci/package"), kind, "--daemon", str(DAEMON), "--out", str(out),
                env=os.environ | environment)
    return pathlib.Path(lines.splitlines()[-1])


def digest(path):
    return hashlib.sha256(pathlib.Path(path).read_bytes()).hexdigest()


def next_version(deb, directory):
    """The package as a later release would be: its number is another, and so is the default configuration."""
    tree = directory / "next"
    run("dpkg-deb", "-R", str(deb), str(tree))
    control = tree / "DEBIAN/control"
    control.write_text(re.sub(r"(?m)^Version: (.*)$", r"Version: \1.1", control.read_text()))
    with (tree / "etc/default/orchestratord").open("a") as defaults:
        defaults.write("# of the next release\n")
    later = directory / "next.deb"
    run("dpkg-deb", "--root-owner-group", "-Znone", "-b", str(tree), str(later))
    return later


class Machine:
    """A Debian in a container without a network, with systemd as its first process or with none; Copier lies beside it."""

    def __init__(self, systemd):
        image = run(str(ROOT / "ci/base-image"), ENGINE, "orch-machine:bookworm", MACHINE).splitlines()[-1]
        self.name = "orch-package-" + uuid.uuid4().hex[:8]
        how = ["--stop-signal", "SIGRTMIN+3", "--cap-add", "SYS_ADMIN", "--tmpfs", "/run", "--tmpfs", "/run/lock",
               "--tmpfs", "/tmp", "-v", f"{HIERARCHY}:{HIERARCHY}:rw"] if systemd else []
        first = ["/sbin/init"] if systemd else ["sleep", "infinity"]
        self.docker("run", "-d", "--name", self.name, "--network", "none", "-v", f"{COPIER}:{COPIER}:ro", *how, image, *first)

    def docker(self, *argv):
        return run("docker", "-H", f"unix://{ENGINE}", *argv)

    def do(self, *argv):
        return self.docker("exec", self.name, *argv)

    def says(self, *argv):
        """What a command prints, whether it succeeds or not."""
        return subprocess.run(["docker", "-H", f"unix://{ENGINE}", "exec", self.name, *argv], capture_output=True,
                              text=True).stdout.strip()

    def succeeds(self, *argv):
        return subprocess.run(["docker", "-H", f"unix://{ENGINE}", "exec", self.name, *argv],
                              capture_output=True).returncode == 0

    def install(self, deb):
        # Through tar on standard input: docker cp does not see what lies in a tmpfs.
        with open(deb, "rb") as content:
            subprocess.run(["docker", "-H", f"unix://{ENGINE}", "exec", "-i", self.name, "sh", "-c", "cat > /root/it.deb"],
                           stdin=content, check=True)
        # The machine has no manual pages, and its dpkg skips those of other packages.
        self.do("dpkg", "-i", "--path-include=/usr/share/man/*", "--force-confdef", "--force-confold", "/root/it.deb")

    def environment(self):
        said = self.says("orchestratord", "env")
        return dict(re.findall(r"(?m)^export (\w+)='?([^'\n]*)'?$", said))

    def serves(self):
        return self.succeeds("sh", "-c", 'eval "$(orchestratord env)" && orchestrator diagnose api -q')

    def walks_demo(self, *environment):
        """What `orchestratord demo` prints, and how long it took."""
        began = time.monotonic()
        said = self.do("env", *environment, "orchestratord", "demo")
        return said, time.monotonic() - began

    def leftovers(self):
        """What of a demo is still there: files, and processes (but for the dead that this machine's first process does not reap)."""
        return self.says("sh", "-c", "ls -d /tmp/orchestrator-dem?.* 2>&1 | grep -v cannot; "
                         "ps -eo stat=,args= | grep -E '[/]tmp/orchestrator-demo|[r]edis-server|[w]orker-w|[d]eploy-front' | grep -v ^Z")

    def end(self):
        self.docker("rm", "-f", self.name)


class Files(unittest.TestCase):
    def test_same_bytes(self):
        with tempfile.TemporaryDirectory() as directory:
            one = package("deb", pathlib.Path(directory) / "one")
            old = os.umask(0o077)
            try:
                another = package("deb", pathlib.Path(directory) / "another", TZ="Asia/Tokyo", LANG="tr_TR.UTF-8")
            finally:
                os.umask(old)
            self.assertEqual(digest(one), digest(another))
            sums = (one.parent / "SHA256SUMS").read_text()
            self.assertIn(f"{digest(one)}  {one.name}", sums)
            self.assertIn("orchestrator.spdx.json", sums)

    def test_debian_policy(self):
        if not shutil.which("lintian"):
            self.skipTest("no lintian on this machine; `ci/install package` installs it")
        with tempfile.TemporaryDirectory() as directory:
            run("lintian", "--allow-root", "--fail-on", "error,warning", str(package("deb", pathlib.Path(directory))))


@unittest.skipUnless(ENGINE, "no container engine: ORCH_TEST_DOCKER is not set")
class Installed(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.place = tempfile.TemporaryDirectory()
        directory = pathlib.Path(cls.place.name)
        cls.deb = package("deb", directory)
        cls.later = next_version(cls.deb, directory)

    @classmethod
    def tearDownClass(cls):
        cls.place.cleanup()

    def machine(self, systemd):
        machine = Machine(systemd)
        self.addCleanup(machine.end)
        return machine

    def test_without_systemd(self):
        machine = self.machine(systemd=False)
        machine.install(self.deb)
        self.assertIn("19999", machine.do("id", "-u", "orchestrator-template"))
        self.assertIn("orchestratord", machine.do("orchestratord", "--version"))
        machine.do("orchestratord", "config", "check")
        machine.do("sh", "-c", "man -w orchestrator orchestratord")
        machine.docker("exec", "-d", machine.name, "sh", "-c", "RUNTIME=process exec orchestratord serve 2>/root/log")
        until(machine.serves, "the daemon serves")
        project = machine.do("sh", "-c", 'eval "$(orchestratord env)" && orchestrator project create --name kept --no-start -q')
        machine.do("sh", "-c", "echo '#mine' >> /etc/default/orchestratord")
        machine.install(self.later)
        self.assertTrue(machine.do("dpkg-query", "-W", "-f", "${Version}", "orchestrator").endswith(".1"))
        self.assertIn("#mine", machine.do("cat", "/etc/default/orchestratord"))
        self.assertIn(project, machine.do("sh", "-c", 'eval "$(orchestratord env)" && orchestrator project list -q'))
        machine.do("dpkg", "-r", "orchestrator")
        self.assertTrue(machine.succeeds("test", "-f", "/etc/default/orchestratord"))
        self.assertFalse(machine.succeeds("test", "-e", "/usr/bin/orchestratord"))
        machine.do("dpkg", "--purge", "orchestrator")
        self.assertFalse(machine.succeeds("test", "-f", "/etc/default/orchestratord"))
        self.assertTrue(machine.succeeds("test", "-f", "/var/lib/orchestrator/orchestrator.db"), "data is the administrator's")

    def check_demo(self, said, seconds, begins):
        self.assertLess(seconds, 60)
        self.assertRegex(said, begins)
        for line in (r"You +I want a page", r"Product Owner +I have started", r"Commit +[0-9a-f]{40}", r'Tests .*"exit_code":0',
                     r"Notice +It is live: http://127\.0\.0\.1:18\d+", r"It answers +Hello, world!"):
            self.assertRegex(said, line)

    def test_demo(self):
        machine = self.machine(systemd=False)
        machine.install(self.deb)
        said, seconds = machine.walks_demo()
        self.check_demo(said, seconds, "Copier is not installed")
        self.assertEqual(machine.leftovers(), "")

        # Whenever it is interrupted, nothing is left.
        for words in ("You ", "Progress", "It is live"):
            with self.subTest(words=words):
                said = machine.says("bash", "-c", "orchestratord demo > /root/said 2>&1 & demo=$!; until grep -q \"$0\" /root/said; "
                                    "do kill -0 $demo || break; read -rt 0.1 <> <(:); done; kill -INT $demo; wait $demo; echo $?", words)
                # The demo may have finished before the interrupt.
                codes = ("130", "0") if words == "It is live" else ("130",)
                self.assertIn(said.splitlines()[-1], codes, machine.says("cat", "/root/said"))
                self.assertEqual(machine.leftovers(), "")

        # The error names what is missing, and the package that provides it.
        machine.do("sh", "-c", "mv /usr/bin/git /usr/bin/redis-server /root")
        said = machine.says("sh", "-c", "orchestratord demo 2>&1; echo $?")
        self.assertIn("the demo needs git, redis-server", said)
        self.assertIn("apt-get install git redis-server", said)
        self.assertTrue(said.endswith("69"), said)

    def worker_of(self, machine):
        """The process of a new worker, which waits for its first turn."""
        request = str(uuid.uuid4())
        message = json.dumps({
            "version": "1", "correlation_id": request, "timestamp": "2026-01-01T00:00:00Z", "request_id": request,
            "command": "create", "context": {},
            "config": {"name": "lives-on", "worker_type": "po", "agent_type": "custom", "instructions": "",
                       "allowed_commands": [], "capabilities": [], "env_vars": {"AGENT_COMMAND": "cat"}}})
        address = machine.environment()["REDIS_URL"]
        password, socket = re.fullmatch(r"unix://[^:]*:([^@]*)@(.*?)(?:\?.*)?", address).groups()
        machine.do("redis-cli", "--no-auth-warning", "-s", socket, "-a", password, "XADD", "worker:commands", "*", "data", message)
        return until(lambda: machine.says("pgrep", "-o", "worker-wrapper"), "a worker runs")

    @unittest.skipUnless(HIERARCHY.is_dir(), "no systemd hierarchy of control groups to lend to a container")
    def test_with_systemd(self):
        machine = self.machine(systemd=True)
        until(lambda: machine.says("systemctl", "is-system-running") in ("running", "degraded"), "systemd has started")
        machine.install(self.deb)
        show = lambda what: machine.says("systemctl", "show", "-P", what, "orchestratord")
        until(lambda: show("ActiveState") == "active", "the service is active")
        self.assertTrue(machine.serves())
        self.assertIn("serving at http://", show("StatusText"))
        run_verify = machine.says("sh", "-c", "systemd-analyze verify orchestratord.service 2>&1")
        self.assertEqual(run_verify, "")
        daemon, worker = show("MainPID"), self.worker_of(machine)

        # The sandbox holds: the daemon is root but can do only what it needs.
        self.assertFalse(machine.succeeds("nsenter", "-t", daemon, "-m", "touch", "/usr/forbidden"))
        self.assertTrue(machine.succeeds("nsenter", "-t", daemon, "-m", "touch", "/var/lib/orchestrator/allowed"))

        machine.install(self.later)
        until(lambda: show("MainPID") not in ("0", daemon) and show("ActiveState") == "active", "the new one has taken over")
        self.assertTrue(machine.succeeds("kill", "-0", worker), "workers live on through an upgrade")
        until(machine.serves, "the new one serves")

        # A daemon that hangs is restarted.
        machine.do("mkdir", "-p", "/run/systemd/system/orchestratord.service.d")
        machine.do("sh", "-c", "printf '[Service]\\nWatchdogSec=12\\n' > /run/systemd/system/orchestratord.service.d/soon.conf")
        machine.do("systemctl", "daemon-reload")
        machine.do("systemctl", "restart", "orchestratord")
        hung = show("MainPID")
        machine.do("kill", "-STOP", hung)
        until(lambda: show("MainPID") not in ("0", hung) and show("ActiveState") == "active", "a hung daemon is replaced")
        until(machine.serves, "its successor serves")

        # The demo runs next to the service and does not touch it.
        said, seconds = machine.walks_demo(f"COPIER={COPIER}/bin/copier")
        self.check_demo(said, seconds, "starts from a template")
        self.assertTrue(machine.serves())

        machine.do("dpkg", "-r", "orchestrator")
        self.assertNotEqual(machine.says("systemctl", "is-active", "orchestratord"), "active")
        self.assertTrue(machine.succeeds("test", "-f", "/var/lib/orchestrator/orchestrator.db"))


@unittest.skipUnless(ENGINE, "no container engine: ORCH_TEST_DOCKER is not set")
class Image(unittest.TestCase):
    def test_image(self):
        with tempfile.TemporaryDirectory() as directory:
            image = package("image", pathlib.Path(directory) / "one")
            self.assertEqual(digest(image), digest(package("image", pathlib.Path(directory) / "another")))
            docker = lambda *argv: run("docker", "-H", f"unix://{ENGINE}", *argv)
            loaded = re.search(r"Loaded image: (\S+)", docker("load", "-i", str(image))).group(1)
            name = "orch-image-" + uuid.uuid4().hex[:8]
            self.addCleanup(docker, "rm", "-f", name)
            docker("run", "-d", "--name", name, "--network", "none", "-e", "RUNTIME=process", loaded)
            serves = lambda: subprocess.run(
                ["docker", "-H", f"unix://{ENGINE}", "exec", name, "sh", "-c",
                 'eval "$(orchestratord env)" && orchestrator diagnose api -q'], capture_output=True).returncode == 0
            until(serves, "the daemon of the image serves")


if __name__ == "__main__":
    unittest.main()
