# The demo's developer. It stands in the task's repository; what it prints last is its result.
set -e
cat >greeter.py <<'END'
"""Greets people, on the command line and over HTTP."""

import http.server
import os
import sys


def greet(name):
    return f"Hello, {name}!"


class Page(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = greet("world").encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/plain; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


if __name__ == "__main__":
    if sys.argv[1:] == ["serve"]:
        http.server.ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Page).serve_forever()
    print(greet(sys.argv[1] if len(sys.argv) > 1 else "world"))
END
cat >test_greeter.py <<'END'
import unittest

from greeter import greet


class GreeterTest(unittest.TestCase):
    def test_a_person_is_greeted_by_name(self):
        self.assertEqual(greet("Ada"), "Hello, Ada!")


if __name__ == "__main__":
    unittest.main()
END
cat >.project.yml <<'END'
test: python3 -B -m unittest -v test_greeter
run: python3 -B greeter.py serve
END
git add greeter.py test_greeter.py .project.yml
git commit -q -m "Greet visitors"
git push -q origin HEAD >&2
printf '<result>{"status":"success","summary":"The page greets its visitors.","data":{"commit_sha":"%s"}}</result>\n' \
    "$(git rev-parse HEAD)"
