"""worker-wrapper's own memory: idle, after many tasks, under an agent that prints without end."""

import contextlib
import statistics

from report import Figure
from surroundings import (FLOORS, PEERS, PYTHON, TRUE, WRAPPER, Redis, child, children_of, directory, json_of,
                          status_kib, streams_of, wait_until, worker, wrapper_environment)

IDLE_LIMIT, BUSY_LIMIT = 420, 3 * 1024
FIRST_TASKS = 100  # by then everything that is allocated only once is there
PAGE = 4


def idle(redis, argv, environment, blocks):
    with child(argv, environment) as process:
        if blocks:
            wait_until(f"{argv[0]} waiting for a message", lambda: redis.blocked() == 1)
        else:
            wait_until(f"{argv[0]} having a child", lambda: children_of(process.pid))
        found = status_kib(process.pid, "VmRSS")
    wait_until("its connections gone", lambda: redis.blocked() == 0)
    return found


def measure(options):
    with directory() as path, Redis(path) as redis:
        yield from measure_idle(options, path, redis)
        yield from measure_many(options, path, redis)
        yield from measure_printing(options, path, redis)


def measure_idle(options, path, redis):
    environment = wrapper_environment(path, redis.socket, [TRUE])
    ours, tini, python = [], [], []
    for _ in range(options.rounds):
        ours.append(idle(redis, [WRAPPER], environment, True))
        tini.append(idle(redis, ["tini-static", "-s", "--", "sleep", "600"], None, False))
        python.append(idle(redis, [PYTHON, PEERS / "worker.py", redis.socket, "py", TRUE], None, True))
    median = statistics.median(ours)
    yield Figure("idle memory of worker-wrapper", median, "KiB", "tini-static, a sleeping child",
                 statistics.median(tini), median / statistics.median(tini), goal=f"≤ {IDLE_LIMIT} KiB",
                 holds=median <= IDLE_LIMIT, details={"starts": ours})
    yield Figure("idle memory, beside Python", median, "KiB", "Python worker, same messages", statistics.median(python),
                 median / statistics.median(python))


@contextlib.contextmanager
def waiting_worker(redis, environment):
    with worker(environment) as pid:
        wait_until("worker-wrapper waiting for a message", lambda: redis.blocked() == 1)
        yield pid


def give(redis, count):
    json_of([FLOORS / "task_time", redis.socket, 1, count, *streams_of()])
    wait_until("the last acknowledgement", lambda: redis.blocked() == 1)


def measure_many(options, path, redis):
    with waiting_worker(redis, wrapper_environment(path, redis.socket, [TRUE])) as pid:
        give(redis, FIRST_TASKS)
        before = status_kib(pid, "VmRSS")
        give(redis, options.runs)
        after = status_kib(pid, "VmRSS")
    yield Figure(f"memory after {options.runs:,} more tasks", after, "KiB", f"after {FIRST_TASKS}", before,
                 after / before, goal="no growth", holds=after <= before + PAGE)


def measure_printing(options, path, redis):
    line = "0123456789abcdef" * 4
    printing = ["/bin/sh", "-c", f"yes {line} | head -c {options.printed}000000"]
    with waiting_worker(redis, wrapper_environment(path, redis.socket, printing)) as pid:
        give(redis, 1)
        peak = status_kib(pid, "VmHWM")
    yield Figure(f"peak memory while an agent prints {options.printed} MB", peak, "KiB",
                 goal=f"≤ {BUSY_LIMIT:,} KiB", holds=peak <= BUSY_LIMIT)
