"""Measures the rows and prints them beside their goals. ci/bench starts it, with everything built."""

import argparse
import os
import pathlib
import platform
import signal
import sys
import time

import api
import chat
import client
import creation
import deadline
import density
import deploy
import gateway
import memory
import road
import sizes
import steps
import tasks
import watchers
from report import print_table, write_json
from surroundings import Failure, end_with_parent, version_of

ROWS = {
    "sizes": sizes.measure,
    "memory": memory.measure,
    "ready": tasks.measure_ready,
    "task": tasks.measure,
    "deadline": deadline.measure,
    "client": client.measure,
    "api": api.measure,
    "gateway": gateway.measure,
    "creation": creation.measure,
    "density": density.measure,
    "steps": steps.measure,
    "chat": chat.measure,
    "watchers": watchers.measure,
    "road": road.measure,
    "deploy": deploy.measure,
}


def read_options():
    parser = argparse.ArgumentParser(prog="ci/bench", description="Speed and size beside their goals.",
                                     epilog="ROW is one of: " + ", ".join(ROWS))
    parser.add_argument("--quick", action="store_true", help="fewer samples")
    parser.add_argument("--json", type=pathlib.Path, metavar="FILE", help="write the figures there too")
    parser.add_argument("--runs", type=int, metavar="N", help="tasks of the memory row")
    parser.add_argument("--printed", type=int, metavar="MB", help="what the memory row's agent prints")
    parser.add_argument("--plan", action="store_true", help=argparse.SUPPRESS)  # for ci/bench
    parser.add_argument("rows", nargs="*", metavar="ROW")
    options = parser.parse_args()
    unknown = [row for row in options.rows if row not in ROWS]
    if unknown:
        parser.error(f"there is no row {unknown[0]}; there are {', '.join(ROWS)}")
    options.rounds = 5 if options.quick else 9
    options.each = 60 if options.quick else 200
    options.slow_each = 2 if options.quick else 4
    options.creations = 15 if options.quick else 40
    options.idle_workers = 12 if options.quick else 40
    options.runs = options.runs or (500 if options.quick else 1000)
    options.printed = options.printed or 200
    options.rows = options.rows or list(ROWS)
    return options


def about():
    return {"machine": platform.machine(), "kernel": platform.release(), "cores": os.cpu_count(),
            "load": os.getloadavg(), "commit": version_of("git", "rev-parse", "--short", "HEAD"),
            "redis": version_of("redis-server", "--version"), "at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())}


def main():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    end_with_parent(signal.SIGTERM)
    options = read_options()
    if options.plan:
        print(*options.rows)
        return 0
    figures, failed = [], False
    begin = about()
    for row in options.rows:
        started = time.monotonic()
        try:
            figures += ROWS[row](options)
        except Failure as failure:
            failed = True
            print(f"ci/bench: {row}: {failure}", file=sys.stderr)
        print(f"ci/bench: {row} took {time.monotonic() - started:.0f} s", file=sys.stderr)
    print_table(figures)
    if begin["load"][0] > 1:
        print(f"This machine was busy (load {begin['load'][0]:.1f}): trust the ratios, not the times.")
    if options.json:
        write_json(options.json, figures, begin)
    return 1 if failed else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
