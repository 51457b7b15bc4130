#!/usr/bin/python3
"""Time4VPS's billing API as far as it was seen: servers, tasks that take a few polls, and its throttling.

time4vps_server.py --user USER --password PASSWORD --log FILE

Prints "listening on PORT" when it is ready. Each request goes to the log as a JSON line {"method", "path", "body"}.

PUT /control (without credentials) sets, member by member:
  {"servers": [{"id": 1, "ip": "192.0.2.1", "domain": "a.example", "cpu_cores": 2, ...}]}   what there is
  {"throttle": {"times": 2, "seconds": 1}}   so many requests are answered 401 wait_x_between_action
  {"html": 1}                                so many are answered 200 with a page instead of JSON
  {"fail": {"times": 1, "status": 502}}      so many with that status
  {"refuse": "ipnotallowed"}                 all are refused with that word; "" ends it
  {"polls": 2}                               after so many looks a task is completed
  {"results": "..."}                         what a completed reinstall says
"""

import argparse
import base64
import http.server
import json
import re
import socketserver
import threading

PAGE = "<!DOCTYPE html><html><body><h1>Maintenance</h1>" + "<p>We are back soon.</p>" * 500 + "</body></html>"
REVEAL = "Password: \t<a href='#' onclick='this.innerHTML = \"%s\"'>Reveal</a>"


class Billing:
    def __init__(self, options):
        self.lock = threading.Lock()
        self.options = options
        self.state = {"servers": [], "polls": 1, "results": REVEAL % "Xk9mP3qR7", "refuse": ""}
        self.tasks = {}

    def used(self, name):
        """Whether this request meets a fault that is counted."""
        fault = self.state.get(name)
        if isinstance(fault, int):
            fault = self.state[name] = {"times": fault}
        if not fault or fault["times"] <= 0:
            return None
        fault["times"] -= 1
        return fault

    def fault(self):
        if self.state["refuse"]:
            return 401, {"error": [self.state["refuse"], "unauthorized"]}
        throttle = self.used("throttle")
        if throttle:
            return 401, {"error": [["wait_x_between_action", throttle["seconds"]], "unauthorized"]}
        failing = self.used("fail")
        if failing:
            return failing["status"], {"error": ["internal"]}
        if self.used("html"):
            return 200, PAGE
        return None

    def begin(self, server, name, results):
        number = 1000 + len(self.tasks)
        self.tasks[(server, number)] = {"name": name, "polls": 0, "results": results}
        return 200, {"task_id": number}

    def task(self, server, number):
        task = self.tasks.get((server, number))
        if not task:
            return 404, {"error": ["task_not_found"]}
        task["polls"] += 1
        done = task["polls"] > self.state["polls"]
        return 200, {"name": task["name"], "activated": "2026-01-10 12:00:00", "assigned": "2026-01-10 12:00:01",
                     "completed": "2026-01-10 12:03:00" if done else "", "results": task["results"] if done else ""}

    def answer(self, method, path):
        if (method, path) == ("GET", "/server"):
            return 200, [{key: server.get(key) for key in ("id", "domain", "ip", "status")}
                         for server in self.state["servers"]]
        match = re.fullmatch(r"/server/(\d+)(/.*)?", path)
        server = match and next((s for s in self.state["servers"] if s["id"] == int(match[1])), None)
        if not server:
            return 404, {"error": ["server_not_found"]}
        rest = match[2] or ""
        if (method, rest) == ("GET", ""):
            # The real API's answer does not contain the id.
            return 200, {key: value for key, value in server.items() if key != "id"}
        if (method, rest) == ("POST", "/reinstall"):
            return self.begin(server["id"], "Reinstall", self.state["results"])
        if (method, rest) == ("POST", "/resetpassword"):
            return self.begin(server["id"], "Reset Root Password", "New password: Zt5&amp;wW")
        task = re.fullmatch(r"/task/(\d+)", rest)
        if method == "GET" and task:
            return self.task(server["id"], int(task[1]))
        return 405, {"error": ["method_not_allowed"]}


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def serve(self):
        billing = self.server.billing
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        with billing.lock:
            if self.path == "/control":
                billing.state.update(json.loads(body))
                return self.send(200, {})
            with open(billing.options.log, "a") as log:
                log.write(json.dumps({"method": self.command, "path": self.path, "body": body}) + "\n")
            login = f"{billing.options.user}:{billing.options.password}".encode()
            if self.headers.get("Authorization") != "Basic " + base64.b64encode(login).decode():
                # It repeats the credentials, as badly written servers do.
                return self.send(401, {"error": ["wronglogin", "unauthorized"],
                                       "seen": self.headers.get("Authorization")})
            return self.send(*(billing.fault() or billing.answer(self.command, self.path)))

    do_GET = do_POST = do_PUT = serve

    def send(self, status, body):
        data = (body if isinstance(body, str) else json.dumps(body)).encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/html" if isinstance(body, str) else "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
    daemon_threads = True


def main():
    parser = argparse.ArgumentParser()
    for name in ("--user", "--password", "--log"):
        parser.add_argument(name, required=True)
    server = Server(("127.0.0.1", 0), Handler)
    server.billing = Billing(parser.parse_args())
    print(f"listening on {server.server_port}", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
