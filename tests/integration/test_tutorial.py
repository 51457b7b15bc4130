#!/usr/bin/python3
"""docs/TUTORIAL.md, followed to the letter: its commands (the blocks marked `sh`) run in one shell, in order.

The model is the scripted one, and workers are plain processes.
"""

import os
import pathlib
import random
import re
import signal
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
TUTORIAL = ROOT / "docs" / "TUTORIAL.md"
PATIENCE = 900
KEY = "tutorial-key"

sys.dont_write_bytecode = True


def blocks():
    """(the line where it begins, its commands) of each block of commands."""
    text = TUTORIAL.read_text()
    return [(text.count("\n", 0, found.start()) + 1, found.group(1))
            for found in re.finditer(r"(?ms)^```sh\n(.*?)^```$", text)]


class Tutorial(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.place = scratch.name
        os.chmod(self.place, 0o711)  # workers run as users of their own
        model = subprocess.Popen([sys.executable, "-B", ROOT / "tests/fakes/model_server.py", "--script",
                                  ROOT / "tests/fakes/scripts/live.json", "--key", KEY], stdout=subprocess.PIPE, text=True)
        self.addCleanup(model.stdout.close)
        self.addCleanup(model.wait)
        self.addCleanup(model.kill)
        port = re.match(r"listening on (\d+)", model.stdout.readline()).group(1)
        programs = [ROOT / "build/release/bin", ROOT / "build/dev/bin"]
        ports = random.SystemRandom().randrange(20000, 30000)
        self.environment = dict(
            os.environ, HOME=self.place, TMPDIR=self.place, PATH=":".join(map(str, [*programs, os.environ["PATH"]])),
            ANTHROPIC_API_KEY=KEY, MODEL_UPSTREAM=f"http://127.0.0.1:{port}", DATA_DIR=f"{self.place}/orchestrator",
            AGENTS_DIR=str(ROOT / "build/agents"), WORKER_BIN_DIR=str(ROOT / "build/release/bin"),
            COPIER=str(ROOT / "build/tools/copier/bin/copier"), LISTEN="127.0.0.1:0", RUNTIME="process",
            WORKER_MEMORY_MB="1024", WORKER_FIRST_UID=str(160000 + os.getpid() % 1000 * 16),
            DEPLOY_PORTS=f"{ports}-{ports + 99}")
        for name in ("DATABASE_URL", "REDIS_URL", "API_URL", "API_TOKEN"):
            self.environment.pop(name, None)

    def test_each_command_does_what_it_says(self):
        parts = blocks()
        self.assertGreater(len(parts), 5)
        script = "set -eu\nset -m\ntrap 'kill %1 2>/dev/null && wait %1 || true' EXIT\n" + "".join(
            f"echo '== line {line}'\n{commands}" for line, commands in parts)
        shell = subprocess.Popen(["bash"], cwd=self.place, env=self.environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                 stderr=subprocess.STDOUT, text=True, start_new_session=True)
        try:
            said, _ = shell.communicate(script, timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            os.killpg(shell.pid, signal.SIGTERM)
            said, _ = shell.communicate()
            self.fail(f"a command did not end:\n{said}")
        log = pathlib.Path(self.place, "daemon.log")
        self.assertEqual(shell.returncode, 0, said + (log.read_text()[-4000:] if log.exists() else ""))
        self.assertIn("Hello, world!", said)
        self.assertIn("Bonjour", said)
        self.assertTrue(pathlib.Path(self.place, "backup.db").exists())
        self.assertTrue(pathlib.Path(self.place, "greeter", "Makefile").exists())


if __name__ == "__main__":
    unittest.main()
