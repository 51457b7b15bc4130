#!/usr/bin/python3
"""Where worker-wrapper and orchestrator speak to the kernel by numbers of their own, they compile for aarch64 too.

A call that only one machine has, or a header that only one machine's kernel has, is found here in seconds; that the
programs work there is ci/aarch64's to say. Skipped where the release preset has not been configured.
"""

import json
import pathlib
import re
import shlex
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
COMMANDS = ROOT / "build" / "release" / "compile_commands.json"
BY_NUMBER = re.compile(r"<sys/syscall\.h>|<sys/prctl\.h>|<linux/|__x86_64__|__aarch64__")
OURS = [ROOT / folder for folder in ("contracts", "wrapper", "cli")]


def sources_of(compiled):
    """The files of ours that a compiled file is: itself, or those of a batch, which includes them."""
    if compiled.parent.name != "Unity":
        return [compiled]
    return [pathlib.Path(name) for name in re.findall(r'^#include "(/.*\.cpp)"$', compiled.read_text(), re.M)]


def compilations():
    for entry in json.loads(COMMANDS.read_text()):
        words = shlex.split(entry["command"])
        for source in sources_of(pathlib.Path(entry["file"])):
            if any(folder in source.parents for folder in OURS) and BY_NUMBER.search(source.read_text()):
                compiler = next(i for i, word in enumerate(words) if word.endswith("/c++"))  # behind ccache
                alone = [str(source) if word == entry["file"] else word for word in words[compiler:]]
                yield source.relative_to(ROOT), alone, entry["directory"]


@unittest.skipUnless(COMMANDS.exists(), "no static programs: ci/build release")
class Aarch64Calls(unittest.TestCase):
    def test_each_file_with_numbers_of_the_kernel_compiles_for_the_other_machine(self):
        compiled = 0
        with tempfile.TemporaryDirectory() as scratch:
            for source, words, directory in compilations():
                words[words.index("-o") + 1] = f"{scratch}/object"
                with self.subTest(source=str(source)):
                    run = subprocess.run([*words, "-target", "aarch64-linux-musl"], cwd=directory, text=True,
                                         capture_output=True, timeout=300)
                    self.assertEqual(run.returncode, 0, run.stderr)
                compiled += 1
        self.assertGreaterEqual(compiled, 5)


if __name__ == "__main__":
    unittest.main()
