"""From the end of the grace until everything that came of the agent is dead and reaped."""

import json
import pathlib
import statistics
import time

from report import Figure
from surroundings import (AGENT_UID, FLOORS, Failure, Redis, directory, json_of, streams_of, wait_until, worker,
                          wrapper_environment)

ESCAPEES, LIMIT, RATIO = 1000, 20, 1.2
TIMEOUT, GRACE = 3, 5  # in seconds; GRACE is worker-wrapper's own


def survivors():
    found = 0
    for status in pathlib.Path("/proc").glob("[0-9]*/status"):
        try:
            found += f"\nUid:\t{AGENT_UID}\t" in status.read_text()
        except OSError:
            pass
    return found


def one_deadline(redis, number):
    message = {"request_id": f"d-{number}", "user_id": "u-1", "prompt": f"escapees {ESCAPEES}",
               "timeout": TIMEOUT, "timestamp": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())}
    redis.bus.ask("XADD", streams_of()[0], "*", "data", json.dumps(message))

    def receipt():
        for _, fields in redis.bus.ask("XREVRANGE", "worker:lifecycle", "+", "-", "COUNT", "3"):
            event = json.loads(fields[1])
            if (event.get("result") or {}).get("request_id") == message["request_id"]:
                return event["result"]
        return None

    found = wait_until("the end of the run", receipt)
    if found["ending"] != "timed_out":
        raise Failure(f"the run ended as {found['ending']}")
    return found["duration_ms"] - (TIMEOUT + GRACE) * 1000


def measure(options):
    agent = FLOORS / "scripted_agent"
    alone = ["unshare", "--pid", "--fork", "--kill-child", FLOORS / "kill_time", agent, ESCAPEES,
             TIMEOUT + GRACE]
    ours, floor, left = [], [], 0
    with directory() as path, Redis(path) as redis, worker(wrapper_environment(path, redis.socket, [agent])):
        wait_until("worker-wrapper waiting for a message", lambda: redis.blocked() == 1)
        for number in range(options.rounds):
            ours.append(one_deadline(redis, number))
            left += survivors()
            floor.append(json_of(alone) / 1e6)
    if left:
        raise Failure(f"{left} processes of the agent lived on")
    median = statistics.median(ours)
    yield Figure(f"grace over to {ESCAPEES:,} escapees dead, p50", median, "ms", "one kill(-1) and reaping",
                 statistics.median(floor), median / statistics.median(floor), goal=f"≤ {LIMIT} ms", holds=median <= LIMIT,
                 details={"ours": ours, "floor": floor})
    worst = max(ours) / max(floor)
    yield Figure(f"the slowest of {len(ours)}", max(ours), "ms", "the same", max(floor), worst,
                 goal=f"≤ {RATIO} × it", holds=worst <= RATIO)
