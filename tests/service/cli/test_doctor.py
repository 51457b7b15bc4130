#!/usr/bin/python3
"""`orchestratord doctor` beside a daemon and without one, with real workers as processes."""

import json
import os
import pathlib
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import unittest
import urllib.parse
import uuid

sys.dont_write_bytecode = True
ROOT = pathlib.Path(__file__).resolve().parent.parent.parent.parent
sys.path.insert(0, str(ROOT))

from tests.support.daemon import PATIENCE, PROGRAMS, Daemon, wait_until  # noqa: E402

WORKER_PROGRAMS = pathlib.Path(os.environ.get("ORCH_TEST_WORKER_BIN") or ROOT / "build/release/bin")
DISAGREEMENTS, UNAVAILABLE = 1, 69


def redis(url, *words):
    """One command, and the first line of its reply."""
    parts = urllib.parse.urlsplit(url)
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(parts.path)
        for command in (("AUTH", urllib.parse.unquote(parts.password)), words):
            text = "".join(f"${len(word.encode())}\r\n{word}\r\n" for word in command)
            connection.sendall(f"*{len(command)}\r\n{text}".encode())
            reply = connection.recv(65536).decode()
        return reply


@unittest.skipUnless(os.geteuid() == 0, "workers as users of their own need root")
class Doctor(unittest.TestCase):
    def setUp(self):
        self.place = pathlib.Path(tempfile.mkdtemp(prefix="doctor-"))
        self.addCleanup(shutil.rmtree, self.place, True)
        self.place.chmod(0o711)
        (self.place / "bin").mkdir()
        for program in ("worker-wrapper", "orchestrator"):
            shutil.copy(WORKER_PROGRAMS / program, self.place / "bin")
        self.data = self.place / "data"
        self.daemon = Daemon(self.data, "api,workers", RUNTIME="process", WORKER_BIN_DIR=str(self.place / "bin"),
                             WORKER_FIRST_UID=str(250_000 + os.getpid() % 1000 * 8))
        self.addCleanup(self.end)

    def end(self):
        """Nothing of it lives on, however the test went."""
        if self.daemon.process.poll() is None:
            self.daemon.process.kill()
            self.daemon.process.wait()
        for instance in self.data.glob("instances/*/instance.json"):
            pid = json.loads(instance.read_text())["pid"]
            if pathlib.Path(f"/proc/{pid}").exists():
                os.kill(pid, signal.SIGQUIT)

    def doctor(self, *words):
        return subprocess.run([PROGRAMS / "orchestratord", "doctor", *words], env=self.daemon.environment,
                              capture_output=True, text=True, timeout=PATIENCE)

    def found(self):
        return {one["worker_id"]: one for one in json.loads(self.doctor("--json").stdout)}

    def rows(self, sql, *values):
        with sqlite3.connect(self.data / "orchestrator.db") as store:
            return store.execute(sql, values).fetchall()

    def lives(self, worker):
        pid = json.loads((self.data / "instances" / worker / "instance.json").read_text())["pid"]
        return pathlib.Path(f"/proc/{pid}/cwd").exists()

    def worker(self):
        request = str(uuid.uuid4())
        create = {"command": "create", "request_id": request, "correlation_id": request, "version": "1",
                  "timestamp": "2026-01-02T03:04:05Z", "context": {},
                  "config": {"name": "developer", "worker_type": "developer", "agent_type": "custom",
                             "instructions": "", "allowed_commands": [], "capabilities": [],
                             "env_vars": {"AGENT_COMMAND": "true"}}}
        redis(self.daemon.facts["REDIS_URL"], "XADD", "worker:commands", "*", "data", json.dumps(create))
        wait_until("a worker", lambda: self.rows("SELECT 1 FROM workers WHERE request_id = ? AND state = 'running'",
                                                 request))
        return self.rows("SELECT id FROM workers WHERE request_id = ?", request)[0][0]

    def test_a_store_that_lost_its_workers_takes_them_back(self):
        known, stranger = self.worker(), self.worker()
        beside = self.doctor()
        self.assertEqual(beside.returncode, 0, beside)
        self.assertRegex(beside.stdout, f"(?m)^{known} +running +running +present +described +they agree$")
        refused = self.doctor("--fix")
        self.assertEqual(refused.returncode, UNAVAILABLE, refused)
        self.assertIn("use --fix when no daemon runs", refused.stderr)

        self.daemon.process.kill()
        self.daemon.process.wait()
        self.assertEqual(self.doctor().returncode, 0)
        self.rows("DELETE FROM workers")
        manifest = self.data / "workers" / stranger / "worker.json"
        manifest.rename(self.place / "aside")
        seen = self.doctor()
        self.assertEqual(seen.returncode, DISAGREEMENTS, seen)
        self.assertRegex(seen.stdout, f"(?m)^{known} +absent +running +unknown +described +without a row: ")
        self.assertEqual((self.found()[known]["remedy"], self.found()[stranger]["remedy"]), ("adopt", "ask_person"))
        self.assertEqual(self.rows("SELECT id FROM workers"), [])

        fixed = self.doctor("--fix")
        self.assertEqual(fixed.returncode, DISAGREEMENTS, fixed)
        self.assertIn(f"{known}: its row was made again", fixed.stderr)
        self.assertIn(f"{stranger}: needs a person", fixed.stderr)
        self.assertEqual(self.rows("SELECT id, state FROM workers"), [(known, "running")])
        self.assertTrue(self.lives(stranger))

        (self.place / "aside").rename(manifest)
        (self.data / "ready").unlink()  # left behind by the daemon that was killed
        self.daemon.start()
        wait_until("the other is taken back by the daemon itself",
                   lambda: self.rows("SELECT 1 FROM workers WHERE id = ? AND state = 'running'", stranger))
        self.assertEqual(self.doctor().returncode, 0)

    def test_what_has_ended_is_removed_and_without_a_store_nothing_is_begun(self):
        worker = self.worker()
        self.daemon.process.kill()
        self.daemon.process.wait()
        pid = json.loads((self.data / "instances" / worker / "instance.json").read_text())["pid"]
        os.kill(pid, signal.SIGQUIT)
        wait_until("its end", lambda: not self.lives(worker))
        left = self.doctor("--fix")
        self.assertEqual(left.returncode, DISAGREEMENTS, left)
        self.assertIn(f"{worker}: left to the daemon", left.stderr)
        self.rows("DELETE FROM workers")
        self.assertEqual(self.found()[worker]["rule"], "remains")
        self.assertEqual(self.doctor("--fix").returncode, 0)
        self.assertFalse((self.data / "instances" / worker).exists())
        self.assertEqual(self.found()[worker]["rule"], "left directories")

        os.rename(self.data / "orchestrator.db", self.place / "aside.db")
        refused = self.doctor()
        self.assertEqual(refused.returncode, UNAVAILABLE, refused)
        self.assertIn("there is no database", refused.stderr)
        self.assertFalse((self.data / "orchestrator.db").exists())


if __name__ == "__main__":
    unittest.main()
