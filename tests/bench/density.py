"""Idle workers: what each costs in memory and CPU, in processes and in containers, and how many a machine could hold."""

import contextlib
import os
import pathlib
import time

from creation import Engine, Manager
from daemon import Daemon
from report import Figure
from surroundings import Failure, cpu_ns, directory, status_kib

OURS_LIMIT = 1024  # KiB
MACHINE = 24 << 20  # KiB
WINDOW = 20  # seconds


def shared_fairly_kib(pid):
    """Pages that processes share count for each of them in part."""
    for line in pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1])
    raise Failure(f"/proc/{pid}/smaps_rollup has no Pss")


def processes_that_name(text):
    """Those that have it in their arguments or their environment."""
    found = set()
    for place in pathlib.Path("/proc").iterdir():
        if not place.name.isdigit():
            continue
        with contextlib.suppress(OSError):
            if text in (place / "cmdline").read_bytes() + (place / "environ").read_bytes():
                found.add(int(place.name))
    return found


def parent_of(pid):
    return int(pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()[1])


def bus_process(daemon):
    return int(next(line.split(":")[1] for line in daemon.bus.ask("INFO", "server").splitlines()
                    if line.startswith("process_id:")))


class Growth:
    """Of processes that serve all workers, for one worker."""

    def __init__(self, pids):
        self.before = {pid: status_kib(pid, "VmRSS") for pid in pids}

    def of_each(self, count):
        return sum(max(0, status_kib(pid, "VmRSS") - before) for pid, before in self.before.items()) / count


def create_idle(daemon, count):
    """One worker more is made first, so that what is made once does not count."""
    manager = Manager(daemon)
    manager.create()
    growth = Growth([daemon.pid, bus_process(daemon)])
    return growth, [manager.create() for _ in range(count)]


def measure(options):
    count = options.idle_workers
    yield from measure_processes(count)
    where = os.environ.get("ORCH_BENCH_DOCKER")
    if not where:
        raise Failure("no container engine; ci/bench says why")
    yield from measure_containers(count, where)


def settings(count, **more):
    return dict(ROLES="workers", LOG_LEVEL="WARNING", MAX_CONCURRENT_WORKERS=str(count + 2), **more)


def measure_processes(count):
    with directory() as path, Daemon(path, **settings(count, RUNTIME="process", AGENTS_DIR=str(path))) as daemon:
        Manager(daemon).create()
        growth, workers = create_idle(daemon, count - 1)
        pids = set()
        for worker in workers:
            pids |= processes_that_name(worker.encode())
        if len(pids) < len(workers):
            raise Failure(f"{len(workers)} workers have only {len(pids)} processes")
        each = sum(map(shared_fairly_kib, pids)) / len(workers) + growth.of_each(len(workers))
        used = sum(map(cpu_ns, pids))
        time.sleep(WINDOW)
        busy = (sum(map(cpu_ns, pids)) - used) / 1e6 / len(workers) * 60 / WINDOW
    yield Figure("idle worker as a process", each, "KiB", goal=f"≤ {OURS_LIMIT:,} KiB", holds=each <= OURS_LIMIT,
                 remark=f"wrapper, supervisor, and the growth of daemon and Redis, of {len(workers)}")
    yield Figure("CPU of an idle worker", busy, "ms a minute")
    yield Figure("idle workers as processes in 24 GB", MACHINE // each, "", remark="calculated from the cost of one")


def measure_containers(count, where):
    engine = Engine(where)
    with directory() as path, Daemon(path, **settings(count, RUNTIME="docker", DOCKER_HOST="unix://" + where,
                                                      BUILD_NETWORK="none")) as daemon:
        Manager(daemon).create()  # builds the image
        engines = processes_that_name(str(pathlib.Path(where).parent).encode()) - {daemon.pid, os.getpid()}
        engines = {pid for pid in engines
                   if pathlib.Path(f"/proc/{pid}/comm").read_text().strip() in ("dockerd", "containerd")}
        engine_growth = Growth(engines)
        growth, workers = create_idle(daemon, count - 1)
        pids = [engine.ask("GET", f"/containers/worker-{worker}/json")["State"]["Pid"] for worker in workers]
        ours = sum(map(shared_fairly_kib, pids)) / len(pids) + growth.of_each(len(pids))
        theirs = sum(shared_fairly_kib(parent_of(pid)) for pid in pids) / len(pids) + engine_growth.of_each(len(pids))
    yield Figure("idle worker in a container, ours", ours, "KiB", "the engine's for it", theirs, ours / theirs,
                 goal=f"≤ {OURS_LIMIT:,} KiB", holds=ours <= OURS_LIMIT,
                 remark=f"wrapper, and the growth of daemon and Redis; the engine's shim and growth; of {len(pids)}")
    yield Figure("idle workers in containers in 24 GB", MACHINE // (ours + theirs), "",
                 remark="calculated from the cost of one")
