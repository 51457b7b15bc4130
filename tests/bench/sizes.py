"""Bytes of the static programs."""

import os
import shutil

from report import Figure
from surroundings import CLIENT, WRAPPER, Failure

WRAPPER_LIMIT, CLIENT_LIMIT = 354_000, 1_250_000


def measure(_):
    tini = shutil.which("tini-static")
    if not tini:
        raise Failure("tini-static not found; `ci/install bench` installs it")
    ours, peer = os.stat(WRAPPER).st_size, os.stat(tini).st_size
    yield Figure("size of worker-wrapper", ours, "B", "tini-static, which only reaps", peer, ours / peer,
                 goal=f"≤ {WRAPPER_LIMIT:,} B", holds=ours <= WRAPPER_LIMIT)
    size = os.stat(CLIENT).st_size
    yield Figure("size of orchestrator", size, "B", goal=f"≤ {CLIENT_LIMIT:,} B", holds=size <= CLIENT_LIMIT)
