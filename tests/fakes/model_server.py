#!/usr/bin/python3
"""A scripted Anthropic Messages server: it stands for the model, so that real agents can be run for nothing.

model_server.py --script FILE [--script FILE ...] [--port N | --socket PATH] [--key KEY] [--log FILE]

Prints "listening on PORT" (or "listening on PATH") when it is ready. A script is a JSON object
{"rules": [RULE, ...]}; the first rule whose match holds answers, and the rules of several scripts follow
one another.

RULE   {"name": "...", "match": {...}, "turns": [TURN, ...]}
match  every key given must hold; none given matches all:
         "prompt"  regex, searched in the last thing that the user said
         "system"  regex, searched in everything else that frames it (system prompt, instructions, reminders)
         "role"    "po", "developer" or "tester": a line "Role: X" there or in the prompt; without one a prompt
                   with a line "Round: N" is a developer's, any other a po's
         "round"   a number, a list of them, or {"from": N}: the prompt's line "Round: N" (1 without one)
TURN   what the model answers, the n-th after the prompt:
         "text", "tools" [{"name", "input"}], "usage" {"input_tokens", "output_tokens"}
       and what goes wrong:
         "fail"        {"status", "type", "message", "retry_after", "should_retry", "times"}: an error instead; with
                       "times" only so often for one prompt, then the turn's answer
         "stall"       "headers" or "stream": nothing more comes until the server gets SIGUSR1
         "slow_ms"     a pause before every event
         "cut_after"   the connection ends after so many events

In every string of a turn {{output}} is the last tool's output, {{cwd}} the agent's directory, {{round}} the round,
{{model}} the model asked for. Where a conversation stands is read from the request itself, so that restarts
and parallel conversations need nothing; only "times" counts.
"""

import argparse
import collections
import hmac
import http.server
import json
import os
import pathlib
import re
import signal
import socketserver
import sys
import threading
import time
import uuid

ROLE_LINE = re.compile(r"(?m)^\s*Role:\s*(po|developer|tester)\b")
ROUND_LINE = re.compile(r"(?m)^\s*Round:\s*(\d+)")
DIRECTORY_LINE = re.compile(r"(?m)^\s*-?\s*(?:Primary )?[Ww]orking directory:\s*(\S+)")
ERROR_TYPES = {400: "invalid_request_error", 401: "authentication_error", 403: "permission_error",
               404: "not_found_error", 413: "request_too_large", 429: "rate_limit_error",
               500: "api_error", 529: "overloaded_error"}
RULE_KEYS = {"name", "match", "turns"}
MATCH_KEYS = {"prompt", "system", "role", "round"}
TURN_KEYS = {"text", "tools", "usage", "fail", "stall", "slow_ms", "cut_after"}
LARGEST_BODY = 64 << 20
PIECE = 48


class ScriptError(Exception):
    pass


def blocks_of(content):
    return [{"type": "text", "text": content}] if isinstance(content, str) else list(content or [])


def text_of(content):
    return "\n".join(block.get("text", "") for block in blocks_of(content) if block.get("type") == "text")


def is_reminder(text):
    return text.lstrip().startswith("<system-reminder>")


class Conversation:
    """What one request says about where its conversation stands."""

    def __init__(self, request):
        self.model = request.get("model", "")
        messages = request.get("messages", [])
        position = self.prompt_position(messages)
        spoken = [block.get("text", "") for block in blocks_of(messages[position]["content"])
                  if block.get("type") == "text"] if position is not None else []
        own_words = [text for text in spoken if not is_reminder(text)]
        self.prompt = own_words[-1] if own_words else ""
        after = messages[position + 1:] if position is not None else []
        self.turn = sum(message.get("role") == "assistant" for message in after)
        self.frame = "\n".join([text_of(request.get("system")), *self.framing(messages, spoken)])
        self.output = self.last_output(after)
        found = ROUND_LINE.search(self.prompt)
        self.round = int(found.group(1)) if found else 1
        role = ROLE_LINE.search(self.prompt) or ROLE_LINE.search(self.frame)
        self.role = role.group(1) if role else "developer" if found else "po"
        directory = DIRECTORY_LINE.search(self.frame)
        self.directory = directory.group(1) if directory else ""

    @staticmethod
    def prompt_position(messages):
        for position in range(len(messages) - 1, -1, -1):
            blocks = blocks_of(messages[position].get("content"))
            if messages[position].get("role") == "user" and not any(
                    block.get("type") == "tool_result" for block in blocks):
                return position
        return None

    @staticmethod
    def framing(messages, spoken):
        yield from (text_of(message.get("content")) for message in messages
                    if message.get("role") == "system")
        yield from (text for text in spoken if is_reminder(text))

    @staticmethod
    def last_output(messages):
        output = ""
        for message in messages:
            for block in blocks_of(message.get("content")):
                if block.get("type") == "tool_result":
                    output = text_of(block.get("content"))
        return output.strip()


class Script:
    def __init__(self, paths):
        self.rules = []
        for path in paths:
            try:
                content = json.loads(pathlib.Path(path).read_text())
                rules = content["rules"]
            except (OSError, ValueError, KeyError, TypeError) as error:
                raise ScriptError(f"{path}: not a script: {error!r}") from error
            for number, rule in enumerate(rules):
                self.check(f"{path}: rules[{number}]", rule)
            self.rules += rules

    @staticmethod
    def check(where, rule):
        places = [(where, rule, RULE_KEYS), (f"{where}.match", rule.get("match", {}), MATCH_KEYS)]
        places += [(f"{where}.turns[{number}]", turn, TURN_KEYS)
                   for number, turn in enumerate(rule.get("turns", []))]
        for place, value, known in places:
            unknown = sorted(set(value) - known)
            if unknown:
                raise ScriptError(f"{place}: unknown {', '.join(unknown)}; known are {', '.join(sorted(known))}")
        if not rule.get("turns"):
            raise ScriptError(f"{where}: turns is missing or empty")
        for key in ("prompt", "system"):
            try:
                re.compile(rule.get("match", {}).get(key, ""))
            except re.error as error:
                raise ScriptError(f"{where}.match.{key}: {error}") from error

    def rule_for(self, conversation):
        for rule in self.rules:
            if self.holds(rule.get("match", {}), conversation):
                return rule
        return None

    @staticmethod
    def holds(match, conversation):
        rounds = match.get("round")
        if isinstance(rounds, int) and rounds != conversation.round:
            return False
        if isinstance(rounds, list) and conversation.round not in rounds:
            return False
        if isinstance(rounds, dict) and conversation.round < rounds.get("from", 1):
            return False
        return (match.get("role", conversation.role) == conversation.role
                and re.search(match.get("prompt", ""), conversation.prompt) is not None
                and re.search(match.get("system", ""), conversation.frame) is not None)


def filled(value, words):
    """The value with {{name}} replaced in every string of it."""
    if isinstance(value, str):
        return re.sub(r"\{\{(\w+)\}\}", lambda found: words.get(found.group(1), found.group(0)), value)
    if isinstance(value, list):
        return [filled(item, words) for item in value]
    if isinstance(value, dict):
        return {key: filled(item, words) for key, item in value.items()}
    return value


def content_of(turn):
    blocks = [{"type": "text", "text": turn["text"]}] if turn.get("text") else []
    for tool in turn.get("tools", []):
        blocks.append({"type": "tool_use", "id": f"toolu_{uuid.uuid4().hex[:20]}",
                       "name": tool["name"], "input": tool["input"]})
    return blocks


def message_of(turn, model, body_size):
    content = content_of(turn)
    usage = {"input_tokens": body_size // 4, "output_tokens": len(json.dumps(content)) // 4 + 1,
             "cache_creation_input_tokens": 0, "cache_read_input_tokens": 0, **turn.get("usage", {})}
    return {"id": f"msg_{uuid.uuid4().hex[:20]}", "type": "message", "role": "assistant", "model": model,
            "content": content, "stop_reason": "tool_use" if turn.get("tools") else "end_turn",
            "stop_sequence": None, "usage": usage}


def events_of(message):
    """The message as the stream tells it: (event, data) pairs."""
    opening = dict(message, content=[], stop_reason=None, usage=dict(message["usage"], output_tokens=1))
    yield "message_start", {"message": opening}
    for index, block in enumerate(message["content"]):
        if block["type"] == "text":
            start, text, delta, field = dict(block, text=""), block["text"], "text_delta", "text"
        else:
            start, text = dict(block, input={}), json.dumps(block["input"])
            delta, field = "input_json_delta", "partial_json"
        yield "content_block_start", {"index": index, "content_block": start}
        for position in range(0, len(text), PIECE):
            yield "content_block_delta", {
                "index": index, "delta": {"type": delta, field: text[position:position + PIECE]}}
        yield "content_block_stop", {"index": index}
    yield "message_delta", {
        "delta": {"stop_reason": message["stop_reason"], "stop_sequence": None},
        "usage": {"output_tokens": message["usage"]["output_tokens"]}}
    yield "message_stop", {}


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
        self.plain(200 if self.path.startswith("/api/hello") else 404,
                   error_body(404, f"there is no {self.path} here"))

    def do_POST(self):
        body = self.read_body()
        key_ok = self.server.key is None or hmac.compare_digest(
            self.headers.get("x-api-key", "").encode(), self.server.key.encode())
        entry = {"method": self.command, "path": self.path, "key_ok": key_ok, "body_bytes": len(body),
                 "headers": {name.lower(): value for name, value in self.headers.items()
                             if name.lower() not in ("x-api-key", "authorization")}}
        path = self.path.split("?")[0]
        if not key_ok:
            self.refuse(entry, 401, "invalid x-api-key")
        elif path.endswith("/v1/messages/count_tokens"):
            self.journal(entry, 200)
            self.plain(200, {"input_tokens": len(body) // 4})
        elif not path.endswith("/v1/messages"):
            self.refuse(entry, 404, f"there is no {path} here")
        else:
            self.converse(entry, body)

    def converse(self, entry, body):
        try:
            request = json.loads(body)
            conversation = Conversation(request)
        except (ValueError, KeyError, AttributeError, TypeError) as error:
            self.refuse(entry, 400, f"not a Messages request: {error!r}")
            return
        rule = self.server.script.rule_for(conversation)
        entry.update(model=conversation.model, role=conversation.role, round=conversation.round,
                     turn=conversation.turn, rule=rule and rule.get("name", ""),
                     stream=bool(request.get("stream")), prompt=conversation.prompt[:2000])
        if rule is None or conversation.turn >= len(rule["turns"]):
            lacks = "no rule for this prompt" if rule is None else f"no turn {conversation.turn}"
            self.refuse(entry, 400, f"the script has {lacks}: {conversation.prompt[:200]!r}")
            return
        words = {"output": conversation.output, "cwd": conversation.directory,
                 "round": str(conversation.round), "model": conversation.model}
        turn = filled(rule["turns"][conversation.turn], words)
        failure = turn.get("fail")
        if failure and self.server.still_fails(failure, (rule.get("name"), conversation.turn,
                                                         conversation.prompt)):
            self.fail(entry, failure)
            return
        self.journal(entry, 200)
        if turn.get("stall") == "headers":
            self.server.gate.wait()
        message = message_of(turn, conversation.model, len(body))
        if request.get("stream"):
            self.stream(turn, message)
        else:
            self.plain(200, message)

    def stream(self, turn, message):
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Cache-Control", "no-cache")
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection = True
        for number, (name, data) in enumerate(events_of(message)):
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
        body = error_body(failure["status"], failure.get("message", "as the script says"), failure.get("type"))
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
            pass  # the agent went away

    def log_message(self, *_):
        pass


def error_body(status, message, kind=None):
    return {"type": "error", "error": {"type": kind or ERROR_TYPES.get(status, "api_error"), "message": message}}


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
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--script", action="append", required=True)
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--port", type=int, default=0, help="on 127.0.0.1; 0 chooses one")
    where.add_argument("--socket", help="a unix socket instead")
    parser.add_argument("--key", help="what x-api-key must be")
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
    # Handlers of signals run between the main thread's steps, which must not hold the gate's lock.
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
