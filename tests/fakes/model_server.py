#!/usr/bin/python3
"""A scripted model server, Anthropic's Messages and OpenAI's Responses: the model for real agents.

model_server.py --script FILE [--script ...] [--port N | --socket PATH] [--key KEY] [--log FILE]

Prints "listening on PORT" (or "listening on PATH") when it is ready. A script is a JSON object
{"rules": [RULE, ...]}; the first rule whose match holds answers, and the rules of several scripts
follow one another.

RULE   {"name": "...", "match": {...}, "turns": [TURN, ...]}
match  every key given must hold; none given matches all:
         "prompt"  regex, searched in the last thing that the user said
         "system"  regex, searched in what frames it: system prompt, instructions, reminders
         "role"    "po", "developer" or "tester": a line "Role: X" in the prompt or its frame;
                   without one a prompt with a line "Round: N" is a developer's, any other a po's
         "round"   a number, a list of them, or {"from": N}: the prompt's line "Round: N" (else 1)
TURN   what the model answers, the n-th after the prompt:
         "text", "tools" [{"name", "input"}], "usage" {"input_tokens", "output_tokens"}
       and what goes wrong:
         "fail"        {"status", "type", "message", "retry_after", "should_retry", "times"}: an
                       error instead; with "times" only so often for one prompt, then the answer
         "stall"       "headers" or "stream": nothing more comes until the server gets SIGUSR1
         "slow_ms"     a pause before every event
         "cut_after"   the connection ends after so many events

In every string of a turn {{output}} is the last tool's output, {{url}} the last URL of the prompt,
{{cwd}} the agent's directory, {{round}} the round, {{model}} the model asked for. Where a conversation stands is read from the
request itself, so that restarts and parallel conversations need nothing; only "times" counts.
"""

import argparse
import collections
import hmac
import http.server
import json
import os
import signal
import socketserver
import sys
import threading
import time

sys.dont_write_bytecode = True
from model_message import error_body, events_of, message_of
from model_responses import as_messages, response_events
from model_script import Conversation, Script, ScriptError, filled

LARGEST_BODY = 64 << 20


class Gate:
    """Holds stalled answers until it is opened; it closes again by itself."""

    def __init__(self):
        self.condition = threading.Condition()
        self.openings = 0

    def open(self):
        with self.condition:
            self.openings += 1
            self.condition.notify_all()

    def wait(self):
        with self.condition:
            seen = self.openings
            self.condition.wait_for(lambda: self.openings > seen)


class Journal:
    def __init__(self, path):
        self.file = open(path, "a", encoding="utf-8") if path else None
        self.lock = threading.Lock()

    def write(self, entry):
        if self.file:
            with self.lock:
                self.file.write(json.dumps(entry) + "\n")
                self.file.flush()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_HEAD(self):
        self.plain(200, {})

    def do_GET(self):
        self.plain(
            200 if self.path.startswith("/api/hello") else 404,
            error_body(404, f"there is no {self.path} here"),
        )

    def do_POST(self):
        body = self.read_body()
        path = self.path.split("?")[0]
        key_ok = self.shows_key(path)
        entry = {
            "method": self.command,
            "path": self.path,
            "key_ok": key_ok,
            "body_bytes": len(body),
            "headers": {
                name.lower(): value
                for name, value in self.headers.items()
                if name.lower() not in ("x-api-key", "authorization")
            },
        }
        if not key_ok:
            self.refuse(entry, 401, "invalid key")
        elif path.endswith("/v1/messages/count_tokens"):
            self.journal(entry, 200)
            self.plain(200, {"input_tokens": len(body) // 4})
        elif path.endswith("/v1/messages"):
            self.converse(entry, body, events_of)
        elif path.endswith("/v1/responses"):
            self.converse(entry, body, response_events)
        else:
            self.refuse(entry, 404, f"there is no {path} here")

    def shows_key(self, path):
        """Where the API whose path it is looks for one, and nowhere else."""
        bearer = self.headers.get("authorization", "")
        plain = self.headers.get("x-api-key", "")
        if self.server.key is None:
            return True
        if path.endswith("/v1/responses"):
            shown, other = bearer.removeprefix("Bearer "), plain
        else:
            shown, other = plain, bearer
        return not other and hmac.compare_digest(shown.encode(), self.server.key.encode())

    def converse(self, entry, body, tell):
        try:
            request = json.loads(body)
            conversation = Conversation(
                as_messages(request) if tell is response_events else request
            )
        except (ValueError, KeyError, AttributeError, TypeError) as error:
            self.refuse(entry, 400, f"not a request that this server takes: {error!r}")
            return
        rule = self.server.script.rule_for(conversation)
        entry.update(
            model=conversation.model,
            role=conversation.role,
            round=conversation.round,
            turn=conversation.turn,
            rule=rule and rule.get("name", ""),
            stream=bool(request.get("stream")),
            prompt=conversation.prompt[:2000],
            earlier=[text[:200] for text in conversation.earlier[-20:]],
        )
        if rule is None or conversation.turn >= len(rule["turns"]):
            lacks = "no rule for this prompt" if rule is None else f"no turn {conversation.turn}"
            self.refuse(entry, 400, f"the script has {lacks}: {conversation.prompt[:200]!r}")
            return
        words = {
            "output": conversation.output,
            "url": conversation.url,
            "cwd": conversation.directory,
            "round": str(conversation.round),
            "model": conversation.model,
        }
        turn = filled(rule["turns"][conversation.turn], words)
        failure = turn.get("fail")
        if failure and self.server.still_fails(
            failure, (rule.get("name"), conversation.turn, conversation.prompt)
        ):
            self.fail(entry, failure)
            return
        self.journal(entry, 200)
        if turn.get("stall") == "headers":
            self.server.gate.wait()
        message = message_of(turn, conversation.model, len(body))
        if request.get("stream"):
            self.stream(turn, tell(message))
        else:
            self.plain(200, message)

    def stream(self, turn, events):
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Cache-Control", "no-cache")
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection = True
        for number, (name, data) in enumerate(events):
            if number == turn.get("cut_after"):
                return
            time.sleep(turn.get("slow_ms", 0) / 1000)
            if number == 1 and turn.get("stall") == "stream":
                self.server.gate.wait()
            line = json.dumps({"type": name, **data})
            self.wfile.write(f"event: {name}\ndata: {line}\n\n".encode())
            self.wfile.flush()

    def fail(self, entry, failure):
        headers = {}
        if "retry_after" in failure:
            headers["retry-after"] = str(failure["retry_after"])
        if "should_retry" in failure:
            headers["x-should-retry"] = "true" if failure["should_retry"] else "false"
        self.journal(entry, failure["status"])
        body = error_body(
            failure["status"], failure.get("message", "as the script says"), failure.get("type")
        )
        self.plain(failure["status"], body, headers)

    def refuse(self, entry, status, message):
        self.journal(entry, status)
        self.plain(status, error_body(status, message))

    def journal(self, entry, status):
        self.server.journal.write(dict(entry, status=status))

    def plain(self, status, content, headers=None):
        body = b"" if self.command == "HEAD" else json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def read_body(self):
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            return self.rfile.read(min(int(self.headers.get("Content-Length", 0)), LARGEST_BODY))
        body = b""
        while size := int(self.rfile.readline().split(b";")[0], 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        while self.rfile.readline().strip():
            pass
        return body

    def handle(self):
        try:
            super().handle()
        except (BrokenPipeError, ConnectionResetError):
            pass  # the agent has disconnected

    def log_message(self, *_):
        pass


class State:
    """What all connections of one server share."""

    daemon_threads = True

    def prepare(self, script, key, journal):
        self.script, self.key, self.journal = script, key, journal
        self.gate = Gate()
        self.failures = collections.Counter()
        self.lock = threading.Lock()

    def still_fails(self, failure, where):
        with self.lock:
            self.failures[where] += 1
            return "times" not in failure or self.failures[where] <= failure["times"]


class TcpServer(State, http.server.ThreadingHTTPServer):
    request_queue_size = 128

    def server_bind(self):
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = self.server_address[:2]


class UnixServer(State, socketserver.ThreadingUnixStreamServer):
    request_queue_size = 128


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--script", action="append", required=True)
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--port", type=int, default=0, help="on 127.0.0.1; 0 chooses one")
    where.add_argument("--socket", help="a unix socket instead")
    parser.add_argument("--key", help="what x-api-key must be, or the bearer token of /v1/responses")
    parser.add_argument("--log", help="one JSON line a request")
    options = parser.parse_args()
    try:
        script = Script(options.script)
    except ScriptError as error:
        print(f"model_server: {error}", file=sys.stderr)
        return 2
    if options.socket:
        server = UnixServer(options.socket, Handler)
    else:
        server = TcpServer(("127.0.0.1", options.port), Handler)
    server.prepare(script, options.key, Journal(options.log))
    # Signal handlers interrupt the main thread, which may hold the gate's lock: use another thread.
    signal.signal(signal.SIGUSR1, lambda *_: threading.Thread(target=server.gate.open).start())
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    print(f"listening on {options.socket or server.server_address[1]}", flush=True)
    try:
        server.serve_forever(poll_interval=60)
    except KeyboardInterrupt:
        return 130
    finally:
        server.server_close()
        if options.socket:
            os.unlink(options.socket)
    return 0


if __name__ == "__main__":
    sys.exit(main())
