#!/usr/bin/python3
"""Traces from a message in a chat to the end of the flow that it began, read by the published definitions of OTLP."""

import functools
import http.server
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import unittest
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent.parent
sys.path.insert(0, str(ROOT / "tests" / "support"))
from daemon import PATIENCE, PROGRAMS, Daemon, wait_until  # noqa: E402

JUDGE = pathlib.Path(__file__).resolve().parent / "judge.py"
PYTHON = ROOT / "build" / "tools" / "opentelemetry" / "bin" / "python"
PRODUCT_OWNER = """cat >/dev/null
[ -n "$(orchestrator project list -q)" ] || orchestrator project create --name shop --start --spec 'a shop' >&2 || exit 1
echo "It is being built."
"""
OK, CANCELLED = 1, "cancelled"
wait = functools.partial(wait_until, limit=4 * PATIENCE)  # the wait spans several scheduler runs


class Collector:
    """Refuses the first request, as one that is being restarted does."""

    def __init__(self):
        self.bodies, self.refused = [], 0
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                good = (self.path, self.headers["Content-Type"]) == ("/v1/traces", "application/json")
                if not outer.refused:
                    outer.refused, good = 1, False
                if good:
                    outer.bodies.append(body)
                self.send_response(200 if good else 503)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def spans(self):
        judged = subprocess.run([PYTHON, "-B", JUDGE], input="\n".join(self.bodies), capture_output=True, text=True)
        if judged.returncode != 0:
            raise AssertionError(judged.stderr)
        return json.loads(judged.stdout)


@unittest.skipUnless(os.geteuid() == 0, "workers as users of their own need root")
@unittest.skipUnless(PYTHON.exists(), "no opentelemetry-proto; ci/test installs it")
class Traces(unittest.TestCase):
    def setUp(self):
        self.place = pathlib.Path(tempfile.mkdtemp(prefix="traces-"))
        self.addCleanup(shutil.rmtree, self.place, True)
        self.place.chmod(0o711)
        (self.place / "bin").mkdir()
        for program in ("worker-wrapper", "orchestrator"):
            shutil.copy(PROGRAMS / program, self.place / "bin")
        self.collector = Collector()
        self.addCleanup(self.collector.server.shutdown)
        script = json.dumps(["/bin/sh", "-c", PRODUCT_OWNER])
        self.daemon = Daemon(self.place / "data", "api,chat,workers,graphs,scheduler", log=self.place / "log", LOG_FORMAT="json", RUNTIME="process",
                             WORKER_BIN_DIR=str(self.place / "bin"),
                             WORKER_FIRST_UID=str(232_000 + os.getpid() % 1000 * 8), SCAFFOLD="false",
                             PO_AGENT="custom", PO_ENV=json.dumps({"AGENT_COMMAND": script}), DEVELOPER_AGENT="custom",
                             DEVELOPER_ENV=json.dumps({"AGENT_COMMAND": json.dumps(["/bin/sleep", "600"])}),
                             OTLP_ENDPOINT=self.collector.url)
        self.addCleanup(self.end)

    def end(self):
        """Workers outlive their daemon."""
        self.daemon.stop()
        for instance in (self.place / "data").glob("instances/*/instance.json"):
            pid = json.loads(instance.read_text())["pid"]
            if pathlib.Path(f"/proc/{pid}").exists():
                os.kill(pid, signal.SIGQUIT)

    def api(self, method, path, body=None):
        request = urllib.request.Request(self.daemon.url + path, method=method,
                                         data=None if body is None else json.dumps(body).encode(),
                                         headers={"Authorization": "Bearer " + self.daemon.token,
                                                  "Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
            return json.loads(answer.read())

    def log_lines(self, event):
        lines = [json.loads(line) for line in (self.place / "log").read_text().splitlines()]
        return [line for line in lines if line["event"] == event]

    def test_a_trace_from_the_chat_to_the_end_of_the_flow(self):
        # Flows that ended before the first run are not sent.
        wait("the first look", lambda: any(one["name"] == "traces" and one.get("ended_at")
                                           for one in self.api("GET", "/api/schedule")))
        self.api("POST", "/api/chat", {"text": "a shop, please"})
        wait("the answer", lambda: any(line["kind"] == "answer" for line in self.api("GET", "/api/chat")))
        [flow] = wait("the flow", lambda: self.api("GET", "/api/flows?graph=engineering"))
        wait("its developer", lambda: self.api("GET", "/api/workers?state=running&type=developer"))
        self.api("POST", "/api/commands", {"target": "flow", "target_id": flow["id"], "command": "cancel"})
        wait("both traces", lambda: sum('"name":"chat message"' in body or '"name":"engineering"' in body
                                        for body in self.collector.bodies) > 1)
        spans = self.collector.spans()
        [chat] = [span for span in spans if span["name"] == "chat message"]
        [engineering] = [span for span in spans if span["name"] == "engineering"]
        self.assertEqual(chat["parent"], "")
        self.assertRegex(chat["trace"], "^[0-9a-f]{32}$")
        self.assertEqual((engineering["trace"], engineering["parent"]), (chat["trace"], chat["id"]))
        self.assertEqual(engineering["attributes"]["orchestrator.flow.status"], CANCELLED)
        nodes = [span for span in spans if span["parent"] == engineering["id"]]
        self.assertTrue(nodes)
        for span in spans:
            self.assertEqual(span["service"], "orchestratord")
            self.assertEqual(span["trace"], chat["trace"])
            self.assertLessEqual(span["begins"], span["ends"])
        self.assertEqual(len({span["id"] for span in spans}), len(spans))
        self.assertEqual(self.collector.refused, 1)
        self.assertEqual(engineering["status"], OK)
        # Log lines about the flow and its worker lead to this trace.
        [line] = wait("its line", lambda: self.log_lines("a person's command was carried out"))
        self.assertEqual((line["thread"], line["trace_id"]), (flow["id"], engineering["trace"]))
        correlation = engineering["attributes"]["orchestrator.correlation_id"]
        self.assertEqual(line["correlation_id"], correlation)
        workers = [line for line in self.log_lines("worker created") if line["correlation_id"] == correlation]
        self.assertTrue(workers)
        for line in workers:
            self.assertEqual(line["trace_id"], chat["trace"])


if __name__ == "__main__":
    unittest.main()
