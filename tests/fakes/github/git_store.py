"""The fake's repositories: bare ones, read and written with git itself, and served by git http-backend."""

import os
import pathlib
import subprocess

# As GitHub does with a protected branch: only merges that it makes itself get through.
PROTECTION = """#!/bin/sh
while read -r old new ref; do
    if grep -qxF "$ref" protected 2>/dev/null; then
        echo "GH006: Protected branch update failed for $ref." >&2
        exit 1
    fi
done
"""
ENVIRONMENT = {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "HOME": "/nonexistent", "GIT_CONFIG_NOSYSTEM": "1",
               "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_AUTHOR_NAME": "GitHub", "GIT_AUTHOR_EMAIL": "noreply@github.example",
               "GIT_COMMITTER_NAME": "GitHub", "GIT_COMMITTER_EMAIL": "noreply@github.example"}


class GitRepository:
    def __init__(self, path):
        self.path = pathlib.Path(path)
        if not self.path.exists():
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self.git("init", "--quiet", "--bare", "--initial-branch=main", str(self.path), at_home=False)
            self.git("config", "http.receivepack", "true")
            hook = self.path / "hooks" / "pre-receive"
            hook.parent.mkdir(exist_ok=True)
            hook.write_text(PROTECTION)
            hook.chmod(0o755)

    def run(self, *arguments, data=b"", at_home=True):
        where = [f"--git-dir={self.path}"] if at_home else []
        return subprocess.run(["git", *where, *arguments], input=data, env=ENVIRONMENT, capture_output=True, check=False)

    def git(self, *arguments, data=b"", at_home=True):
        end = self.run(*arguments, data=data, at_home=at_home)
        if end.returncode != 0:
            raise RuntimeError(f"git {arguments}: {end.stderr.decode()}")
        return end.stdout.decode().strip()

    def commit_of(self, ref):
        end = self.run("rev-parse", "--verify", "--quiet", ref + "^{commit}")
        return end.stdout.decode().strip() if end.returncode == 0 else None

    def file(self, commit, path):
        end = self.run("cat-file", "blob", f"{commit}:{path}")
        return end.stdout if end.returncode == 0 else None

    def protect(self, branches):
        (self.path / "protected").write_text("".join(f"refs/heads/{one}\n" for one in branches))

    def write_file(self, branch, path, content, message):
        """One more commit on a branch; returns its id and the blob's."""
        parent = self.commit_of("refs/heads/" + branch)
        blob = self.git("hash-object", "-w", "--stdin", data=content)
        index = {"GIT_INDEX_FILE": str(self.path / "fake-index"), **ENVIRONMENT}

        def step(*arguments):
            return subprocess.run(["git", f"--git-dir={self.path}", *arguments], env=index, capture_output=True,
                                  check=True).stdout.decode().strip()
        step("read-tree", parent or "--empty")
        step("update-index", "--add", "--cacheinfo", f"100644,{blob},{path}")
        commit = step("commit-tree", step("write-tree"), "-m", message, *(["-p", parent] if parent else []))
        self.git("update-ref", "refs/heads/" + branch, commit)
        return commit, blob

    def merge(self, base, commit, message):
        """A merge commit on the branch; None: it does not apply."""
        tip = self.commit_of("refs/heads/" + base)
        tree = self.run("merge-tree", "--write-tree", tip, commit)
        if tree.returncode != 0:
            return None
        merged = self.git("commit-tree", tree.stdout.decode().split()[0], "-p", tip, "-p", commit, "-m", message)
        self.git("update-ref", "refs/heads/" + base, merged)
        return merged


def serve(root, method, path, query, headers, body):
    """git http-backend's answer: status, headers, body."""
    environment = {**ENVIRONMENT, "GIT_PROJECT_ROOT": str(root), "GIT_HTTP_EXPORT_ALL": "1", "PATH_INFO": path,
                   "REQUEST_METHOD": method, "QUERY_STRING": query, "REMOTE_USER": "app", "REMOTE_ADDR": "127.0.0.1",
                   "CONTENT_TYPE": headers.get("Content-Type", ""), "CONTENT_LENGTH": str(len(body)),
                   "HTTP_CONTENT_ENCODING": headers.get("Content-Encoding", ""),
                   "GIT_PROTOCOL": headers.get("Git-Protocol", "")}
    end = subprocess.run(["git", "http-backend"], input=body, env=environment, capture_output=True, check=False)
    head, _, rest = end.stdout.partition(b"\r\n\r\n")
    status, answer = 200, {}
    for line in head.decode().split("\r\n"):
        name, _, value = line.partition(": ")
        if name == "Status":
            status = int(value.split()[0])
        elif name:
            answer[name] = value
    return status, answer, rest
