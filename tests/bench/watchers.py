"""A thousand open pages: from a change of the store until each of them has been sent the new answer, by a daemon on one core."""

import http.client
import json
import os
import selectors
import socket
import time
import urllib.parse
import uuid

from daemon import Daemon
from report import Figure, percentile
from surroundings import PATIENCE, Failure, cpu_ns, directory

SESSIONS, PAGES_OF_EACH, LIMIT = 32, 32, 300  # as many of each as the daemon permits
SHOWN = ["/api/projects?limit=50", "/api/workers?limit=100&state=running", "/api/flows?limit=100"]
PAGE = {"X-Orchestrator-Page": "1", "Content-Type": "application/json"}


def sign_in(where, token):
    """The cookie of a new session."""
    connection = http.client.HTTPConnection(where.hostname, where.port, timeout=PATIENCE)
    connection.request("POST", "/web/session", json.dumps({"token": token}), PAGE)
    answer = connection.getresponse()
    answer.read()
    connection.close()
    if answer.status != 200:
        raise Failure(f"a page cannot sign in: {answer.status}")
    return answer.getheader("Set-Cookie").split(";")[0]


class Pages:
    """Open streams of events. Only the end of what came is kept, in which a new answer is looked for."""

    def __init__(self, where, cookies):
        self.selector, self.heard = selectors.DefaultSelector(), {}
        watch = urllib.parse.quote("\n".join(SHOWN), safe="")
        for cookie in cookies:
            for _ in range(PAGES_OF_EACH):
                page = socket.create_connection((where.hostname, where.port), PATIENCE)
                page.sendall(f"GET /web/events?watch={watch} HTTP/1.1\r\nHost: {where.netloc}\r\nCookie: {cookie}\r\n\r\n".encode())
                page.setblocking(False)
                self.selector.register(page, selectors.EVENT_READ)
                self.heard[page] = b""

    def hear(self, what):
        """When each of them heard it, in seconds of the monotonic clock."""
        missing, at, until = set(self.heard), [], time.monotonic() + PATIENCE
        while missing:
            if time.monotonic() > until:
                raise Failure(f"{len(missing)} of {len(self.heard)} pages heard nothing within {PATIENCE} s")
            for key, _ in self.selector.select(1):
                came = key.fileobj.recv(1 << 16)
                if not came:
                    raise Failure("a page was disconnected: " + self.heard[key.fileobj][:500].decode(errors="replace"))
                self.heard[key.fileobj] = (self.heard[key.fileobj] + came)[-(1 << 16):]
                if key.fileobj in missing and what in self.heard[key.fileobj]:
                    missing.remove(key.fileobj)
                    at.append(time.monotonic())
        return at

    def close(self):
        for page in self.heard:
            page.close()
        self.selector.close()


def measure(options):
    with directory() as path, Daemon(path, ROLES="api,web", API_RATE="0") as daemon:
        os.sched_setaffinity(daemon.pid, {0})
        for thread in os.listdir(f"/proc/{daemon.pid}/task"):
            os.sched_setaffinity(int(thread), {0})
        where = urllib.parse.urlsplit(daemon.access["API_URL"])
        token = daemon.access["API_TOKEN"]
        pages = Pages(where, [sign_in(where, token) for _ in range(SESSIONS)])
        own = http.client.HTTPConnection(where.hostname, where.port, timeout=PATIENCE)
        took, last, busy = [], [], []
        try:
            pages.hear(b'"watch":2')
            for _ in range(options.rounds * 2):
                name = f"p-{uuid.uuid4()}"
                spent, begin = cpu_ns(daemon.pid), time.monotonic()
                own.request("POST", "/api/projects", json.dumps({"name": name}),
                            {"Authorization": f"Bearer {token}", "Content-Type": "application/json"})
                if own.getresponse().read() and own.sock is None:
                    raise Failure("the API closed its connection")
                at = pages.hear(name.encode())
                took += [(one - begin) * 1000 for one in at]
                last.append((max(at) - begin) * 1000)
                busy.append((cpu_ns(daemon.pid) - spent) / 1e6)
        finally:
            own.close()
            pages.close()
    late = percentile(took, 0.99)
    yield Figure("event to 1,024 open pages, p99", late, "ms", "p50", percentile(took, 0.5), goal=f"≤ {LIMIT} ms",
                 holds=late <= LIMIT, remark=f"the last page {max(last):.0f} ms, {percentile(busy, 0.5):.0f} ms of processor time",
                 details={"last_ms": last, "busy_ms": busy})
