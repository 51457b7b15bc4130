#!/usr/bin/python3
"""The web page in a real Chromium, on a real daemon: page.test.mjs says what is looked at."""

import json
import os
import pathlib
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent.parent
sys.path.insert(0, str(ROOT / "tests" / "support"))
from daemon import PROGRAMS, Daemon  # noqa: E402

PACKAGES = ROOT / "build" / "tools" / "page" / "node_modules"
LOOK = pathlib.Path(__file__).resolve().parent / "page.test.mjs"

WORKER_PROGRAMS = ROOT / "build" / "release" / "bin"
# A Product Owner that works long enough for its progress to be seen, and then answers with what it was told, as a hostile one
# would.
PRODUCT_OWNER = """said=$(cat | tail -n 1)
sleep 3
orchestrator respond 'busy <b>now</b>'
printf 'You said: %s <img src=x onerror="window.caught=1"><script>window.caught=1</script> \\033[31mred' "$said"
"""


def product_owner(place):
    """The settings of a daemon whose Product Owners are processes that run this script, as users of their own."""
    (place / "bin").mkdir()
    for program in ("worker-wrapper", "orchestrator"):
        shutil.copy(WORKER_PROGRAMS / program, place / "bin")
    command = json.dumps(["/bin/sh", "-c", PRODUCT_OWNER])
    return {"RUNTIME": "process", "WORKER_BIN_DIR": str(place / "bin"),
            "WORKER_FIRST_UID": str(240_000 + os.getpid() % 1000 * 8), "PO_AGENT": "custom",
            "PO_ENV": json.dumps({"AGENT_COMMAND": command})}


def end_workers(data):
    """Workers outlive their daemon. Waits until they have ended: they write to its directory until then."""
    for instance in data.glob("instances/*/instance.json"):
        try:
            process = os.pidfd_open(json.loads(instance.read_text())["pid"])
        except ProcessLookupError:
            continue
        signal.pidfd_send_signal(process, signal.SIGQUIT)
        select.select([process], [], [], 30)
        os.close(process)


class Page(unittest.TestCase):
    def test_the_page_in_a_browser(self):
        for program in ("node", "chromium"):
            if not shutil.which(program):
                self.skipTest(f"no {program}; ci/install test installs it")
        if not (PACKAGES / "playwright-core").exists():
            self.skipTest("no playwright-core; ci/test installs it")
        with tempfile.TemporaryDirectory(prefix="orch-page-") as directory:
            place, chats = pathlib.Path(directory), os.geteuid() == 0
            place.chmod(0o711 if chats else 0o700)
            settings = product_owner(place) if chats else {}
            daemon = Daemon(place / "data", roles="api,web,chat,workers" if chats else "api,web", **settings)
            try:
                environment = dict(daemon.environment, **daemon.facts, PAGE_PACKAGES=str(PACKAGES),
                                   ORCHESTRATOR=str(PROGRAMS / "orchestrator"), CHROMIUM=shutil.which("chromium"),
                                   CHATS="yes" if chats else "")
                done = subprocess.run(["node", "--test", "--test-reporter=spec", LOOK], env=environment, timeout=600,
                                      capture_output=True, text=True)
            finally:
                code = daemon.stop()
                end_workers(place / "data")
        report = (done.stdout + done.stderr).replace(daemon.token, "[token]")
        print(report[-20_000:])
        self.assertEqual(done.returncode, 0, "see the report above")
        self.assertEqual(code, 0)


if __name__ == "__main__":
    unittest.main()
