"""An orchestratord of this run with its private Redis, as an admin reaches it."""

import contextlib
import os
import signal
import subprocess
import urllib.parse

from surroundings import DAEMON, WRAPPER, Bus, Failure, child, wait_until


class Daemon:
    def __init__(self, path, **environment):
        self.log_file = path / "daemon.log"
        environment.setdefault("LOG_LEVEL", "WARNING")
        environment.setdefault("WORKER_BIN_DIR", str(WRAPPER.parent))
        self.environment = dict(os.environ, DATA_DIR=str(path / "data"), LISTEN="127.0.0.1:0", **environment)
        self.stack = contextlib.ExitStack()

    def __enter__(self):
        log = self.stack.enter_context(open(self.log_file, "wb"))
        argv = [DAEMON, "serve", "--ephemeral"]
        process = self.stack.enter_context(child(argv, self.environment, log, signal.SIGTERM))
        self.pid = process.pid
        ready = f"{self.environment['DATA_DIR']}/ready"
        wait_until("the daemon's readiness", lambda: os.path.exists(ready) or process.poll() is not None)
        if process.poll() is not None:
            raise Failure("the daemon ended: " + self.log_file.read_text()[-2000:])
        lines = subprocess.run([DAEMON, "env"], env=self.environment, stdout=subprocess.PIPE, text=True,
                               check=True).stdout.splitlines()
        self.access = {name: value.strip("'") for name, value in
                       (line.removeprefix("export ").split("=", 1) for line in lines)}
        where = urllib.parse.urlsplit(self.access["REDIS_URL"])
        self.password, self.socket = urllib.parse.unquote(where.password), where.path
        self.bus = Bus(self.socket, self.password)
        return self

    def __exit__(self, *_):
        self.stack.close()
