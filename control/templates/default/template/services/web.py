"""What every web service of the project shares: answers, the page, and /health."""

import http.server
import json
import pathlib

PAGE = pathlib.Path(__file__).parent / "frontend" / "index.html"


class Handler(http.server.BaseHTTPRequestHandler):
    """Answers GET /health, and GET / with the frontend's page when there is one."""

    def do_GET(self):
        path = self.path.split("?", 1)[0]
        if path == "/health":
            self.answer(200, json.dumps({"status": "ok"}), "application/json")
        elif path == "/" and PAGE.exists():
            self.answer(200, PAGE.read_text(encoding="utf-8"), "text/html; charset=utf-8")
        else:
            self.answer(404, "not found\n")

    def answer(self, status, text, content_type="text/plain; charset=utf-8"):
        body = text.encode("utf-8")
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
