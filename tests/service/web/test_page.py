#!/usr/bin/python3
"""The web page in a real Chromium, on a real daemon: page.test.mjs says what is looked at."""

import json
import os
import pathlib
import select
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
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


# What a hostile agent pushed: names that would be markup, options, turned text, or a path out; and a link.
WORK = r"""git init -q -b main repo && cd repo && git -c user.name=x -c user.email=x@localhost commit -q --allow-empty -m begin
git checkout -q -b task/1 && mkdir -p src/deep many
printf '# Shop\nKEY=sk-0123456789abcdefghij\n<script>window.caught=1</script>\n' > README.md
printf 'deep down' > src/deep/note; ln -s /etc/passwd link; printf 'a\0b' > binary; head -c 262145 /dev/zero > large
printf x > '<img src=x onerror=window.caught=1>'; printf x > "$(printf '\342\200\256txt.exe')"; printf x > "$(printf 'new\nline')"
printf x > "$(printf 'n%.0s' $(seq 250))"; printf x > ./-rf; seq 600 | sed 's,^,many/,' | xargs touch
git add -A && git -c user.name=x -c user.email=x@localhost commit -q -m work && cd .. && git clone -q --bare repo "$1" && rm -rf repo"""
WORKER = "worker-of-shop"
CONFIG = json.dumps({"name": WORKER, "worker_type": "developer", "agent_type": "claude", "instructions": "", "allowed_commands": [],
                     "capabilities": []})


def put_branch(place):
    """A worker that has ended, and the branch that it worked on. Its flow is another test's; the page only reads."""
    subprocess.run(["/bin/bash", "-ec", WORK, "work", str(place / "data" / "forge" / "shop.git")], cwd=place, check=True)
    with sqlite3.connect(place / "data" / "orchestrator.db", timeout=30) as store:
        store.execute("INSERT INTO workers (id, request_id, state, type, config, context, created_at, ended_at) VALUES "
                      "(?1, ?1, 'removed', 'developer', ?2, ?3, ?4, ?4)",
                      (WORKER, CONFIG, json.dumps({"repository": "shop", "branch": "task/1"}), int(time.time() * 1000)))
    store.close()


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
                if chats:
                    put_branch(place)
                environment = dict(daemon.environment, **daemon.facts, PAGE_PACKAGES=str(PACKAGES),
                                   ORCHESTRATOR=str(PROGRAMS / "orchestrator"), CHROMIUM=shutil.which("chromium"),
                                   CHATS="yes" if chats else "", BRANCH_WORKER=WORKER if chats else "")
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
