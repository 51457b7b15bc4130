#!/usr/bin/python3
"""Builds worker images without a network, and runs the real agent in one as a worker would.

The engine is the one that ORCH_TEST_DOCKER names, else a private one for the time of the test.
Skipped, with the reason, where no engine or no agent binary can be had.
"""

import json
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
IMAGES = ROOT / "images"
UNAVAILABLE = 69
CAPABILITIES = ["git", "curl", "github_cli", "docker"]

DEVELOP = """
cd /workspace && git init -q -b main
python3 /fakes/model_server.py --script /fakes/scripts/greeter.json --port 8123 >/tmp/server &
python3 - <<'WAIT'
import pathlib, select
while "listening" not in pathlib.Path("/tmp/server").read_text():
    select.select([], [], [], 0.02)
WAIT
printf 'Write a greeter.\\n\\nRound: 1\\n' | claude -p --output-format json --dangerously-skip-permissions
git log --format='commit %s by %an'
make test 2>&1 | tail -n 1
"""


def copy_or_link(source, target):
    try:
        os.link(source, target)
    except OSError:  # on another file system
        shutil.copy2(source, target)


def output(*argv, **options):
    found = subprocess.run(argv, capture_output=True, text=True, **options)
    needs_engine = os.path.basename(str(argv[0])) in ("engine", "base-image")
    required = needs_engine and os.environ.get("ORCH_REQUIRE_ENGINE") == "1"
    if found.returncode == UNAVAILABLE and not required:
        raise unittest.SkipTest(found.stderr)
    if found.returncode != 0:
        raise AssertionError(
            f"{argv}: exit {found.returncode}\n{found.stdout[-2000:]}{found.stderr[-2000:]}"
        )
    return found.stdout.strip()


class FragmentsTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        directory = tempfile.TemporaryDirectory(prefix="orch-")
        cls.addClassCleanup(directory.cleanup)
        cls.directory = pathlib.Path(directory.name)
        cls.socket = os.environ.get("ORCH_TEST_DOCKER")
        if not cls.socket:
            engine = cls.directory / "e"
            cls.socket = output(ROOT / "ci" / "engine", "up", engine, "--owner", str(os.getpid()))
            cls.addClassCleanup(output, ROOT / "ci" / "engine", "down", engine, "--purge")
        cls.base = output(ROOT / "ci" / "base-image", cls.socket)
        deps = pathlib.Path(os.environ.get("ORCH_DEPS_DIR", ROOT / "build" / "deps"))
        cls.claude = output(ROOT / "ci" / "agent-binary", "claude", deps / "agents" / "claude")

    @classmethod
    def docker(cls, *argv):
        return output("docker", "-H", f"unix://{cls.socket}", *argv)

    @classmethod
    def build(cls, agent, capabilities, tag):
        context = cls.directory / "context"
        shutil.rmtree(context, ignore_errors=True)
        (context / "agent").mkdir(parents=True)
        shutil.copy(IMAGES / "install-packages", context)
        names = [
            "base",
            f"agent-{agent}",
            *(f"capability-{name}" for name in capabilities),
            "entry",
        ]
        if agent == "claude":
            copy_or_link(cls.claude, context / "agent" / "claude")
        else:
            names.remove(f"agent-{agent}")
        text = "\n".join((IMAGES / f"{name}.dockerfile").read_text() for name in names)
        (context / "Dockerfile").write_text(text)
        cls.docker(
            "build",
            "-q",
            "--network",
            "none",
            "--build-arg",
            f"BASE={cls.base}",
            "-t",
            tag,
            context,
        )
        cls.addClassCleanup(cls.docker, "image", "rm", "-f", tag)
        return json.loads(cls.docker("image", "inspect", tag))[0]

    def test_a_worker_is_built_without_a_network_and_develops_without_one(self):
        image = self.build("claude", ["git", "curl"], "orch-test:claude")
        said = self.docker(
            "run",
            "--rm",
            "--network",
            "none",
            "--read-only",
            "--cap-drop",
            "ALL",
            "--user",
            "20017:20017",
            "--security-opt",
            "no-new-privileges",
            "--memory",
            "512m",
            "--pids-limit",
            "256",
            "--tmpfs",
            "/tmp:size=64m,mode=1777",
            "--tmpfs",
            "/workspace:size=64m,uid=20017",
            "--tmpfs",
            "/home/worker:size=64m,uid=20017",
            "-v",
            f"{ROOT / 'tests' / 'fakes'}:/fakes:ro",
            "-e",
            "HOME=/home/worker",
            "-e",
            "ANTHROPIC_BASE_URL=http://127.0.0.1:8123",
            "-e",
            "ANTHROPIC_API_KEY=test-key",
            "-e",
            "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC=1",
            *(
                f"-e=GIT_{who}_{what}={value}"
                for who in ("AUTHOR", "COMMITTER")
                for what, value in (("NAME", "worker"), ("EMAIL", "worker@localhost"))
            ),
            "--entrypoint",
            "sh",
            "orch-test:claude",
            "-c",
            DEVELOP,
        )
        self.assertRegex(said, r"<result>.*success.*</result>")
        self.assertIn("commit Add a greeter by worker", said)
        self.assertTrue(said.endswith("OK"), said)
        config = image["Config"]
        self.assertEqual(config["Entrypoint"], ["/.worker/bin/worker-wrapper"])
        self.assertEqual(
            config["Healthcheck"]["Test"], ["CMD", "/.worker/bin/worker-wrapper", "healthcheck"]
        )
        self.assertEqual((config["WorkingDir"], config["User"]), ("/workspace", ""))
        self.assertIn("PATH=/.worker/bin:", "\n".join(config["Env"]))

    def test_variants_share_the_layers_of_the_agent(self):
        one = self.build("claude", ["git"], "orch-test:one")["RootFS"]["Layers"]
        two = self.build("claude", ["curl"], "orch-test:two")["RootFS"]["Layers"]
        agent = len(self.build("claude", [], "orch-test:none")["RootFS"]["Layers"])
        self.assertEqual(one[:agent], two[:agent])

    def test_nothing_of_the_build_arguments_stays_in_the_environment(self):
        image = self.build("custom", ["git"], "orch-test:custom")
        self.assertEqual(
            [line for line in image["Config"]["Env"] if re.match("EXTRA_CA|APT_", line)], []
        )

    def test_every_capability_has_a_fragment(self):
        names = sorted(
            path.stem.removeprefix("capability-") for path in IMAGES.glob("capability-*.dockerfile")
        )
        self.assertEqual(names, sorted(CAPABILITIES))


if __name__ == "__main__":
    unittest.main()
