#!/usr/bin/python3
"""`orchestrator mcp` as the official SDK's client meets it, with a real daemon behind."""

import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent.parent.parent
STATIC = pathlib.Path(os.environ.get("ORCH_TEST_WORKER_BIN", ROOT / "build/release/bin"))
PATIENCE = 60
sys.path.insert(0, str(ROOT / "tests/support"))
from daemon import Daemon  # noqa: E402


class Mcp(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        packages = ROOT / "build/tools/mcp"
        if not shutil.which("node") or not shutil.which("npm"):
            raise unittest.SkipTest("no node on this machine; `ci/install road` installs it")
        subprocess.run([ROOT / "ci/node-packages", packages, HERE], check=True)
        cls.place = tempfile.TemporaryDirectory()
        directory = pathlib.Path(cls.place.name)
        directory.chmod(0o711)
        cls.addClassCleanup(cls.place.cleanup)
        daemon = Daemon(directory / "data", "api", RUNTIME="process", WORKER_BIN_DIR=str(STATIC))
        cls.addClassCleanup(daemon.stop)
        # Node looks for packages beside the script.
        shutil.copy(HERE / "client.mjs", packages / "client.mjs")
        done = subprocess.run(["node", packages / "client.mjs", STATIC / "orchestrator"], capture_output=True, text=True,
                              env=daemon.environment | daemon.facts, timeout=PATIENCE)
        if done.returncode != 0:
            raise AssertionError(done.stdout + done.stderr)
        cls.seen = json.loads(done.stdout)

    def test_tools(self):
        names = [tool["name"] for tool in self.seen["tools"]]
        self.assertIn("project_create", names)
        self.assertIn("engineering_start", names)
        self.assertEqual(len(names), len(set(names)))
        for tool in self.seen["tools"]:
            self.assertRegex(tool["name"], r"^[a-zA-Z0-9_-]{1,64}$")
            self.assertTrue(tool["description"])
        self.assertEqual(self.seen["server"]["name"], "orchestrator")

    def test_a_write_is_done_once(self):
        made, again = self.seen["made"], self.seen["again"]
        self.assertFalse(made.get("isError"))
        self.assertEqual(made["structuredContent"]["data"]["id"], again["structuredContent"]["data"]["id"])
        self.assertEqual([project["name"] for project in self.seen["listed"]["structuredContent"]["data"]], ["by_mcp"])

    def test_failures_are_answers(self):
        self.assertTrue(self.seen["missing"]["isError"])
        self.assertFalse(self.seen["missing"]["structuredContent"]["success"])
        self.assertEqual(self.seen["refusal"]["code"], -32602)

    def test_waiting_ends_and_says_how_to_come_back(self):
        self.assertFalse(self.seen["started"].get("isError"), self.seen["started"])
        waited = self.seen["waited"]
        self.assertTrue(waited["isError"])
        self.assertIn("still queued", waited["content"][0]["text"])


if __name__ == "__main__":
    unittest.main()
