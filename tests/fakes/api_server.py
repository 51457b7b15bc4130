#!/usr/bin/python3
"""The REST API's far side for tests of its clients: projects and tasks in memory, and faults on demand.

api_server.py [--port N | --socket PATH] [--token TOKEN] [--log FILE]

Prints "listening on PORT" (or "listening on PATH") when it is ready. Every request goes to the log
as one JSON line {"method", "path", "headers", "body"} before it is answered. POST honours
Idempotency-Key: the same key on the same path gets the first answer again, another body 409.

PUT /control sets what goes wrong from now on; each fault is used up by the requests it meets:
  {"fail": {"status": 503, "times": 2, "method": "POST"}}   answers with that status, does nothing
  {"drop": {"times": 1, "method": "POST"}}   does the work, then closes without an answer
  {"stall": {"times": 1, "method": "POST"}}  does the work, then never answers
  {"garbage": {"times": 1}}                  answers 200 with something that is no JSON
  {"body": {"times": 1, "value": ...}}       answers 200 with this JSON
Without "method" any request is met. PUT /control/projects and /control/tasks take rows as they are.
"""

import argparse
import http.server
import json
import re
import socketserver
import threading
import uuid

PAGE = 50
NAME = re.compile(r"[a-z][a-z0-9_-]{0,62}\Z")
MODULES = {"backend", "telegram", "frontend"}


class Refusal(Exception):
    def __init__(self, status, detail, field=None):
        self.status, self.detail, self.field = status, detail, field


class Api:
    """What the server knows. One request at a time: the lock is the handler's."""

    def __init__(self):
        self.lock = threading.Lock()
        self.projects, self.tasks, self.answers, self.faults = {}, {}, {}, {}
        self.rows = {"projects": self.projects, "tasks": self.tasks, "servers": {}, "incidents": {}}

    def meets(self, fault, method):
        rule = self.faults.get(fault)
        if not rule or rule.get("method", method) != method or rule["times"] <= 0:
            return None
        rule["times"] -= 1
        return rule

    def post(self, path, key, body):
        if key in self.answers.get(path, {}):
            first_body, answer = self.answers[path][key]
            if first_body != body:
                raise Refusal(409, "the key was used for another request", "Idempotency-Key")
            return answer
        row = self.new_project(body) if path == "/api/projects" else self.new_task(body)
        if key:
            self.answers.setdefault(path, {})[key] = (body, row)
        return row

    def new_project(self, body):
        if not NAME.match(body.get("name", "")):
            raise Refusal(422, "must be a name", "name")
        if not set(body.get("modules", [])) <= MODULES:
            raise Refusal(422, "must be a module", "modules")
        if any(p["name"] == body["name"] for p in self.projects.values()):
            raise Refusal(409, "a project of this name exists", "name")
        row = {"id": str(uuid.uuid4()), "status": "draft", "modules": [], **body}
        self.projects[row["id"]] = row
        return dict(row)

    def new_task(self, body):
        if body.get("project_id") not in self.projects:
            raise Refusal(404, "there is no such project", "project_id")
        row = {"id": str(uuid.uuid4()), "status": "queued", "type": "engineering",
               "created_at": "2026-01-10T12:00:00Z", **body}
        self.tasks[row["id"]] = row
        return dict(row)

    def patch(self, task_id, body):
        task = self.tasks.get(task_id)
        if task is None:
            raise Refusal(404, "there is no such task")
        if task["status"] in ("completed", "failed", "cancelled"):
            raise Refusal(409, "the task has ended: " + task["status"], "status")
        task.update(body)
        return task

    def listing(self, kind, query):
        rows = [row for row in self.rows[kind].values()
                if "project_id" not in query or row["project_id"] == query["project_id"]]
        start, limit = int(query.get("cursor", 0)), int(query.get("limit", PAGE))
        more = start + limit < len(rows)
        link = f'</api/{kind}?limit={limit}&cursor={start + limit}>; rel="next"' if more else None
        return rows[start:start + limit], link


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

    def answer(self, status, body, link=None, content_type="application/json"):
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(raw)))
        if link:
            self.send_header("Link", link)
        self.end_headers()
        self.wfile.write(raw)

    def refuse(self, status, detail, field=None):
        problem = {"type": "about:blank", "title": self.responses[status][0], "status": status,
                   "detail": detail}
        if field:
            problem["field"] = field
        self.answer(status, problem, content_type="application/problem+json")

    def serve(self):
        length = int(self.headers.get("Content-Length") or 0)
        raw = self.rfile.read(length)
        body = json.loads(raw) if raw else None
        path, _, text = self.path.partition("?")
        if path.startswith("/control"):
            return self.control(path, body)
        api = self.server.api
        with api.lock:
            self.server.record(self.command, self.path, dict(self.headers), body)
            if rule := api.meets("fail", self.command):
                return self.refuse(rule["status"], "told to fail")
            if api.meets("garbage", self.command):
                return self.answer(200, b"<html>")
            if rule := api.meets("body", self.command):
                return self.answer(200, rule["value"])
            if self.server.token and self.headers.get("Authorization") != "Bearer " + self.server.token:
                return self.refuse(401, "the token is not known")
            query = dict(part.split("=", 1) for part in text.split("&") if "=" in part)
            try:
                status, found, link = self.route(api, path, query, body)
            except Refusal as refusal:
                return self.refuse(refusal.status, refusal.detail, refusal.field)
            if api.meets("drop", self.command):
                self.close_connection = True
                return self.connection.shutdown(2)
            if not api.meets("stall", self.command):
                return self.answer(status, found, link)
        self.rfile.read(1)  # until the client disconnects
        self.close_connection = True

    do_GET = do_POST = do_PATCH = do_PUT = serve

    def control(self, path, body):
        api = self.server.api
        with api.lock:
            if path == "/control":
                api.faults.update(body)
            else:
                for row in body:
                    api.rows[path.rpartition("/")[2]][row["id"]] = row
        self.answer(200, {})

    def route(self, api, path, query, body):
        if path == "/health":
            return 200, {"status": "ok"}, None
        parts = path.split("/")[2:]
        if self.command == "POST" and path in ("/api/projects", "/api/tasks"):
            return 201, api.post(path, self.headers.get("Idempotency-Key"), body), None
        if self.command == "PATCH" and len(parts) == 2 and parts[0] == "tasks":
            return 200, api.patch(parts[1], body), None
        if self.command == "GET" and len(parts) == 1 and parts[0] in api.rows:
            return 200, *api.listing(parts[0], query)
        if self.command == "GET" and len(parts) == 2 and parts[1] in api.rows.get(parts[0], {}):
            return 200, api.rows[parts[0]][parts[1]], None
        raise Refusal(404, f"there is no {path}")


class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
    daemon_threads = True

    def prepare(self, token, log):
        self.api, self.token, self.log = Api(), token, log

    def record(self, method, path, headers, body):
        if self.log:
            line = {"method": method, "path": path, "headers": headers, "body": body}
            self.log.write(json.dumps(line) + "\n")
            self.log.flush()


class UnixServer(Server):
    address_family = 1  # AF_UNIX

    def server_bind(self):
        self.socket.bind(self.server_address)
        self.server_name, self.server_port = "localhost", 0


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--socket")
    parser.add_argument("--token")
    parser.add_argument("--log")
    options = parser.parse_args()
    log = open(options.log, "a", encoding="utf-8") if options.log else None
    if options.socket:
        server = UnixServer(options.socket, Handler)
    else:
        server = Server(("127.0.0.1", options.port), Handler)
    server.prepare(options.token, log)
    where = options.socket or server.server_address[1]
    print(f"listening on {where}", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
