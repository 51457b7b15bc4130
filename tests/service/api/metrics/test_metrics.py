#!/usr/bin/python3
"""What a daemon tells Prometheus: in its conventions, and all that the dashboard asks for."""

import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent.parent.parent
sys.path.insert(0, str(ROOT / "tests" / "support"))
from daemon import Daemon  # noqa: E402

DASHBOARD = ROOT / "docs" / "dashboard" / "orchestrator.json"
NAME = re.compile(r"^[a-z][a-z0-9_]*$")
# The suffixes that a histogram adds to its name.
PARTS = re.compile(r"_(bucket|sum|count)$")


def told_by_a_daemon():
    with tempfile.TemporaryDirectory(prefix="orch-metrics-") as directory:
        daemon = Daemon(directory, roles="api,scheduler,workers", RUNTIME="process", ANTHROPIC_API_KEY="no-key",
                        MODEL_UPSTREAM="http://127.0.0.1:9")
        try:
            request = urllib.request.Request(daemon.url + "/metrics", headers={"Authorization": "Bearer " + daemon.token})
            urllib.request.urlopen(request).close()  # the second look counts the first request
            with urllib.request.urlopen(request) as answer:
                return answer.read().decode()
        finally:
            daemon.stop()


class Metrics(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.text = told_by_a_daemon()
        cls.types = dict(re.findall(r"^# TYPE (\S+) (\S+)$", cls.text, re.M))
        cls.helps = dict(re.findall(r"^# HELP (\S+) (.+)$", cls.text, re.M))

    def test_every_metric_is_named_and_explained_as_prometheus_wants_it(self):
        self.assertGreater(len(self.types), 15)
        for name, kind in self.types.items():
            with self.subTest(name):
                self.assertRegex(name, NAME)
                self.assertIn(kind, ("counter", "gauge", "histogram"))
                self.assertEqual(name.endswith("_total"), kind == "counter")
                self.assertTrue(self.helps.get(name, "").endswith("."), "a sentence explains it")
        for line in self.text.splitlines():
            if line and not line.startswith("#"):
                name = re.match(r"[a-z0-9_]+", line)[0]
                self.assertTrue(name in self.types or PARTS.sub("", name) in self.types, line)

    def test_no_series_is_told_twice(self):
        series = [line.rsplit(" ", 1)[0] for line in self.text.splitlines() if line and not line.startswith("#")]
        self.assertEqual(len(series), len(set(series)))

    def test_the_dashboard_asks_for_what_is_there(self):
        dashboard = json.loads(DASHBOARD.read_text())
        asked = set()
        for panel in dashboard["panels"]:
            self.assertTrue(panel["title"])
            for target in panel["targets"]:
                asked |= set(re.findall(r"\b(?:orchestrator|process)_[a-z0-9_]+", target["expr"]))
        self.assertGreater(len(asked), 10)
        for name in sorted(asked):
            with self.subTest(name):
                self.assertIn(PARTS.sub("", name) if PARTS.sub("", name) in self.types else name, self.types)
        places = [tuple(panel["gridPos"].values()) for panel in dashboard["panels"]]
        self.assertEqual(len(places), len(set(places)))

    def test_promtool_finds_nothing(self):
        if not shutil.which("promtool"):
            self.skipTest("no promtool")
        done = subprocess.run(["promtool", "check", "metrics"], input=self.text, capture_output=True, text=True)
        self.assertEqual((done.returncode, done.stdout + done.stderr), (0, ""))


if __name__ == "__main__":
    unittest.main()
