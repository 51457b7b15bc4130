#!/usr/bin/python3
"""What the release preset promises of worker-wrapper and orchestrator: size, no interpreter, hardening.

Reads build/release/bin and, when it was built, build/release-aarch64/bin. Skipped when neither is there.
"""

import pathlib
import struct
import subprocess
import sys
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
MACHINES = {"release": 62, "release-aarch64": 183}
LIMITS = {"worker-wrapper": 354_000, "orchestrator": 1_250_000}
FIXED, RELOCATABLE = 2, 3
PT_LOAD, PT_DYNAMIC, PT_INTERP, PT_GNU_STACK, PT_GNU_RELRO = 1, 2, 3, 0x6474E551, 0x6474E552
EXECUTABLE, WRITABLE = 1, 2


class Program:
    def __init__(self, path):
        self.data = path.read_bytes()
        self.kind, self.machine = struct.unpack_from("<HH", self.data, 16)
        offset, = struct.unpack_from("<Q", self.data, 32)
        size, count = struct.unpack_from("<HH", self.data, 54)
        self.sections, = struct.unpack_from("<H", self.data, 60)
        self.segments = [struct.unpack_from("<II", self.data, offset + i * size) for i in range(count)]

    def flags(self, kind):
        return [flags for segment, flags in self.segments if segment == kind]


def programs():
    for preset in MACHINES:
        for name in LIMITS:
            path = ROOT / "build" / preset / "bin" / name
            if path.exists():
                yield preset, name, path


@unittest.skipUnless(any(programs()), "no static programs: ci/build release")
class StaticPrograms(unittest.TestCase):
    def test_each_is_within_its_size(self):
        for preset, name, path in programs():
            with self.subTest(preset=preset, program=name):
                self.assertLessEqual(path.stat().st_size, LIMITS[name])

    def test_each_is_for_its_machine_and_needs_no_interpreter(self):
        for preset, name, path in programs():
            with self.subTest(preset=preset, program=name):
                program = Program(path)
                self.assertEqual(program.machine, MACHINES[preset])
                self.assertEqual(program.flags(PT_INTERP), [])

    def test_no_memory_is_both_writable_and_executable(self):
        for preset, name, path in programs():
            with self.subTest(preset=preset, program=name):
                program = Program(path)
                for flags in program.flags(PT_LOAD) + program.flags(PT_GNU_STACK):
                    self.assertNotEqual(flags & (WRITABLE | EXECUTABLE), WRITABLE | EXECUTABLE)
                self.assertEqual(len(program.flags(PT_GNU_STACK)), 1)

    def test_the_wrapper_has_random_addresses_and_relocated_data_is_read_only(self):
        for preset, name, path in programs():
            with self.subTest(preset=preset, program=name):
                program = Program(path)
                if name == "worker-wrapper":
                    self.assertEqual(program.kind, RELOCATABLE)
                    self.assertTrue(program.flags(PT_GNU_RELRO))
                else:
                    self.assertEqual(program.kind, FIXED)
                    self.assertEqual(program.flags(PT_DYNAMIC), [], "nothing is relocated when it starts")

    def test_neither_carries_symbols_or_the_builder_s_paths(self):
        for preset, name, path in programs():
            with self.subTest(preset=preset, program=name):
                data = path.read_bytes()
                self.assertNotIn(b".symtab\0", data)
                self.assertNotIn(str(ROOT).encode(), data)

    def test_the_stack_is_guarded(self):
        for preset, name, path in programs():
            with self.subTest(preset=preset, program=name):
                if preset != "release":
                    continue
                # The guard's load at a fixed offset of the thread pointer: mov %fs:0x28,%reg.
                self.assertIn(b"\x64\x48\x8b\x04\x25\x28\x00\x00\x00", path.read_bytes())

    def test_the_bill_of_materials_names_what_is_linked(self):
        bill = subprocess.run([sys.executable, "-B", ROOT / "toolchain" / "sbom"], check=True, text=True,
                              capture_output=True).stdout
        for name in ("hiredis", "nlohmann_json", "curl", "mbedtls", "musl", "libc++"):
            self.assertIn(f'"name": "{name}"', bill)


if __name__ == "__main__":
    unittest.main()
