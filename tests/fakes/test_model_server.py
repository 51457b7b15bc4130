#!/usr/bin/python3
"""The scripted model, asked by hand and by the real claude binary.

Where the binary cannot be had (ci/agent-binary exits 69) those tests are skipped and say why;
ORCH_TEST_CLAUDE names one that is there already.
"""

import http.client
import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import tempfile
import threading
import unittest

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
UNAVAILABLE = 69
PATIENCE = 60


class Server:
    """model_server.py in a private directory, as a context."""

    def __init__(self, *scripts, key=None, unix=False):
        self.directory = tempfile.TemporaryDirectory(prefix="orch-")
        self.path = pathlib.Path(self.directory.name)
        paths = [
            self.write(script) if isinstance(script, dict) else HERE / "scripts" / f"{script}.json"
            for script in scripts
        ]
        argv = ["/usr/bin/python3", HERE / "model_server.py", "--log", self.path / "log"]
        for path in paths:
            argv += ["--script", path]
        argv += ["--key", key] if key else []
        argv += ["--socket", self.path / "s"] if unix else []
        self.process = subprocess.Popen(argv, stdout=subprocess.PIPE, text=True)
        said = self.process.stdout.readline().strip()
        self.address = said.removeprefix("listening on ")

    def write(self, script):
        path = self.path / "script.json"
        path.write_text(json.dumps(script))
        return path

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(PATIENCE)
        self.process.stdout.close()
        self.directory.cleanup()

    def connect(self):
        if self.address.isdigit():
            return http.client.HTTPConnection("127.0.0.1", int(self.address), timeout=PATIENCE)
        connection = http.client.HTTPConnection("localhost", timeout=PATIENCE)
        connection.sock = socket.socket(socket.AF_UNIX)
        connection.sock.connect(self.address)
        return connection

    def ask(self, *messages, stream=False, headers=(), path="/v1/messages?beta=true", system=""):
        body = json.dumps(
            {"model": "m", "stream": stream, "system": system, "messages": list(messages)}
        )
        connection = self.connect()
        connection.request(
            "POST", path, body, {"Content-Type": "application/json", **dict(headers)}
        )
        response = connection.getresponse()
        text = response.read().decode()
        connection.close()
        return response.status, dict(response.getheaders()), text

    def log(self):
        return [json.loads(line) for line in (self.path / "log").read_text().splitlines()]


def user(text):
    return {"role": "user", "content": text}


def tool_round(name, output):
    return [
        {
            "role": "assistant",
            "content": [{"type": "tool_use", "id": "t", "name": name, "input": {}}],
        },
        {
            "role": "user",
            "content": [{"type": "tool_result", "tool_use_id": "t", "content": output}],
        },
    ]


def events_of(text):
    events = []
    for part in text.strip().split("\n\n"):
        name, data = part.split("\n")
        events.append((name.removeprefix("event: "), json.loads(data.removeprefix("data: "))))
    return events


TWO_TURNS = {
    "rules": [
        {
            "name": "two",
            "match": {"prompt": "^do it"},
            "turns": [
                {
                    "text": "First.",
                    "tools": [{"name": "Bash", "input": {"command": "echo " + "x" * 100}}],
                },
                {"text": "It said {{output}} in round {{round}}."},
            ],
        }
    ]
}


class ByHandTest(unittest.TestCase):
    def test_the_turn_is_read_from_the_request(self):
        with Server(TWO_TURNS) as server:
            _, _, first = server.ask(user("do it\nRound: 2"))
            self.assertEqual(json.loads(first)["stop_reason"], "tool_use")
            again = server.ask(user("do it\nRound: 2"))[2]
            self.assertEqual(json.loads(again)["content"][0]["text"], "First.")
            _, _, second = server.ask(user("do it\nRound: 2"), *tool_round("Bash", "hi\n"))
            self.assertEqual(
                json.loads(second)["content"], [{"type": "text", "text": "It said hi in round 2."}]
            )

    def test_a_prompt_later_in_the_session_starts_anew(self):
        with Server(TWO_TURNS) as server:
            earlier = [
                user("something else"),
                *tool_round("Bash", "a"),
                {"role": "assistant", "content": [{"type": "text", "text": "done"}]},
            ]
            _, _, answer = server.ask(*earlier, user("do it"))
            self.assertEqual(json.loads(answer)["content"][0]["text"], "First.")

    def test_the_stream_adds_up_to_the_message(self):
        with Server(TWO_TURNS) as server:
            status, headers, text = server.ask(user("do it"), stream=True)
            events = events_of(text)
            self.assertEqual((status, headers["Content-Type"]), (200, "text/event-stream"))
            self.assertTrue(all(name == data["type"] for name, data in events))
            self.assertEqual(events[0][0], "message_start")
            self.assertEqual(events[-1][0], "message_stop")
            pieces = [
                data["delta"]["partial_json"]
                for name, data in events
                if name == "content_block_delta" and data["index"] == 1
            ]
            self.assertGreater(len(pieces), 1)
            self.assertEqual(json.loads("".join(pieces)), {"command": "echo " + "x" * 100})

    def test_the_same_script_answers_in_the_terms_of_responses(self):
        def message(role, text):
            part = {"type": "input_text", "text": text}
            return {"type": "message", "role": role, "content": [part]}

        opening = [
            message("developer", "rules"),
            message("user", "<environment_context>cwd</environment_context>"),
            message("user", "do it\nRound: 2"),
        ]
        call = {"type": "function_call", "name": "exec_command", "arguments": "{}", "call_id": "c"}
        output = {"type": "function_call_output", "call_id": "c", "output": "hi\n"}
        with Server(TWO_TURNS) as server:

            def ask(items):
                connection = server.connect()
                body = json.dumps({"model": "m", "stream": True, "input": items})
                connection.request("POST", "/v1/responses", body)
                text = connection.getresponse().read().decode()
                connection.close()
                return events_of(text)

            first = ask(opening)
            self.assertEqual(first[0][0], "response.created")
            items = [data["item"] for name, data in first if name.endswith("item.done")]
            self.assertEqual([item["type"] for item in items], ["message", "function_call"])
            self.assertEqual(
                json.loads(items[1]["arguments"]), {"command": "echo " + "x" * 100}
            )
            self.assertGreater(first[-1][1]["response"]["usage"]["total_tokens"], 0)
            said = {"type": "message", "role": "assistant", "content": items[0]["content"]}
            second = ask([*opening, said, call, output])
            text = second[1][1]["item"]["content"][0]["text"]
            self.assertEqual(text, "It said hi in round 2.")

    def test_a_reminder_is_no_prompt(self):
        with Server(TWO_TURNS) as server:
            content = [
                {"type": "text", "text": "<system-reminder>rules</system-reminder>"},
                {"type": "text", "text": "do it"},
            ]
            self.assertEqual(server.ask({"role": "user", "content": content})[0], 200)

    def test_the_role_and_the_round_choose_the_rule(self):
        rules = [
            {"name": name, "match": match, "turns": [{"text": name}]}
            for name, match in (
                ("tester", {"role": "tester"}),
                ("second", {"role": "developer", "round": {"from": 2}}),
                ("first", {"role": "developer"}),
                ("po", {"role": "po"}),
            )
        ]
        with Server({"rules": rules}) as server:

            def answer(prompt, system=""):
                return json.loads(server.ask(user(prompt), system=system)[2])["content"][0]["text"]

            self.assertEqual(answer("hello"), "po")
            self.assertEqual(answer("Round: 1"), "first")
            self.assertEqual(answer("Round: 3"), "second")
            self.assertEqual(answer("Round: 3", system="Role: tester"), "tester")

    def test_a_wrong_key_is_refused_and_never_logged(self):
        with Server(TWO_TURNS, key="right") as server:
            self.assertEqual(server.ask(user("do it"), headers={"x-api-key": "wrong"})[0], 401)
            self.assertEqual(server.ask(user("do it"), headers={"x-api-key": "right"})[0], 200)
            self.assertEqual([entry["key_ok"] for entry in server.log()], [False, True])
            self.assertNotIn("right", (server.path / "log").read_text())
            self.assertNotIn("wrong", (server.path / "log").read_text())

    def test_what_the_script_does_not_know_is_an_error_that_says_so(self):
        with Server(TWO_TURNS) as server:
            status, _, text = server.ask(user("dance"))
            self.assertEqual(status, 400)
            self.assertIn("no rule for this prompt: 'dance'", text)

    def test_a_failure_with_times_ends(self):
        with Server("faults") as server:
            first = server.ask(user("fault: rate_limited_once"))
            self.assertEqual((first[0], first[1]["retry-after"]), (429, "1"))
            self.assertEqual(json.loads(first[2])["error"]["type"], "rate_limit_error")
            self.assertEqual(server.ask(user("fault: rate_limited_once"))[0], 200)
            for prompt, status in (("overloaded", 529), ("broken", 500), ("unauthorized", 401)):
                self.assertEqual(server.ask(user(f"fault: {prompt}"))[0], status)

    def test_a_stalled_answer_comes_when_told(self):
        with Server("faults") as server:
            answers = []
            thread = threading.Thread(
                target=lambda: answers.append(server.ask(user("fault: stalled"), stream=True))
            )
            thread.start()
            while thread.is_alive():
                server.process.send_signal(signal.SIGUSR1)
                thread.join(0.05)
            self.assertEqual(events_of(answers[0][2])[-1][0], "message_stop")

    def test_a_cut_stream_has_no_end(self):
        with Server("faults") as server:
            names = [name for name, _ in events_of(server.ask(user("fault: cut"), stream=True)[2])]
            self.assertEqual(names, ["message_start", "content_block_start", "content_block_delta"])

    def test_it_listens_on_a_unix_socket(self):
        with Server(TWO_TURNS, unix=True) as server:
            self.assertEqual(server.ask(user("do it"))[0], 200)

    def test_a_script_with_a_word_it_does_not_know_is_refused(self):
        with tempfile.NamedTemporaryFile("w", suffix=".json") as script:
            script.write('{"rules": [{"turns": [{"txt": "a"}]}]}')
            script.flush()
            ended = subprocess.run(
                ["/usr/bin/python3", HERE / "model_server.py", "--script", script.name],
                capture_output=True,
                text=True,
            )
            self.assertEqual(ended.returncode, 2)
            self.assertIn("rules[0].turns[0]: unknown txt", ended.stderr)


class ClaudeTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.binary = os.environ.get("ORCH_TEST_CLAUDE")
        if not cls.binary:
            directory = (
                pathlib.Path(os.environ.get("ORCH_DEPS_DIR", ROOT / "build" / "deps"))
                / "agents"
                / "claude"
            )
            found = subprocess.run(
                [ROOT / "ci" / "agent-binary", "claude", directory], capture_output=True, text=True
            )
            if found.returncode == UNAVAILABLE:
                raise unittest.SkipTest(found.stderr)
            found.check_returncode()
            cls.binary = found.stdout.strip()

    def setUp(self):
        directory = tempfile.TemporaryDirectory(prefix="orch-")
        self.addCleanup(directory.cleanup)
        self.home = pathlib.Path(directory.name)
        self.workspace = self.home / "workspace"
        self.workspace.mkdir()
        self.git("init", "-q", "-b", "main")

    def git(self, *argv):
        identity = {
            f"GIT_{who}_{what}": value
            for who in ("AUTHOR", "COMMITTER")
            for what, value in (("NAME", "worker"), ("EMAIL", "worker@localhost"))
        }
        return subprocess.run(
            ["git", *argv],
            cwd=self.workspace,
            check=True,
            capture_output=True,
            text=True,
            env={"PATH": os.environ["PATH"], "HOME": str(self.home), **identity},
        ).stdout.strip()

    def develop(self, server, prompt):
        """One turn of the real agent; its last result line."""
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.home),
            "IS_SANDBOX": "1",
            "TMPDIR": str(self.home),
            "ANTHROPIC_BASE_URL": f"http://127.0.0.1:{server.address}",
            "ANTHROPIC_API_KEY": "test-key",
            "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
            "CLAUDE_CODE_MAX_RETRIES": "2",
            "GIT_AUTHOR_NAME": "worker",
            "GIT_AUTHOR_EMAIL": "worker@localhost",
            "GIT_COMMITTER_NAME": "worker",
            "GIT_COMMITTER_EMAIL": "worker@localhost",
        }
        ended = subprocess.run(
            [
                self.binary,
                "-p",
                "--output-format",
                "stream-json",
                "--verbose",
                "--dangerously-skip-permissions",
            ],
            input=prompt,
            cwd=self.workspace,
            env=environment,
            capture_output=True,
            text=True,
            timeout=300,
        )
        results = [
            json.loads(line) for line in ended.stdout.splitlines() if '"type":"result"' in line
        ]
        self.assertTrue(results, ended.stdout + ended.stderr)
        return results[-1]

    def verdict(self, result):
        return json.loads(re.search(r"<result>(.*)</result>", result["result"], re.S).group(1))

    def make_test(self):
        return subprocess.run(["make", "test"], cwd=self.workspace, capture_output=True, text=True)

    def test_the_developer_commits_a_project_whose_tests_pass(self):
        with Server("greeter", key="test-key") as server:
            result = self.develop(server, "Write a greeter.\n\nRound: 1\n")
            self.assertFalse(result["is_error"], result)
            verdict = self.verdict(result)
            self.assertEqual(verdict["status"], "success")
            self.assertEqual(verdict["data"]["commit_sha"], self.git("rev-parse", "HEAD"))
            self.assertEqual(self.git("status", "--short"), "")
            self.assertEqual(self.make_test().returncode, 0)
            log = server.log()
            self.assertEqual([entry["turn"] for entry in log], [0, 1, 2, 3, 4])
            self.assertTrue(
                all(entry["key_ok"] and entry["rule"] == "writes the greeter" for entry in log)
            )

    def test_the_developer_mends_what_the_tests_show(self):
        with Server("greeter_mends") as server:
            self.develop(server, "Write a greeter.\n\nRound: 1\n")
            failed = self.make_test()
            self.assertNotEqual(failed.returncode, 0)
            failure = f"The tests failed:\n{failed.stdout}{failed.stderr}"
            told = f"Write a greeter.\n\nRound: 2\n\n{failure}\n"
            self.assertEqual(self.verdict(self.develop(server, told))["status"], "success")
            self.assertEqual(self.make_test().returncode, 0)
            self.assertEqual(self.git("rev-list", "--count", "HEAD"), "2")

    def test_the_developer_that_never_mends_commits_every_round(self):
        with Server("greeter_never") as server:
            for number in (1, 2, 3):
                told = f"Write a greeter.\n\nRound: {number}\n\nThe tests failed:\nFAIL\n"
                self.assertEqual(self.verdict(self.develop(server, told))["status"], "success")
                self.assertNotEqual(self.make_test().returncode, 0)
            self.assertEqual(self.git("rev-list", "--count", "HEAD"), "3")

    def test_an_overloaded_model_is_an_error_of_the_agent(self):
        with Server("faults") as server:
            result = self.develop(server, "fault: overloaded")
            self.assertTrue(result["is_error"])
            self.assertEqual(result["api_error_status"], 529)

    def test_a_cut_stream_is_asked_again_without_streaming(self):
        with Server("faults") as server:
            self.develop(server, "fault: cut")
            self.assertEqual({entry["stream"] for entry in server.log()}, {True, False})


if __name__ == "__main__":
    unittest.main()
