#!/usr/bin/python3
"""`orchestratord image`: the names of images, and images, without a daemon.

The hashes are worked out once more here, from the files of images/ and by code that is not the daemon's.
"""

import concurrent.futures
import hashlib
import json
import os
import pathlib
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
DAEMON = ROOT / "build/dev/bin/orchestratord"
ENGINE = os.environ.get("ORCH_TEST_DOCKER", "")
ORDER = ["git", "curl", "github_cli", "docker"]
BASE = "sha256:" + "ab" * 32


def second_hash(agent, capabilities, base, architecture, packages=()):
    files = {path.name: path.read_text() for path in (ROOT / "images").iterdir()}
    version = ""
    if agent not in ("custom", "acp"):
        wanted = {"amd64": "x64", "arm64": "arm64"}[architecture]
        lines = [line.split("\t") for line in files["agents.lock"].splitlines() if not line.startswith("#")]
        version = next(fields[3] for fields in lines if fields[:2] == [agent, wanted])
    names = ["base.dockerfile"] + ([f"agent-{agent}.dockerfile"] if version else [])
    names += [f"capability-{name}.dockerfile" for name in ORDER if name in capabilities]
    recipe = "".join(files[name] for name in names)
    for word in sorted(set(packages)):
        if not word.startswith("apt:"):
            recipe += files[f"package-{word}.dockerfile"]
    debian = sorted({word[4:] for word in packages if word.startswith("apt:")})
    if debian:
        recipe += "RUN install-packages " + " ".join(debian) + "\n"
    text = json.dumps({
        "schema": 1, "agent": {"type": agent, "version": version}, "capabilities": sorted(set(capabilities)),
        "base_digest": base.lower(), "recipe": recipe + files["entry.dockerfile"],
        "scripts": hashlib.sha256(files["install-packages"].encode()).hexdigest(), "architecture": architecture,
        **({"packages": sorted(set(packages))} if packages else {}),
    }, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


class Command(unittest.TestCase):
    def setUp(self):
        place = tempfile.TemporaryDirectory()
        self.addCleanup(place.cleanup)
        self.data = place.name + "/data"

    def ask(self, *words, base=None):
        environment = {"PATH": os.environ["PATH"], "DATA_DIR": self.data, "BUILD_NETWORK": "none",
                       "BASE_IMAGE": base or "orch-base:bookworm", "DOCKER_HOST": "unix://" + (ENGINE or "/nonexistent")}
        return subprocess.run([DAEMON, "image", *words], capture_output=True, text=True, env=environment)

    def done(self, *words, **more):
        ended = self.ask(*words, **more)
        self.assertEqual(ended.returncode, 0, ended.stderr)
        return ended.stdout

    def test_a_second_implementation_agrees(self):
        for agent in ("claude", "factory", "codex", "custom", "acp"):
            for capabilities in ([], ["git"], ["curl", "git"], ["docker", "github_cli", "git", "curl", "git"]):
                for architecture in ("amd64", "arm64") if agent != "factory" else ("amd64",):
                    got = self.done("hash", "--agent", agent, "--capabilities", ",".join(capabilities), "--base-digest",
                                    BASE, "--architecture", architecture).strip()
                    self.assertEqual(got, second_hash(agent, capabilities, BASE, architecture), (agent, capabilities))

    def test_a_second_implementation_agrees_on_packages(self):
        for packages in (["python"], ["rust", "go", "java", "node"], ["apt:libpq-dev", "python", "apt:jq", "python"]):
            got = self.done("hash", "--agent", "custom", "--capabilities", "git", "--packages", ",".join(packages),
                            "--base-digest", BASE, "--architecture", "amd64").strip()
            self.assertEqual(got, second_hash("custom", ["git"], BASE, "amd64", packages), packages)

    def test_order_and_case_do_not_matter(self):
        ask = lambda agent, list, base: self.done("hash", "--agent", agent, "--capabilities", list, "--base-digest", base,
                                                  "--architecture", "amd64")
        self.assertEqual(ask("claude", "git,curl", BASE), ask("Claude", "CURL, git,git", BASE.upper()))

    def test_words_that_make_no_sense(self):
        for words, named in ((["hash", "--agent", "eliza"], "agent"), (["plan", "--capabilities", "git,telepathy"], "telepathy"),
                             (["hash", "--packages", "apt:a;b", "--base-digest", BASE, "--architecture", "amd64"], "apt:a;b"),
                             (["hash", "--packages", "cobol", "--base-digest", BASE, "--architecture", "amd64"], "cobol"),
                             (["hash", "--base-digest", BASE], "--architecture"), (["explain", "one"], "images"),
                             (["gc", "--older-than", "-1"], "older-than"), (["shred"], "shred")):
            ended = self.ask(*words)
            self.assertEqual(ended.returncode, 2, (words, ended.stderr))
            self.assertIn(named, ended.stderr + ended.stdout)

    @unittest.skipUnless(ENGINE, "no container engine: ORCH_TEST_DOCKER is not set")
    def test_one_build_for_many_processes(self):
        # An image that does not exist yet, since its base is new.
        docker = lambda *argv, **more: subprocess.run(["docker", "-H", f"unix://{ENGINE}", *argv], check=True, text=True,
                                                      capture_output=True, **more).stdout
        subprocess.run([ROOT / "ci/base-image", ENGINE], check=True, capture_output=True)
        base = f"orch-fresh:{os.getpid()}"
        docker("build", "-q", "-t", base, "-", input=f"FROM orch-base:bookworm\nLABEL fresh={os.getpid()}\n")
        self.addCleanup(docker, "rmi", "-f", base)
        words = ("build", "--agent", "custom", "--capabilities", "git")
        self.assertFalse(json.loads(self.done("plan", *words[1:], base=base))["present"])
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            ended = list(pool.map(lambda _: self.ask(*words, base=base), range(4)))
        for one in ended:
            self.assertEqual(one.returncode, 0, one.stderr)
        self.assertEqual(sum("Step 1/" in one.stderr for one in ended), 1, "one of them built it")
        made = {json.loads(one.stdout)["hash"] for one in ended}
        self.assertEqual(len(made), 1)
        mine = made.pop()
        self.assertIn(mine, [json.loads(line)["hash"] for line in self.done("list").splitlines()])
        other = json.loads(self.done("build", "--agent", "custom", "--capabilities", "git,curl", base=base))["hash"]
        self.assertIn("capabilities: ", self.done("explain", mine, f"worker:{other}"))
        self.assertEqual(self.ask("explain", mine, "0" * 12).returncode, 69)

        # Only unused images are removed, and only those that are old enough.
        running = docker("run", "-d", "--network", "none", "--entrypoint", "sleep", f"worker:{mine}", "infinity").strip()
        self.assertNotIn(mine, self.done("gc", "--older-than", "1", "--dry-run"))
        results = {json.loads(line)["hash"]: json.loads(line)["result"]
                   for line in self.done("gc", "--older-than", "0", "--dry-run").splitlines()}
        self.assertIn(mine, results)
        self.assertIn(other, [json.loads(line)["hash"] for line in self.done("list").splitlines()])
        subprocess.run(["docker", "-H", f"unix://{ENGINE}", "rmi", f"worker:{other}"], check=True, capture_output=True)
        docker("rm", "-f", running)
        docker("rmi", f"worker:{mine}")


if __name__ == "__main__":
    unittest.main()
