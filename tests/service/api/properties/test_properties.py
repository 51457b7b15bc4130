#!/usr/bin/python3
"""The API tried by a public property-based tester (schemathesis) against the description that the daemon serves of itself:
generated requests, valid and not, alone and in chains; each answer is what the description says.

ORCH_SEED chooses other requests; the seed is printed.
"""

import os
import pathlib
import signal
import subprocess
import tempfile
import time
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent.parent.parent
DAEMON = ROOT / "build" / "dev" / "bin" / "orchestratord"
TESTER = ROOT / "build" / "tools" / "schemathesis" / "bin" / "schemathesis"
SETTINGS = pathlib.Path(__file__).resolve().parent / "schemathesis.toml"
SEED = os.environ.get("ORCH_SEED", "20261121")
PATIENCE = 60


class Daemon:
    """orchestratord with nothing but its API, on a directory of its own."""

    def __init__(self, directory):
        self.environment = dict(os.environ, DATA_DIR=directory, LISTEN="127.0.0.1:0", ROLES="api", API_RATE="0",
                                ACCESS_LOG="no")
        for name in ("DATABASE_URL", "REDIS_URL"):
            self.environment.pop(name, None)
        self.process = subprocess.Popen([DAEMON, "serve"], env=self.environment, stderr=subprocess.DEVNULL)
        limit = time.monotonic() + PATIENCE
        while not (pathlib.Path(directory) / "ready").exists():
            if self.process.poll() is not None or time.monotonic() > limit:
                raise AssertionError("the daemon did not start")
            time.sleep(0.02)
        told = subprocess.run([DAEMON, "env"], env=self.environment, capture_output=True, text=True, check=True).stdout
        facts = dict(line.removeprefix("export ").split("=", 1) for line in told.splitlines())
        self.url, self.token = (facts[name].strip("'") for name in ("API_URL", "API_TOKEN"))

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(PATIENCE)


class Properties(unittest.TestCase):
    def test_every_answer_is_what_the_description_says(self):
        if not TESTER.exists():
            self.skipTest("no schemathesis; ci/test installs it")
        with tempfile.TemporaryDirectory(prefix="orch-properties-") as directory:
            os.chmod(directory, 0o700)
            daemon = Daemon(directory)
            try:
                done = subprocess.run(
                    [TESTER, "--config-file", SETTINGS, "run", daemon.url + "/openapi.json", "--seed", SEED,
                     "--generation-deterministic", "--no-color", "-H", "Authorization: Bearer " + daemon.token],
                    cwd=directory, capture_output=True, text=True, timeout=600)
            finally:
                code = daemon.stop()
        print(f"seed {SEED}")
        self.assertEqual(done.returncode, 0, done.stdout[-20_000:].replace(daemon.token, "[token]"))
        self.assertEqual(code, 0)


if __name__ == "__main__":
    unittest.main()
