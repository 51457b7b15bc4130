#!/usr/bin/python3
"""What deps.lock promises: a file with another hash stops the fetch and the configuration, and is named."""

import hashlib
import io
import os
import pathlib
import re
import subprocess
import tarfile
import tempfile
import unittest

TOOLCHAIN = pathlib.Path(__file__).resolve().parent.parent.parent / "toolchain"
WRONG = "0" * 64


def tarball(text):
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w:gz") as archive:
        member = tarfile.TarInfo("thing-1.0/README")
        member.size = len(text)
        archive.addfile(member, io.BytesIO(text))
    return data.getvalue()


class Lock(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.root = pathlib.Path(scratch.name)
        self.deps = self.root / "deps"
        (self.deps / "files").mkdir(parents=True)
        self.lock = self.root / "deps.lock"
        self.environment = dict(os.environ, ORCH_DEPS_LOCK=str(self.lock), ORCH_DEPS_DIR=str(self.deps))

    def pin(self, sha256, route="deb"):
        self.lock.write_text(f"thing\t{route}\tthing\tthing_1.0.tar.gz\t{sha256}\t-\n")

    def lay(self, data):
        (self.deps / "files" / "thing_1.0.tar.gz").write_bytes(data)
        return hashlib.sha256(data).hexdigest()

    def fetch(self):
        return subprocess.run([TOOLCHAIN / "fetch", self.deps], env=self.environment, text=True,
                              capture_output=True, timeout=60)

    def configure(self):
        script = self.root / "configure.cmake"
        script.write_text(f'include("{TOOLCHAIN}/lock.cmake")\n'
                          'orch_dependency(thing source)\nmessage(STATUS "source=${source}")\n')
        return subprocess.run(["cmake", f"-DORCH_DEPS_LOCK={self.lock}", f"-DORCH_DEPS_DIR={self.deps}",
                               "-P", script], env=self.environment, text=True, capture_output=True, timeout=60)

    def test_a_file_with_another_hash_stops_the_fetch_and_is_named(self):
        self.lay(tarball(b"not what was pinned"))
        self.pin(WRONG)
        run = self.fetch()
        self.assertEqual(run.returncode, 1)
        self.assertIn("thing_1.0.tar.gz", run.stderr)
        self.assertIn(WRONG, run.stderr)

    def test_a_file_with_another_hash_stops_the_configuration_and_is_named(self):
        actual = self.lay(tarball(b"not what was pinned"))
        self.pin(WRONG)
        run = self.configure()
        self.assertNotEqual(run.returncode, 0)
        words = " ".join(run.stderr.split())
        for word in ("thing_1.0.tar.gz", actual, WRONG):
            self.assertIn(word, words)
        self.assertFalse((self.deps / "src").exists(), "nothing of it is unpacked")

    def test_a_file_that_cannot_be_had_is_named_with_the_place_to_put_it(self):
        self.pin(WRONG, route="nowhere")
        run = self.fetch()
        self.assertEqual(run.returncode, 1)
        self.assertIn(str(self.deps / "files" / "thing_1.0.tar.gz"), run.stderr)

    def test_a_right_file_is_left_alone_and_unpacked_once(self):
        self.pin(self.lay(tarball(b"as pinned")))
        self.assertEqual(self.fetch().returncode, 0)
        first = self.configure()
        self.assertEqual(first.returncode, 0, first.stderr)
        source = pathlib.Path(re.search("source=(.*)", first.stdout)[1])
        self.assertEqual((source / "README").read_bytes(), b"as pinned")
        before = source.stat().st_mtime_ns
        self.assertEqual(self.configure().stdout, first.stdout)
        self.assertEqual(source.stat().st_mtime_ns, before)

    def test_every_line_of_the_lock_is_whole(self):
        lines = [line for line in (TOOLCHAIN / "deps.lock").read_text().splitlines() if not line.startswith("#")]
        self.assertGreater(len(lines), 5)
        names = []
        for line in lines:
            name, route, package, file, sha256, upstream = line.split("\t")
            names.append(name)
            self.assertIn(route, ("deb", "pypi"), name)
            self.assertTrue(package and file, name)
            self.assertRegex(sha256, "^[0-9a-f]{64}$", name)
            self.assertTrue(upstream == "-" or upstream.startswith("https://"), name)
        self.assertEqual(len(names), len(set(names)))


if __name__ == "__main__":
    unittest.main()
