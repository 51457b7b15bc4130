#!/usr/bin/python3
"""`orchestratord image write`: what it writes without an engine is copied by skopeo, served by a registry, pulled by its
digest and run by the engine, and run by podman, which shares no code with it.
"""

import json
import os
import pathlib
import socket
import struct
import subprocess
import tempfile
import time
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
DAEMON = ROOT / "build/dev/bin/orchestratord"
PROGRAMS = ROOT / "build/release/bin"
ENGINE = os.environ.get("ORCH_TEST_DOCKER", "")
VERSION = subprocess.run([PROGRAMS / "worker-wrapper", "--version"], text=True, capture_output=True, check=True).stdout


def done(*argv, **more):
    ended = subprocess.run([str(word) for word in argv], text=True, capture_output=True, **more)
    if ended.returncode != 0:
        raise AssertionError(f"{argv}: {ended.stdout[-2000:]}{ended.stderr[-2000:]}")
    return ended.stdout


def beside_the_engine():
    """Words that run a command in the engine's network, which a private engine has for itself."""
    with socket.socket(socket.AF_UNIX) as engine:
        engine.connect(ENGINE)
        pid = struct.unpack("3i", engine.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i")))[0]
    return ["nsenter", f"--net=/proc/{pid}/ns/net"]


class WrittenImage(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.place = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.place.cleanup)
        place = pathlib.Path(cls.place.name)
        root = done(ROOT / "ci/root-fs", "ca-certificates,curl,git,make,procps,python3").strip()
        done("/usr/bin/python3", "-B", ROOT / "ci/oci_image.py", place / "base.tar", "--name", "base:1", root)
        (place / "base").mkdir()
        done("tar", "-xf", place / "base.tar", "-C", place / "base")
        cls.written = [cls.write(place / name) for name in ("one", "two")]

    @classmethod
    def write(cls, to):
        place = pathlib.Path(cls.place.name)
        environment = {"PATH": os.environ["PATH"], "DATA_DIR": str(place / "data"), "WORKER_BIN_DIR": str(PROGRAMS)}
        return json.loads(done(DAEMON, "image", "write", "--agent", "custom", "--base", place / "base", "--to", to,
                               env=environment))

    def test_two_runs_write_the_same_bytes(self):
        one, two = self.written
        self.assertEqual(one["digest"], two["digest"])
        done("diff", "-r", one["layout"], two["layout"])

    def test_podman_runs_it(self):
        place = pathlib.Path(self.place.name)
        (place / "containers.conf").write_text('[engine]\ncgroup_manager = "cgroupfs"\nruntime = "runc"\n')
        (place / "storage.conf").write_text(
            f'[storage]\ndriver = "vfs"\nrunroot = "{place}/run"\ngraphroot = "{place}/graph"\n')
        environment = dict(os.environ, CONTAINERS_CONF=str(place / "containers.conf"),
                           CONTAINERS_STORAGE_CONF=str(place / "storage.conf"))
        podman = lambda *argv: done("podman", *argv, env=environment)
        image = podman("pull", "-q", f"oci:{self.written[0]['layout']}").strip()
        self.addCleanup(podman, "rmi", "-f", image)
        self.assertEqual(podman("run", "--rm", "--network", "none", "--ulimit", "nofile=1024:1024", "--ulimit",
                                "nproc=500:500", image, "--version"), VERSION)

    @unittest.skipUnless(ENGINE, "no container engine: ORCH_TEST_DOCKER is not set")
    @unittest.skipUnless(os.geteuid() == 0, "only root can enter the engine's network")
    def test_the_engine_pulls_it_by_its_digest_from_a_registry(self):
        place, beside, port = pathlib.Path(self.place.name), beside_the_engine(), 5055
        (place / "registry.yml").write_text(
            "version: 0.1\nlog: {level: warn, accesslog: {disabled: true}}\n"
            f"storage: {{filesystem: {{rootdirectory: {place}/registry}}}}\nhttp: {{addr: '127.0.0.1:{port}'}}\n")
        registry = subprocess.Popen([*beside, "docker-registry", "serve", place / "registry.yml"], stdout=subprocess.DEVNULL,
                                    stderr=subprocess.DEVNULL)
        self.addCleanup(registry.wait)
        self.addCleanup(registry.kill)
        limit = time.monotonic() + 60
        while subprocess.run([*beside, "curl", "-sf", f"http://127.0.0.1:{port}/v2/"], stdout=subprocess.DEVNULL).returncode != 0:
            self.assertIsNone(registry.poll(), "the registry has ended")
            self.assertLess(time.monotonic(), limit, "the registry does not answer")
        name = f"127.0.0.1:{port}/workers/custom"
        done(*beside, "skopeo", "copy", "--dest-tls-verify=false", f"oci:{self.written[0]['layout']}", f"docker://{name}:1")
        image = f"{name}@{self.written[0]['digest']}"
        docker = lambda *argv: done("docker", "-H", f"unix://{ENGINE}", *argv)
        docker("pull", "-q", image)
        self.addCleanup(docker, "rmi", "-f", image)
        facts = json.loads(docker("image", "inspect", image))[0]
        self.assertEqual(facts["Config"]["Labels"]["com.codegen-orchestrator.image.hash"], self.written[0]["hash"])
        self.assertEqual(docker("run", "--rm", "--network", "none", image, "--version"), VERSION)
        self.assertIn("git version", docker("run", "--rm", "--network", "none", "--entrypoint", "git", image, "--version"))


if __name__ == "__main__":
    unittest.main()
