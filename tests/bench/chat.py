"""A chat: from a message to its Product Owner's input, while that one's worker lives."""

import json
import os
import shutil
import subprocess
import time
import uuid

from daemon import Daemon
from report import Figure, percentile
from surroundings import CLIENT, DAEMON, PATIENCE, TRUE, WRAPPER, Failure, directory

LIMIT = 5
ANSWERS = "chat:outbox:terminal"


def programs_within_reach(path):
    """Workers run as users of their own."""
    place = path / "programs"
    place.mkdir()
    for program in (WRAPPER, CLIENT):
        shutil.copy(program, place)
    return str(place)


class User:
    def __init__(self, daemon):
        self.bus = daemon.bus
        # `orchestratord chat` creates the first user; afterwards we act as the terminal.
        subprocess.run([DAEMON, "chat"], env=dict(os.environ, **daemon.access), input="/help\n", text=True, check=True,
                       stdout=subprocess.DEVNULL)
        self.id = json.loads(self.bus.ask("XREVRANGE", "chat:inbox", "+", "-", "COUNT", 1)[0][1][1])["user_id"]
        self.heard = self.bus.ask("XREVRANGE", ANSWERS, "+", "-", "COUNT", 1)[0][0]

    def say(self, text):
        message = str(uuid.uuid4())
        self.bus.ask("XADD", "chat:inbox", "*", "data", json.dumps({
            "version": "1", "correlation_id": message, "request_id": message, "message_id": message,
            "timestamp": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), "user_id": self.id, "channel": "terminal",
            "address": self.id, "text": text}))
        return message

    def next_of(self, stream, after):
        for _, entries in self.bus.ask("XREAD", "BLOCK", PATIENCE * 1000, "STREAMS", stream, after) or []:
            return entries[0][0], json.loads(entries[0][1][1])
        raise Failure(f"nothing came on {stream} within {PATIENCE} s")

    def hear_answer(self, message):
        while True:
            self.heard, reply = self.next_of(ANSWERS, self.heard)
            if reply["correlation_id"] != message or reply["kind"] not in ("answer", "error"):
                continue
            if reply["kind"] == "error":
                raise Failure(reply["text"])
            return


def measure(options):
    agent = {"AGENT_COMMAND": json.dumps([TRUE]), "AGENT_VERDICT": "exit_code"}
    with directory() as path, Daemon(path, ROLES="api,workers,chat", RUNTIME="process", PO_AGENT="custom",
                                     PO_ENV=json.dumps(agent), WORKER_BIN_DIR=programs_within_reach(path)) as daemon:
        user = User(daemon)
        user.hear_answer(user.say("hello"))  # creates the worker
        inbox = f"worker:po:{daemon.bus.ask('GET', f'session:{user.id}')}:input"
        after, took = daemon.bus.ask("XREVRANGE", inbox, "+", "-", "COUNT", 1)[0][0], []
        for number in range(options.each):
            begin = time.monotonic()
            message = user.say(f"message {number}")
            after, _ = user.next_of(inbox, after)
            took.append((time.monotonic() - begin) * 1000)
            user.hear_answer(message)
    middle = percentile(took, 0.5)
    yield Figure("chat message to Product Owner's input, p50", middle, "ms", "p99", percentile(took, 0.99),
                 goal=f"≤ {LIMIT} ms", holds=middle <= LIMIT, details={"ms": took})
