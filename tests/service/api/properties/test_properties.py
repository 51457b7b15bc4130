#!/usr/bin/python3
"""The API tried by a public property-based tester (schemathesis) against the description that the daemon serves of itself:
generated requests, valid and not, alone and in chains; each answer is what the description says.

ORCH_SEED chooses other requests; the seed is printed.
"""

import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent.parent.parent
sys.path.insert(0, str(ROOT / "tests" / "support"))
from daemon import Daemon  # noqa: E402

TESTER = ROOT / "build" / "tools" / "schemathesis" / "bin" / "schemathesis"
SETTINGS = pathlib.Path(__file__).resolve().parent / "schemathesis.toml"
SEED = os.environ.get("ORCH_SEED", "20261121")


class Properties(unittest.TestCase):
    def test_every_answer_is_what_the_description_says(self):
        if not TESTER.exists():
            self.skipTest("no schemathesis; ci/test installs it")
        with tempfile.TemporaryDirectory(prefix="orch-properties-") as directory:
            os.chmod(directory, 0o700)
            daemon = Daemon(directory, roles="api")
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
