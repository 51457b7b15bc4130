"""The whole road with the scripted model: a sentence in a chat, the URL in its answer; and the platform's share of it."""

import json
import os
import sys
import time
import urllib.parse

from report import Figure
from surroundings import INSTALLED, ROOT, Bus, Failure

os.environ["ORCH_BIN_DIR"] = os.environ["ORCH_TEST_WORKER_BIN"] = str(INSTALLED)
os.environ["ORCH_TEST_DOCKER"] = os.environ.get("ORCH_BENCH_DOCKER", "")
sys.path.append(str(ROOT / "tests" / "e2e"))
import house  # noqa: E402

LIMIT = 3
LINK = r"^It is live\. Have a look: http://\S+$"


def runs_of_agents(bus):
    """Begin and end of each, in seconds of the wall clock."""
    for identity, (_, data) in bus.ask("XRANGE", "worker:lifecycle", "-", "+"):
        took = (json.loads(data).get("result") or {}).get("duration_ms")
        if took is not None:
            end = int(identity.split("-")[0]) / 1000
            yield end - took / 1000, end


def covered(spans, begin, end):
    """How much of the time from `begin` to `end` lies in at least one of them."""
    total, reached = 0, begin
    for start, stop in sorted(spans):
        start, stop = max(start, reached), min(stop, end)
        if stop > start:
            total, reached = total + stop - start, stop
    return total


def walk(runtime):
    """Seconds: of the whole, and of it what no agent worked in."""
    with house.House(runtime, LOG_LEVEL="WARNING") as ours:
        where = urllib.parse.urlsplit(ours.access["REDIS_URL"])
        bus = Bus(where.path, urllib.parse.unquote(where.password))
        chat = ours.chat()
        begin, began = time.time(), time.monotonic()
        chat.say("a page that greets my visitors")
        whole = chat.hear(LINK)[0] - began
        spans = list(runs_of_agents(bus))
        if len(spans) < 5:
            raise Failure(f"the road had {len(spans)} runs of agents: {chat.lines()}")
        return whole, whole - covered(spans, begin, begin + whole)


def measure(options):
    try:
        for runtime, name in (("docker", "in containers"), ("process", "without containers")):
            if runtime == "docker" and not house.ENGINE:
                continue
            if runtime == "docker":
                walk(runtime)  # the images are made
            walks = [walk(runtime) for _ in range(3)]
            whole, share = sorted(walks, key=lambda pair: pair[1])[1]
            yield Figure(f"a sentence to its URL, {name}", whole, "s", details={"walks_s": walks})
            yield Figure(f"a sentence to its URL, {name}: outside agents", share, "s", "the whole road", whole, share / whole,
                         goal=f"≤ {LIMIT} s", holds=share <= LIMIT)
    except house.Trouble as trouble:
        raise Failure(str(trouble)) from trouble
