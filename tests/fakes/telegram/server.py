#!/usr/bin/env python3
"""The Bot API's far side for tests of its clients, on a loopback port.

server.py [--port N] [--log FILE]

Prints "listening on PORT", and " judged" after it where aiogram is there to judge every exchange. A line of the log:
{"time" (monotonic seconds), "bot", "method", "parameters", "status", "result"}, written before the answer goes.

PUT /control/...                                       (JSON; answers {} or what it says)
  bots      ["123:token"]                              these exist from now on
  say       {"bot", "from", "text"}                    somebody writes; answers {"update_id"}
  press     {"bot", "from", "data", "id"}              somebody presses a button
  updates   {"bot", "updates": [{"kind", "content", "update_id"?}]}   whatever is wanted
  samples   {"bot", "from"}                            one of everything that is not for a chat
  contents  {"bot", "from"}                            messages of a person without a text
  next      {"bot", "update_id"}                       counts on from here
  blocked, unknown   [chat ids]                        403, 400 from now on
  webhooks  [bot ids]                                  getUpdates is a 409
  delete    {"bot", "chat", "message_id"}
  forget    all of it, and begin anew
  faults    {"fail"|"flood"|"drop"|"truncate"|"garbage": {"times", "method"?, "chat"?, "status"?, "retry_after"?}}
            fail answers with that status and does nothing; drop does the work and closes; truncate does the work and
            cuts the answer off; garbage answers 200 with half of a document and does nothing
GET /control/verdict    what the judge found wrong
"""

import argparse
import http.server
import json
import socketserver
import sys
import threading
import time
import urllib.parse

import judge
import updates as samples
from bot_api import BotApi, Refusal


class State:
    def __init__(self, log):
        self.changed = threading.Condition()
        self.api, self.faults, self.verdict, self.log = BotApi(), {}, [], log

    def meets(self, fault, method, parameters):
        rule = self.faults.get(fault)
        if not rule or rule["times"] <= 0 or rule.get("method", method) != method:
            return None
        if "chat" in rule and rule["chat"] != int(parameters.get("chat_id", 0)):
            return None
        rule["times"] -= 1
        return rule

    def record(self, bot, method, parameters, status, result):
        if self.log:
            line = {"time": time.monotonic(), "bot": bot, "method": method, "parameters": parameters,
                    "status": status, "result": result}
            self.log.write(json.dumps(line) + "\n")
            self.log.flush()

    def get_updates(self, bot, parameters, gone):
        if bot.user["id"] in self.api.webhooks:
            raise Refusal(409, "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to "
                               "delete the webhook first")
        bot.poll += 1
        mine = bot.poll
        self.changed.notify_all()
        offset = parameters.get("offset")
        bot.confirm(None if offset is None else int(offset))
        deadline = time.monotonic() + min(int(parameters.get("timeout", 0)), 50)
        while not bot.waiting and bot.poll == mine and time.monotonic() < deadline and not gone():
            self.changed.wait(0.1)
        if bot.poll != mine:
            raise Refusal(409, "Conflict: terminated by other getUpdates request; make sure that only one bot "
                               "instance is running")
        return list(bot.waiting)[:int(parameters.get("limit", 100))]


def control(state, what, body):
    api = state.api
    if what == "faults":
        state.faults = body
    elif what == "forget":
        state.api, state.faults, state.verdict = BotApi(), {}, []
    elif what == "bots":
        for token in body:
            api.add_bot(token)
    elif what in ("blocked", "unknown", "webhooks"):
        setattr(api, "unknown_chats" if what == "unknown" else what, set(body))
    else:
        return control_bot(api.named(body["bot"]), what, body)
    return {}


def control_bot(bot, what, body):
    if what == "say":
        return {"update_id": bot.add("message", samples.text_message(body["from"], body["text"]))}
    if what == "press":
        return {"update_id": bot.add("callback_query", samples.press(body["from"], body["data"], body["id"]))}
    if what == "updates":
        for one in body["updates"]:
            bot.add(one["kind"], one["content"], one.get("update_id"))
    elif what == "samples":
        for kind, content in samples.other_kinds(body["from"]).items():
            bot.add(kind, content)
        for content in samples.reports(body["from"]):
            bot.add("message", content)
    elif what == "contents":
        for content in samples.contents(body["from"]):
            bot.add("message", content)
    elif what == "next":
        bot.next_update = body["update_id"]
    elif what == "delete":
        del bot.messages[body["chat"], body["message_id"]]
    else:
        raise KeyError(what)
    return {}


def parameters_of(raw, content_type):
    if content_type.startswith("application/json"):
        return json.loads(raw)
    fields = {}
    for key, value in urllib.parse.parse_qsl(raw.decode()):
        try:
            fields[key] = json.loads(value) if key != "text" else value
        except ValueError:
            fields[key] = value
    return fields


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def address_string(self):
        return "peer"

    def handle_one_request(self):
        try:
            super().handle_one_request()
        except (ConnectionError, BrokenPipeError):
            self.close_connection = True

    def answer(self, status, raw, length=None):
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(raw) if length is None else length))
        self.end_headers()
        self.wfile.write(raw)

    def is_gone(self):
        self.connection.setblocking(False)
        try:
            return self.connection.recv(1, 2) == b""  # MSG_PEEK
        except BlockingIOError:
            return False
        except OSError:
            return True
        finally:
            self.connection.setblocking(True)

    def serve(self):
        raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        state = self.server.state
        parts = self.path.split("?")[0].split("/")
        if parts[1] == "control":
            with state.changed:
                found = state.verdict if parts[2] == "verdict" else control(state, parts[2], json.loads(raw))
                state.changed.notify_all()
            return self.answer(200, json.dumps(found).encode())
        token, method = parts[1].removeprefix("bot"), parts[2]
        parameters = parameters_of(raw, self.headers.get("Content-Type", "")) if raw else {}
        with state.changed:
            return self.exchange(state, token, method, parameters)

    do_GET = do_POST = do_PUT = serve

    def exchange(self, state, token, method, parameters):
        number = token.partition(":")[0]
        status, result, ending = 200, None, None
        try:
            if state.meets("garbage", method, parameters):
                state.record(number, method, parameters, 200, None)
                return self.answer(200, b'{"ok":true,"resu')
            if rule := state.meets("fail", method, parameters):
                raise Refusal(rule["status"], "told to fail")
            if rule := state.meets("flood", method, parameters):
                pause = rule["retry_after"]
                raise Refusal(429, f"Too Many Requests: retry after {pause}", retry_after=pause)
            result = self.work(state, token, method, parameters)
            ending = next((name for name in ("drop", "truncate") if state.meets(name, method, parameters)), None)
            document = {"ok": True, "result": result}
        except Refusal as refusal:
            status = refusal.code
            document = {"ok": False, "error_code": status, "description": refusal.description}
            if refusal.parameters:
                document["parameters"] = refusal.parameters
        if fault := judge.faults(method, parameters, document):
            state.verdict.append(fault)
        state.record(number, method, parameters, status, result)
        body = json.dumps(document).encode()
        if ending:
            self.close_connection = True
            if ending == "truncate":
                self.answer(status, body[:len(body) // 2], len(body))
            return self.connection.shutdown(2)
        return self.answer(status, body)

    def work(self, state, token, method, parameters):
        bot = state.api.bot(token)
        if method == "getUpdates":
            return state.get_updates(bot, parameters, self.is_gone)
        known = getattr(state.api, method, None) if method in judge.METHODS else None
        if known is None:
            raise Refusal(404, "Not Found: method not found")
        return known(bot, parameters)


class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
    daemon_threads = True


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--log")
    options = parser.parse_args()
    server = Server(("127.0.0.1", options.port), Handler)
    server.state = State(open(options.log, "a", encoding="utf-8") if options.log else None)
    print(f"listening on {server.server_address[1]}{' judged' if judge.IS_THERE else ''}", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    sys.exit(main())
