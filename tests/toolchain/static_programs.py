#!/usr/bin/python3
"""What the release preset promises of worker-wrapper and orchestrator: size, no interpreter, hardening.

Reads build/release/bin and, when it was built, build/release-aarch64/bin. Skipped when neither is there.
"""

import contextlib
import http.server
import json
import pathlib
import platform
import ssl
import struct
import subprocess
import sys
import tempfile
import threading
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
CLIENT = ROOT / "build" / "release" / "bin" / "orchestrator"
MACHINES = {"release": 62, "release-aarch64": 183}
# The goal for worker-wrapper is half of tini-static, which only reaps.
LIMITS = {"worker-wrapper": 354_000, "orchestrator": 1_250_000}
FIXED, RELOCATABLE = 2, 3
PT_LOAD, PT_DYNAMIC, PT_INTERP, PT_GNU_STACK, PT_GNU_RELRO = 1, 2, 3, 0x6474E551, 0x6474E552
EXECUTABLE, WRITABLE = 1, 2


class Answers(http.server.BaseHTTPRequestHandler):
    """An API of one project."""

    project = {"id": "p1", "name": "blog", "status": "draft", "modules": [], "created_at": "2026-01-10T12:00:00Z",
               "updated_at": "2026-01-10T12:00:00Z"}

    def answer(self, status, document):
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        body = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        self.answer(200, [self.project])

    def do_POST(self):
        self.answer(201, self.project)

    def log_message(self, *_):
        pass


@contextlib.contextmanager
def api(context):
    with http.server.HTTPServer(("127.0.0.1", 0), Answers) as server:
        if context:
            server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
            thread.join()


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

    @unittest.skipUnless(platform.machine() == "x86_64" and CLIENT.exists(), "not for this machine")
    def test_the_client_speaks_http_and_https(self):
        with tempfile.TemporaryDirectory() as directory:
            place = pathlib.Path(directory)
            subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                            "-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1",
                            "-keyout", place / "key", "-out", place / "certificate"], check=True, capture_output=True)
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(place / "certificate", place / "key")
            for scheme, host in (("http", "127.0.0.1"), ("https", "127.0.0.1"), ("https", "localhost")):
                with self.subTest(scheme=scheme, host=host), api(context if scheme == "https" else None) as port:
                    environment = {"API_URL": f"{scheme}://{host}:{port}", "API_TOKEN": "t",
                                   "SSL_CERT_FILE": str(place / "certificate"), "ORCHESTRATOR_SOCKET": "/nonexistent"}
                    for words in (["project", "list"], ["project", "create", "--name", "blog", "--modules", "backend"]):
                        done = subprocess.run([CLIENT, *words], env=environment, capture_output=True, text=True)
                        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
                        self.assertIn('"name":"blog"', done.stdout)

    def test_the_bill_of_materials_names_what_is_linked(self):
        bill = subprocess.run([sys.executable, "-B", ROOT / "toolchain" / "sbom"], check=True, text=True,
                              capture_output=True).stdout
        for name in ("hiredis", "nlohmann_json", "curl", "mbedtls", "musl", "libc++"):
            self.assertIn(f'"name": "{name}"', bill)


if __name__ == "__main__":
    unittest.main()
