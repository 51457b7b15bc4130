"""The fake GitHub is judged by GitHub's own client: octokit drives it as a GitHub App."""

import json
import os
import pathlib
import subprocess
import tempfile
import unittest
import urllib.request

ROOT = pathlib.Path(__file__).parents[4]
TOOLS = ROOT / "build" / "tools"
PYTHON = TOOLS / "fake_github" / "bin" / "python"
MODULES = TOOLS / "octokit" / "node_modules"


def node_version():
    try:
        return int(subprocess.run(["node", "--version"], capture_output=True, text=True, check=True).stdout[1:].split(".")[0])
    except (OSError, ValueError, subprocess.CalledProcessError):
        return 0


class Octokit(unittest.TestCase):
    @unittest.skipUnless(MODULES.exists(), "octokit is not installed: ci/node-packages build/tools/octokit "
                         "tests/service/forge/octokit")
    @unittest.skipUnless(node_version() >= 20, "octokit needs Node.js 20")
    def test_octokit_drives_the_fake_and_finds_nothing_strange(self):
        with tempfile.TemporaryDirectory() as directory:
            key = os.path.join(directory, "app.pem")
            subprocess.run(["openssl", "genrsa", "-traditional", "-out", key, "2048"], check=True, capture_output=True)
            server = subprocess.Popen([str(PYTHON), "-B", str(ROOT / "tests/fakes/github/server.py"), "--directory",
                                       os.path.join(directory, "repositories"), "--key", key],
                                      stdout=subprocess.PIPE, text=True)
            try:
                url = "http://127.0.0.1:" + server.stdout.readline().split()[-1]
                drive = subprocess.run(["node", str(pathlib.Path(__file__).with_name("drive.mjs")), url + "/api", key],
                                       env={**os.environ, "NODE_MODULES": str(MODULES), "NO_PROXY": "127.0.0.1"},
                                       capture_output=True, text=True, timeout=300, check=False)
                self.assertEqual(drive.returncode, 0, drive.stderr)
                with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(url + "/fake") as answer:
                    state = json.load(answer)
                self.assertEqual(state["violations"], [])
                self.assertGreater(len(state["requests"]), 30)
            finally:
                server.kill()
                server.wait()
                server.stdout.close()


if __name__ == "__main__":
    unittest.main()
