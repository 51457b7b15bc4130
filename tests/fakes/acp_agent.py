#!/usr/bin/python3
"""An agent that speaks the Agent Client Protocol and does what its prompt says.

acp_agent.py [--version N] [--no-load] [--needs-login] [--loud] [--stay] [--exit N]

A prompt is a list of words, done in order:
  ask-permission  asks, and says which option was chosen
  ask-file        asks for a file, and says with which code that was refused
  tool            tells of a tool call
  say:TEXT        says TEXT (with _ for blanks)
  result          says a result block
  stop:REASON     ends the turn with that reason (end_turn without it)
  fail[:TEXT]     answers the prompt with an error that says TEXT
  die             ends in the middle of it
  term            ends itself with SIGTERM in the middle of it
  wait            never answers
  recall          says how many prompts this session has had

Sessions are files in HOME/.acp. With --stay it does not go when its input ends.
"""

import argparse
import json
import os
import pathlib
import signal
import sys
import time
import uuid

SESSIONS = pathlib.Path(os.environ["HOME"]) / ".acp"
OPTIONS = [
    {"optionId": "no", "name": "No", "kind": "reject_once"},
    {"optionId": "yes", "name": "Yes", "kind": "allow_once"},
]


class Refusal(Exception):
    def __init__(self, code, message):
        super().__init__(message)
        self.code = code


def send(message):
    print(json.dumps({"jsonrpc": "2.0", **message}), flush=True)


def receive():
    line = sys.stdin.readline()
    return json.loads(line) if line else None


class Agent:
    def __init__(self, options):
        self.options = options
        self.session = None
        self.questions = 0

    def serve(self):
        while (request := receive()) is not None:
            handler = {
                "initialize": self.initialize,
                "session/new": self.new_session,
                "session/load": self.load_session,
                "session/prompt": self.prompt,
            }.get(request["method"])
            try:
                if not handler:
                    raise Refusal(-32601, "Method not found")
                send({"id": request["id"], "result": handler(request["params"])})
            except Refusal as refusal:
                error = {"code": refusal.code, "message": str(refusal)}
                send({"id": request["id"], "error": error})

    def initialize(self, params):
        assert params["clientCapabilities"]["terminal"] is False
        return {
            "protocolVersion": self.options.version,
            "agentCapabilities": {"loadSession": not self.options.no_load},
            "authMethods": [],
        }

    def new_session(self, params):
        if self.options.needs_login:
            raise Refusal(-32000, "Authentication required")
        assert params["cwd"] == os.getcwd()
        SESSIONS.mkdir(exist_ok=True)
        self.session = str(uuid.uuid4())
        (SESSIONS / self.session).write_text("[]")
        return {"sessionId": self.session}

    def load_session(self, params):
        if not (SESSIONS / params["sessionId"]).exists():
            raise Refusal(-32002, "Resource not found")
        self.session = params["sessionId"]
        for words in json.loads((SESSIONS / self.session).read_text()):
            self.update(sessionUpdate="user_message_chunk", content={"type": "text", "text": words})
            self.say("history, and no answer")
        return {}

    def prompt(self, params):
        assert params["sessionId"] == self.session
        words = params["prompt"][0]["text"]
        history = json.loads((SESSIONS / self.session).read_text()) + [words]
        (SESSIONS / self.session).write_text(json.dumps(history))
        for word in words.split():
            name, _, text = word.partition(":")
            if name == "stop":
                return {"stopReason": text}
            if name == "fail":
                raise Refusal(-32603, text.replace("_", " ") or "Internal error")
            self.do(name, text, history)
        return {
            "stopReason": "end_turn",
            "usage": {"totalTokens": 12, "inputTokens": 5, "outputTokens": 7},
        }

    def do(self, name, text, history):
        if name == "ask-permission":
            params = {"sessionId": self.session, "toolCall": {"toolCallId": "t"}}
            answer = self.ask("session/request_permission", {**params, "options": OPTIONS})
            self.say(answer["result"]["outcome"]["optionId"] + " ")
        elif name == "ask-file":
            answer = self.ask("fs/read_text_file", {"sessionId": self.session, "path": "/x"})
            self.say(f"{answer['error']['code']} ")
        elif name == "tool":
            self.update(sessionUpdate="tool_call", toolCallId="t", title="a tool", kind="execute")
        elif name == "say":
            self.say(text.replace("_", " "))
        elif name == "result":
            self.say('<result>{"status":"success","summary":"by acp"}</result>')
        elif name == "recall":
            self.say(f"{len(history)} prompts")
        elif name == "die":
            print("it broke", file=sys.stderr)
            sys.exit(3)
        elif name == "term":
            os.kill(os.getpid(), signal.SIGTERM)
        elif name == "wait":
            while True:
                time.sleep(3600)

    def ask(self, method, params):
        self.questions += 1
        send({"id": f"q-{self.questions}", "method": method, "params": params})
        return receive()

    def say(self, text):
        self.update(sessionUpdate="agent_message_chunk", content={"type": "text", "text": text})

    def update(self, **update):
        params = {"sessionId": self.session, "update": update}
        send({"method": "session/update", "params": params})


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--version", type=int, default=1)
    parser.add_argument("--no-load", action="store_true")
    parser.add_argument("--needs-login", action="store_true")
    parser.add_argument("--loud", action="store_true", help="prints what is no message, too")
    parser.add_argument("--stay", action="store_true")
    parser.add_argument("--exit", type=int, default=0)
    options = parser.parse_args()
    if options.loud:
        print("Listening on stdio ...", flush=True)
        print("x" * (3 << 20), flush=True)
    Agent(options).serve()
    while options.stay:
        time.sleep(3600)
    return options.exit


if __name__ == "__main__":
    sys.exit(main())
