#!/usr/bin/python3
"""ci/demo as a newcomer meets it: it ends with a tested commit, and Ctrl-C leaves nothing behind.

With containers on the engine that ORCH_TEST_DOCKER names, and without any.
"""

import os
import pathlib
import pty
import re
import select
import subprocess
import tempfile
import time
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
ENGINE = os.environ.get("ORCH_TEST_DOCKER", "")
PATIENCE = 300


def containers_of(installation):
    found = subprocess.run(["docker", "-H", f"unix://{ENGINE}", "ps", "-aq", "--filter",
                            f"label=com.codegen-orchestrator.owner={installation}"], capture_output=True, text=True, check=True)
    return found.stdout.split()


def processes_that_name(text):
    found = []
    for place in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            if text.encode() in (place / "cmdline").read_bytes() + (place / "environ").read_bytes():
                found.append(place.name)
        except OSError:
            continue
    return found


class Terminal:
    """A program on a terminal of its own, and what it prints there."""

    def __init__(self, environment, *argv):
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.execvpe(argv[0], argv, environment)
        self.seen = ""

    def read_until(self, words):
        limit = time.monotonic() + PATIENCE
        while words is None or words not in self.seen:
            if not select.select([self.fd], [], [], max(0, limit - time.monotonic()))[0]:
                os.kill(self.pid, 9)
                raise AssertionError(f"{words or 'the end'} was not seen in time:\n{self.seen}")
            try:
                data = os.read(self.fd, 4096)
            except OSError:  # the terminal's other end is closed
                data = b""
            if not data:
                if words is None:
                    return
                raise AssertionError(f"it ended before {words!r}:\n{self.seen}")
            self.seen += data.decode(errors="replace")

    def type(self, keys):
        os.write(self.fd, keys)

    def end(self):
        self.read_until(None)
        os.close(self.fd)
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])


class Demo(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.place = scratch.name
        os.chmod(self.place, 0o711)  # workers run as users of their own
        self.environment = dict(os.environ, TMPDIR=self.place)
        self.environment.pop("ANTHROPIC_API_KEY", None)

    def start(self, runtime):
        if runtime == "docker":
            if not ENGINE:
                self.assertNotEqual(os.environ.get("ORCH_REQUIRE_ENGINE"), "1", "no engine, but one is required")
                self.skipTest("ORCH_TEST_DOCKER names no engine")
            base = subprocess.run([ROOT / "ci/base-image", ENGINE], capture_output=True, text=True, check=True)
            self.environment |= {"DOCKER_HOST": f"unix://{ENGINE}", "BASE_IMAGE": base.stdout.strip()}
        return Terminal(self.environment, str(ROOT / "ci/demo"), "--runtime", runtime)

    def check_nothing_is_left(self):
        self.assertEqual(os.listdir(self.place), [])
        self.assertEqual(processes_that_name(self.place), [])

    def goes_to_its_end(self, runtime):
        demo = self.start(runtime)
        self.assertEqual(demo.end(), 0, demo.seen)
        self.assertIn("Done: completed", demo.seen)
        self.assertIn('"exit_code": 0', demo.seen)
        self.assertRegex(demo.seen, r"It is live: http://127\.0\.0\.1:\d+")
        self.assertIn("Hello, world!", demo.seen)
        commit = re.search(r"commit +([0-9a-f]{40})", demo.seen).group(1)
        kept = subprocess.run(["git", "--git-dir", ROOT / "build/demo/greeter.git", "cat-file", "-t", commit],
                              capture_output=True, text=True, check=True)
        self.assertEqual(kept.stdout, "commit\n")
        self.check_nothing_is_left()

    def is_interrupted(self, runtime, words):
        demo = self.start(runtime)
        demo.read_until(words)
        [installation] = pathlib.Path(self.place).glob("*/data/installation")
        installation = installation.read_text()
        if runtime == "docker":
            self.assertEqual(len(containers_of(installation)), 1)
        demo.type(b"\x03")
        self.assertEqual(demo.end(), 130, demo.seen)
        self.check_nothing_is_left()
        if runtime == "docker":
            self.assertEqual(containers_of(installation), [])

    def test_it_ends_with_a_tested_commit_in_containers(self):
        self.goes_to_its_end("docker")

    def test_it_ends_with_a_tested_commit_without_containers(self):
        self.goes_to_its_end("process")

    def test_ctrl_c_while_an_agent_works_in_a_container(self):
        self.is_interrupted("docker", "The developer works")

    def test_ctrl_c_while_an_agent_works_without_containers(self):
        self.is_interrupted("process", "The developer works")


if __name__ == "__main__":
    unittest.main()
