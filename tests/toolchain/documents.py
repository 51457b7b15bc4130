#!/usr/bin/python3
"""The documents name what there is: links, files, programs' tests, settings."""

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


class Documents(unittest.TestCase):
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
