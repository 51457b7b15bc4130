#!/usr/bin/python3
"""The documents name what there is: links, files, programs' tests, settings."""

import os
import pathlib
import re
import subprocess
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
DOCUMENTS = [path for path in subprocess.run(["git", "ls-files", "*.md"], cwd=ROOT, capture_output=True, text=True,
                                             check=True).stdout.split() if "templates/default" not in path]


def known_tests():
    said = subprocess.run(["ctest", "--test-dir", ROOT / "build/dev", "-N"], capture_output=True, text=True).stdout
    return set(re.findall(r"Test +#\d+: (\S+)", said))


# The static program as it is released, or as this preset has built it.
ORCHESTRATOR = next((place for place in (ROOT / "build/release/bin/orchestrator",
                                         pathlib.Path(os.environ.get("ORCH_BIN_DIR", "")) / "orchestrator")
                     if place.is_file()), None)


def named_commands():
    """(document, words) of each `orchestrator …` in code, words up to the first that is not part of a command's name."""
    for name in DOCUMENTS:
        text = (ROOT / name).read_text()
        code = re.findall(r"(?ms)^```\w*\n(.*?)^```", text) + re.findall(r"`([^`\n]+)`", text)
        for words in re.findall(r"\borchestrator ((?:[a-z][a-z-]* ?)+)((?: *--?[a-z-]+(?:[ =](?!--)\S+)?)*)", "\n".join(code)):
            yield name, words[0].split(), re.findall(r"(?<!\S)--[a-z-]+", words[1])


class Documents(unittest.TestCase):
    def test_named_commands_exist(self):
        if ORCHESTRATOR is None:
            self.skipTest("orchestrator is not built")
        checked = 0
        for name, words, options in named_commands():
            for length in range(min(3, len(words)), 0, -1):
                told = subprocess.run([ORCHESTRATOR, "help", *words[:length]], capture_output=True, text=True)
                if told.returncode == 0:
                    break
            self.assertEqual(told.returncode, 0, f"{name} names the command `orchestrator {' '.join(words)}`")
            if "<command> [options]" in told.stdout:  # a group: the next word had to be one of its commands
                self.assertEqual(length, len(words), f"{name} names the command `orchestrator {' '.join(words)}`")
            for option in options:
                self.assertIn(option, told.stdout, f"{name}: `orchestrator {' '.join(words)}` has no {option}")
            checked += 1
        self.assertGreater(checked, 20)

    def test_the_reference_is_what_the_program_says(self):
        if ORCHESTRATOR is None:
            self.skipTest("orchestrator is not built")
        subprocess.run([ROOT / "ci/reference", "--check"], check=True)

    def test_links_lead_somewhere(self):
        for name in DOCUMENTS:
            path = ROOT / name
            for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", path.read_text()):
                if "://" not in target:
                    self.assertTrue((path.parent / target).exists(), f"{name} leads to {target}")

    def test_named_files_exist(self):
        wanted = re.compile(r"`((?:ci|cli|contracts|control|docs|images|tests|toolchain|wrapper)/[\w./-]+\w)`")
        for name in DOCUMENTS:
            for found in wanted.findall((ROOT / name).read_text()):
                exists = (ROOT / found).exists() or list(ROOT.glob(found + ".*"))
                self.assertTrue(exists, f"{name} names {found}")

    def test_the_threats_have_tests(self):
        tests = known_tests()
        if not tests:
            self.skipTest("build/dev is not configured")
        table = (ROOT / "docs/SECURITY.md").read_text()
        rows = [line for line in table.splitlines() if line.startswith("|") and line.count("|") == 6][2:]
        self.assertGreater(len(rows), 10)
        for row in rows:
            named = re.findall(r"`([\w*]+)`", row.split("|")[5])
            self.assertTrue(named, row)
            for test in named:
                found = any(re.fullmatch(test.replace("*", ".*"), known) for known in tests)
                self.assertTrue(found, f"docs/SECURITY.md names the test {test}")


if __name__ == "__main__":
    unittest.main()
