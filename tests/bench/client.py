"""orchestrator as a whole process: nothing to do, a refusal, a POST with its message."""

import json
import os
import subprocess

from daemon import Daemon
from report import Figure, of_rounds, ratio_of_rounds
from surroundings import CLIENT, FLOORS, PEERS, PYTHON, directory, json_of

HELLO_RATIO, PING_RATIO, FASTER = 1.5, 0.5, 300
DENIED = 4


def walls(found):
    return [[[sample[0] for sample in samples] for samples in rounds] for rounds in found]


def stopwatch(rounds, each, programs, environment):
    argv = [FLOORS / "spawn_time", rounds, each]
    for exit_code, *program in programs:
        argv += ["--", exit_code, *program]
    return walls(json_of(argv, environment))


def measure(options):
    # As in a worker that may use another command.
    inside = dict(os.environ, WORKER_ID="w-1", ALLOWED_COMMANDS="project.get")
    hello, version, refused = stopwatch(
        options.rounds, options.each,
        [(0, FLOORS / "hello"), (0, CLIENT, "--version"),
         (DENIED, CLIENT, "project", "create", "--name", "greeter")], inside)
    for name, found in (("orchestrator --version", version), ("orchestrator refuses, no network", refused)):
        ratio = ratio_of_rounds(found, hello)
        yield Figure(name, of_rounds(found) / 1e6, "ms", "static hello in C", of_rounds(hello) / 1e6, ratio,
                     goal=f"≤ {HELLO_RATIO} × hello", holds=ratio <= HELLO_RATIO)
    # Waiting for a disk would be the daemon's time, not the client's, so this one is in memory.
    with directory("/dev/shm") as path, Daemon(path, ROLES="api", RUNTIME="process") as daemon:
        yield from measure_post(options, daemon)


def measure_post(options, daemon):
    environment = dict(os.environ, **daemon.access)
    environment.pop("WORKER_ID", None)
    made = subprocess.run([CLIENT, "project", "create", "--name", "greeter"], env=environment,
                          stdout=subprocess.PIPE, check=True)
    project = json.loads(made.stdout)["data"]["id"]
    words = ["engineering", "start", "--project", project, "--spec", "A greeter."]
    post = (0, CLIENT, *words)
    environment["REDISCLI_AUTH"] = daemon.password
    ping = (0, "/usr/bin/redis-cli", "-s", daemon.socket, "ping")
    floor = (0, FLOORS / "floor_client", environment["API_URL"].rpartition(":")[2], environment["API_TOKEN"], project,
             daemon.socket, daemon.password)
    ours, pinged, bare = stopwatch(options.rounds, options.each // 2, [post, ping, floor], environment)
    ratio = ratio_of_rounds(ours, pinged)
    yield Figure("orchestrator, POST and XADD", of_rounds(ours) / 1e6, "ms", "redis-cli ping", of_rounds(pinged) / 1e6,
                 ratio, goal=f"≤ {PING_RATIO} × ping", holds=ratio <= PING_RATIO)
    yield Figure("orchestrator, beside C", of_rounds(ours) / 1e6, "ms", "floor in C, same POST and XADD",
                 of_rounds(bare) / 1e6, ratio_of_rounds(ours, bare))
    ours, python = stopwatch(options.rounds, options.slow_each, [post, (0, PYTHON, PEERS / "client.py", *words)],
                             environment)
    faster = 1 / ratio_of_rounds(ours, python)
    yield Figure("orchestrator, beside Python", of_rounds(ours) / 1e6, "ms", "Typer, httpx, redis-py",
                 of_rounds(python) / 1e6, 1 / faster, faster, f"≥ {FASTER} times faster", faster >= FASTER)
