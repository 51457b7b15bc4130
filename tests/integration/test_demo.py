#!/usr/bin/python3
"""ci/demo as a newcomer meets it: from a sentence in the chat to a page, and Ctrl-C at any point leaves nothing behind.

With containers on the engine that ORCH_TEST_DOCKER names, and without any.
"""

import contextlib
import os
import pathlib
import pty
import random
import re
import select
import subprocess
import tempfile
import time
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
ENGINE = os.environ.get("ORCH_TEST_DOCKER", "")
PATIENCE = 300
# The test interrupts the demo a random, seeded moment after these words.
POINTS = ("▸ The daemon", "▸ You write in the chat", "Waking your Product Owner", "I have started the greeter", "The developer works",
          "The tests run", "The work on your task is done", "▸ Done", "▸ It is live")
SEED = int(os.environ.get("ORCH_TEST_SEED") or random.SystemRandom().randrange(1 << 32))


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

    def read_for(self, seconds):
        limit = time.monotonic() + seconds
        while select.select([self.fd], [], [], max(0, limit - time.monotonic()))[0]:
            try:
                self.seen += os.read(self.fd, 4096).decode(errors="replace")
            except OSError:
                return

    def type(self, keys):
        with contextlib.suppress(OSError):  # the program may have ended already
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

    def start(self, runtime, *options):
        if runtime == "docker":
            if not ENGINE:
                self.assertNotEqual(os.environ.get("ORCH_REQUIRE_ENGINE"), "1", "no engine, but one is required")
                self.skipTest("ORCH_TEST_DOCKER names no engine")
            base = subprocess.run([ROOT / "ci/base-image", ENGINE], capture_output=True, text=True, check=True)
            self.environment |= {"DOCKER_HOST": f"unix://{ENGINE}", "BASE_IMAGE": base.stdout.strip()}
        return Terminal(self.environment, str(ROOT / "ci/demo"), "--runtime", runtime, *options)

    def check_nothing_is_left(self):
        self.assertEqual(os.listdir(self.place), [])
        self.assertEqual(processes_that_name(self.place), [])

    def goes_to_its_end(self, runtime):
        demo = self.start(runtime)
        self.assertEqual(demo.end(), 0, demo.seen)
        who = re.findall(r"(?m)^ +(?:\x1b\[1m)?([A-Z][A-Za-z]*(?: [A-Z][a-z]+)?) +(?:\x1b\[0m)?", demo.seen.replace("\r", ""))
        # Events within a second share one line: a deployment may be over before it is shown.
        for one in ("Product Owner", "Developer", "Tester", "Notice"):
            self.assertIn(one, who)
        self.assertIn("I have started the greeter.", demo.seen)
        self.assertIn("Done: completed", demo.seen)
        self.assertIn('"exit_code": 0', demo.seen)
        self.assertRegex(demo.seen, r"It is live: http://127\.0\.0\.1:\d+")
        self.assertTrue(demo.seen.rstrip().endswith("Hello, world!"), demo.seen[-200:])
        commit = re.search(r"commit_sha +([0-9a-f]{40})", demo.seen).group(1)
        kept = subprocess.run(["git", "--git-dir", ROOT / "build/demo/greeter.git", "cat-file", "-t", commit],
                              capture_output=True, text=True, check=True)
        self.assertEqual(kept.stdout, "commit\n")
        self.check_nothing_is_left()

    def is_interrupted(self, runtime, words, pause):
        demo = self.start(runtime)
        demo.read_until(words)
        demo.read_for(pause)  # a seeded pause, wherever the demo is by then
        # Before the daemon has started, the installation has no name yet.
        named = list(pathlib.Path(self.place).glob("*/data/installation"))
        installation = named[0].read_text() if named else None
        demo.type(b"\x03")
        code = demo.end()
        # The demo may have finished before the interrupt.
        is_over = "Hello, world!" in demo.seen
        self.assertIn(code, (130, 0) if is_over or words == POINTS[-1] else (130,), demo.seen)
        self.check_nothing_is_left()
        if runtime == "docker" and installation:
            self.assertEqual(containers_of(installation), [])

    def is_interrupted_anywhere(self, runtime, times):
        moments = random.Random(f"{SEED} {runtime}")
        for words in moments.sample(POINTS, times):
            pause = moments.uniform(0, 1)
            with self.subTest(words=words, pause=pause, again=f"ORCH_TEST_SEED={SEED}"):
                self.is_interrupted(runtime, words, pause)

    def the_chat_stays_open(self, runtime):
        demo = self.start(runtime, "--chat")
        demo.read_until("The chat stays open")
        demo.read_until("Ctrl-C leaves; the work continues.")
        demo.type(b"/projects\r")
        demo.read_until("greeter: active")
        demo.type(b"\x03")
        self.assertEqual(demo.end(), 0, demo.seen)
        self.check_nothing_is_left()

    def test_a_sentence_becomes_a_page_in_containers(self):
        self.goes_to_its_end("docker")

    def test_a_sentence_becomes_a_page_without_containers(self):
        self.goes_to_its_end("process")

    def test_ctrl_c_anywhere_in_containers(self):
        self.is_interrupted_anywhere("docker", 2)

    def test_ctrl_c_anywhere_without_containers(self):
        self.is_interrupted_anywhere("process", 4)

    def test_the_chat_stays_open(self):
        self.the_chat_stays_open("process")


if __name__ == "__main__":
    unittest.main()
