"""A worker's time: until it reads, for one task, and how much of it is its own CPU."""

import contextlib
import os

from report import Figure, of_rounds, percentile, ratio_of_rounds
from surroundings import (FLOORS, PEERS, PYTHON, TRUE, WRAPPER, Redis, child, cpu_ns, directory, json_of, streams_of,
                          wait_until, wrapper_environment)

SOONER, FLOOR_RATIO, TAIL_RATIO, CPU_RATIO = 300, 1.3, 2, 10


def measure_ready(options):
    with directory() as path:
        socket = path / "far.sock"
        environment = dict(os.environ, **wrapper_environment(path, socket, [TRUE]))
        loop = [PYTHON, PEERS / "worker_loop.py", socket, "in", "out", TRUE]
        floor = [FLOORS / "floor_worker", socket, "in", "out", TRUE]
        ours, bare, python = json_of([FLOORS / "ready_time", socket, options.rounds, options.slow_each,
                                      "--", WRAPPER, "--", *floor, "--", *loop], environment)
    sooner = 1 / ratio_of_rounds(ours, python)
    yield Figure("exec to ready", of_rounds(ours) / 1e6, "ms", "redis-py loop", of_rounds(python) / 1e6,
                 1 / sooner, f"≥ {SOONER} times sooner", sooner >= SOONER, details={"times_sooner": sooner})
    yield Figure("exec to ready, beside C", of_rounds(ours) / 1e6, "ms", "floor in C, which reads at once",
                 of_rounds(bare) / 1e6, ratio_of_rounds(ours, bare))


def measure(options):
    with contextlib.ExitStack() as stack:
        path = stack.enter_context(directory())
        redis = stack.enter_context(Redis(path))
        environment = wrapper_environment(path, redis.socket, [TRUE])
        workers = [([WRAPPER], environment, streams_of()),
                   ([FLOORS / "floor_worker", redis.socket, "floor:in", "floor:out", TRUE], {}, ("floor:in", "floor:out")),
                   ([PYTHON, PEERS / "worker_loop.py", redis.socket, "py:in", "py:out", TRUE], {}, ("py:in", "py:out"))]
        pids = [stack.enter_context(child(argv, env)).pid for argv, env, _ in workers]
        streams = [name for _, _, pair in workers for name in pair]
        wait_until("all workers waiting", lambda: redis.blocked() == len(workers))
        json_of([FLOORS / "task_time", redis.socket, 1, 20, *streams])
        before = [cpu_ns(pid) for pid in pids]
        samples = json_of([FLOORS / "task_time", redis.socket, options.rounds, options.each, *streams])
        wait_until("all workers waiting", lambda: redis.blocked() == len(workers))
        tasks = options.rounds * options.each + 1
        cpu = [(cpu_ns(pid) - start) / tasks for pid, start in zip(pids, before)]
    yield from task_figures(*samples)
    yield from cpu_figures(*cpu)


def task_figures(ours, floor, python):
    ratio = ratio_of_rounds(ours, floor)
    tail = of_rounds(ours, lambda samples: percentile(samples, 0.99))
    yield Figure("message to output, p50", of_rounds(ours) / 1e6, "ms", "floor in C", of_rounds(floor) / 1e6, ratio,
                 f"≤ {FLOOR_RATIO} × floor", ratio <= FLOOR_RATIO)
    middle = of_rounds(ours)
    yield Figure("message to output, p99", tail / 1e6, "ms", "own p50", middle / 1e6, tail / middle,
                 f"≤ {TAIL_RATIO} × own p50", tail <= TAIL_RATIO * middle,
                 details={"floor_p99_ms": of_rounds(floor, lambda samples: percentile(samples, 0.99)) / 1e6})
    yield Figure("message to output, beside Python", middle / 1e6, "ms", "redis-py loop", of_rounds(python) / 1e6,
                 ratio_of_rounds(ours, python))


def cpu_figures(ours, floor, python):
    less = python / ours
    yield Figure("own CPU for one task", ours / 1e6, "ms", "redis-py loop", python / 1e6, ours / python,
                 f"≥ {CPU_RATIO} times less", less >= CPU_RATIO, details={"times_less": less})
    yield Figure("own CPU for one task, beside C", ours / 1e6, "ms", "floor in C", floor / 1e6, ours / floor)
