"""A worker's time: until it reads, for one task, and how much of it is its own CPU."""

import contextlib
import os

from report import Figure, of_rounds, percentile, ratio_of_rounds
from surroundings import (FLOORS, PEERS, PYTHON, TRUE, WRAPPER, Redis, child, cpu_ns, directory, json_of, streams_of,
                          wait_until, worker, wrapper_environment)

PEER = "Python worker, same messages"
SOONER, FLOOR_RATIO, TAIL_RATIO, CPU_RATIO = 300, 1.3, 2, 10


def measure_ready(options):
    with directory() as path:
        socket = path / "far.sock"
        environment = dict(os.environ, **wrapper_environment(path, socket, [TRUE]))
        peer = [PYTHON, PEERS / "worker.py", socket, "py", TRUE]
        floor = [FLOORS / "floor_worker", socket, "in", "out", TRUE]
        ours, bare, python = json_of([FLOORS / "ready_time", socket, options.rounds, options.slow_each,
                                      "--", WRAPPER, "--", *floor, "--", *peer], environment)
    sooner = 1 / ratio_of_rounds(ours, python)
    yield Figure("exec to ready", of_rounds(ours) / 1e6, "ms", PEER, of_rounds(python) / 1e6,
                 1 / sooner, sooner, f"≥ {SOONER} times sooner", sooner >= SOONER)
    yield Figure("exec to ready, beside C", of_rounds(ours) / 1e6, "ms", "floor in C, which reads at once",
                 of_rounds(bare) / 1e6, ratio_of_rounds(ours, bare))


def measure(options):
    with contextlib.ExitStack() as stack:
        path = stack.enter_context(directory())
        redis = stack.enter_context(Redis(path))
        pids = [stack.enter_context(worker(wrapper_environment(path, redis.socket, [TRUE])))]
        for argv in ([FLOORS / "floor_worker", redis.socket, "floor:in", "floor:out", TRUE],
                     [PYTHON, PEERS / "worker.py", redis.socket, "py", TRUE]):
            pids.append(stack.enter_context(child(argv, {})).pid)
        streams = [*streams_of(), "floor:in", "floor:out", *streams_of("py")]
        wait_until("all workers waiting", lambda: redis.blocked() == len(pids))
        json_of([FLOORS / "task_time", redis.socket, 1, 20, *streams])
        before = [cpu_ns(pid) for pid in pids]
        samples = json_of([FLOORS / "task_time", redis.socket, options.rounds, options.each, *streams])
        wait_until("all workers waiting", lambda: redis.blocked() == len(pids))
        tasks = options.rounds * options.each + 1
        cpu = [(cpu_ns(pid) - start) / tasks for pid, start in zip(pids, before)]
    yield from task_figures(*samples)
    yield from cpu_figures(*cpu)


def task_figures(ours, floor, python):
    ratio = ratio_of_rounds(ours, floor)
    middle = of_rounds(ours)
    yield Figure("message to output, p50", middle / 1e6, "ms", "floor in C", of_rounds(floor) / 1e6, ratio,
                 goal=f"≤ {FLOOR_RATIO} × floor", holds=ratio <= FLOOR_RATIO)
    tail, floor_tail = (percentile([one for samples in rounds for one in samples], 0.99) for rounds in (ours, floor))
    yield Figure("message to output, p99", tail / 1e6, "ms", "own p50", middle / 1e6, tail / middle,
                 goal=f"≤ {TAIL_RATIO} × own p50", holds=tail <= TAIL_RATIO * middle,
                 details={"floor_p99_ms": floor_tail / 1e6})
    yield Figure("message to output, beside Python", middle / 1e6, "ms", PEER, of_rounds(python) / 1e6,
                 ratio_of_rounds(ours, python))


def cpu_figures(ours, floor, python):
    less = python / ours
    yield Figure("own CPU for one task", ours / 1e6, "ms", PEER, python / 1e6, ours / python,
                 less, f"≥ {CPU_RATIO} times less", less >= CPU_RATIO)
    yield Figure("own CPU for one task, beside C", ours / 1e6, "ms", "floor in C", floor / 1e6, ours / floor)
