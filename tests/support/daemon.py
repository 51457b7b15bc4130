"""orchestratord for tests in Python: with the roles that are named, on a directory of its own."""

import os
import pathlib
import signal
import subprocess
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
PROGRAMS = ROOT / "build" / "dev" / "bin"
PATIENCE = 60


def wait_until(what, condition, limit=PATIENCE):
    """Returns what `condition` does once that is true."""
    end = time.monotonic() + limit
    while not (found := condition()):
        if time.monotonic() > end:
            raise AssertionError(f"{what} did not happen")
        time.sleep(0.02)  # the pause between two looks
    return found


class Daemon:
    def __init__(self, directory, roles, log=None, **settings):
        """`log`: the file that its log lines are added to."""
        self.log = log
        self.environment = dict(os.environ, DATA_DIR=str(directory), LISTEN="127.0.0.1:0", ROLES=roles, API_RATE="0",
                                ACCESS_LOG="no", **settings)
        for name in ("DATABASE_URL", "REDIS_URL"):
            self.environment.pop(name, None)
        self.start()

    def start(self):
        with open(self.log or os.devnull, "ab") as lines:
            self.process = subprocess.Popen([PROGRAMS / "orchestratord", "serve"], env=self.environment, stderr=lines)
        ready = pathlib.Path(self.environment["DATA_DIR"]) / "ready"
        limit = time.monotonic() + PATIENCE
        while not ready.exists():
            if self.process.poll() is not None or time.monotonic() > limit:
                raise AssertionError("the daemon did not start")
            time.sleep(0.02)
        told = subprocess.run([PROGRAMS / "orchestratord", "env"], env=self.environment, capture_output=True, text=True,
                              check=True).stdout
        self.facts = dict(line.removeprefix("export ").split("=", 1) for line in told.splitlines())
        self.facts = {name: value.strip("'") for name, value in self.facts.items()}
        self.url, self.token = self.facts["API_URL"], self.facts["API_TOKEN"]

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(PATIENCE)
