#!/usr/bin/python3
"""The images of services beside a worker, made without a network and run as the runtime runs them.

What the runtime makes of them is tried in tests/service/runtime/services_test.cpp.
"""

import json
import os
import pathlib
import subprocess
import tempfile
import threading
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
DAEMON = ROOT / "build/dev/bin/orchestratord"
ENGINE = os.environ.get("ORCH_TEST_DOCKER", "")
PACKAGES = "postgresql,redis-server,redis-tools"
WALLS = ["--read-only", "--cap-drop", "ALL", "--security-opt", "no-new-privileges", "--user", "23456:23456",
         "--memory", "512m", "--memory-swap", "512m", "--pids-limit", "128", "--cpus", "0.5",
         "--tmpfs", "/data:size=256m,mode=1777,nosuid,nodev,noexec", "--tmpfs", "/tmp:size=1m,mode=1777"]


def docker(*argv):
    ended = subprocess.run(["docker", "-H", f"unix://{ENGINE}", *argv], text=True, capture_output=True)
    if ended.returncode != 0:
        raise AssertionError(f"docker {argv}: {ended.stdout[-2000:]}{ended.stderr[-2000:]}")
    return ended.stdout.strip()


@unittest.skipUnless(ENGINE, "no container engine: ORCH_TEST_DOCKER is not set")
class Services(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.base = subprocess.run([ROOT / "ci/base-image", ENGINE, "orch-services:bookworm", PACKAGES], check=True,
                                  text=True, capture_output=True).stdout.strip()

    def start(self, service):
        """The image built, and run beside a container that has no network: the name of that one."""
        with tempfile.TemporaryDirectory() as data:
            environment = {"PATH": os.environ["PATH"], "DATA_DIR": data, "BUILD_NETWORK": "none", "BASE_IMAGE": self.base,
                           "DOCKER_HOST": f"unix://{ENGINE}"}
            built = subprocess.run([DAEMON, "image", "build", "--service", service], text=True, capture_output=True,
                                   env=environment)
        self.assertEqual(built.returncode, 0, built.stderr)
        worker = docker("run", "-d", "--network", "none", "--user", "23456", self.base, "sleep", "infinity")
        self.addCleanup(docker, "rm", "-f", worker)
        beside = docker("run", "-d", "--network", f"container:{worker}", *WALLS, json.loads(built.stdout)["tag"])
        self.addCleanup(docker, "rm", "-f", beside)
        self.wait_until_ready(beside)
        return worker

    def wait_until_ready(self, service):
        """Follows the output until the line that says that it serves; the engine ends it when the service does."""
        with subprocess.Popen(["docker", "-H", f"unix://{ENGINE}", "logs", "-f", service], text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as logs:
            limit = threading.Timer(120, logs.kill)
            limit.start()
            said = []
            try:
                for line in logs.stdout:
                    said.append(line)
                    if "service-ready" in line:
                        return
                self.fail("".join(said))
            finally:
                limit.cancel()
                logs.kill()

    def test_redis(self):
        worker = self.start("redis")
        docker("exec", worker, "redis-cli", "-u", "redis://127.0.0.1:6379/0", "set", "a", "1")
        self.assertEqual(docker("exec", worker, "redis-cli", "get", "a"), "1")

    def test_postgres(self):
        worker = self.start("postgres")
        ask = lambda text: docker("exec", worker, "psql", "-qtA", "postgresql://postgres@127.0.0.1:5432/postgres", "-c", text)
        ask("create table t (a int); insert into t values (41)")
        ask("create database another")
        self.assertEqual(ask("select a + 1 from t"), "42")


if __name__ == "__main__":
    unittest.main()
