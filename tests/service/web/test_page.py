#!/usr/bin/python3
"""The web page in a real Chromium, on a real daemon: page.test.mjs says what is looked at."""

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent.parent
sys.path.insert(0, str(ROOT / "tests" / "support"))
from daemon import PROGRAMS, Daemon  # noqa: E402

PACKAGES = ROOT / "build" / "tools" / "page" / "node_modules"
LOOK = pathlib.Path(__file__).resolve().parent / "page.test.mjs"


class Page(unittest.TestCase):
    def test_the_page_in_a_browser(self):
        for program in ("node", "chromium"):
            if not shutil.which(program):
                self.skipTest(f"no {program}; ci/install test installs it")
        if not (PACKAGES / "playwright-core").exists():
            self.skipTest("no playwright-core; ci/test installs it")
        with tempfile.TemporaryDirectory(prefix="orch-page-") as directory:
            os.chmod(directory, 0o700)
            daemon = Daemon(directory, roles="api,web")
            try:
                environment = dict(daemon.environment, **daemon.facts, PAGE_PACKAGES=str(PACKAGES),
                                   ORCHESTRATOR=str(PROGRAMS / "orchestrator"), CHROMIUM=shutil.which("chromium"))
                done = subprocess.run(["node", "--test", "--test-reporter=spec", LOOK], env=environment, timeout=600,
                                      capture_output=True, text=True)
            finally:
                code = daemon.stop()
        report = (done.stdout + done.stderr).replace(daemon.token, "[token]")
        print(report[-20_000:])
        self.assertEqual(done.returncode, 0, "see the report above")
        self.assertEqual(code, 0)


if __name__ == "__main__":
    unittest.main()
