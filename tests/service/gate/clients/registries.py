"""Registries of one package each, as files that a plain server serves: `registries.py DIRECTORY NAME`.

Makes a certificate for NAME and a store of certificates that trusts it (DIRECTORY/ca.pem), writes the files, serves them
over HTTPS and HTTP on the loopback, and prints {"https": PORT, "http": PORT}; a line for each request follows. It serves
until it is killed.
"""
import functools
import hashlib
import http.server
import io
import json
import pathlib
import signal
import ssl
import subprocess
import sys
import tarfile
import threading
import zipfile

NOBODY = {"GIT_AUTHOR_NAME": "n", "GIT_AUTHOR_EMAIL": "n@example.invalid", "GIT_COMMITTER_NAME": "n",
          "GIT_COMMITTER_EMAIL": "n@example.invalid", "PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": "/nonexistent"}


def run(*argv, **options):
    subprocess.run(argv, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **options)


def make_certificate(place, name):
    run("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=registries",
        "-keyout", place / "ca.key", "-out", place / "ca.pem", "-addext", "keyUsage=critical,keyCertSign")
    run("openssl", "req", "-newkey", "rsa:2048", "-nodes", "-subj", f"/CN={name}",
        "-keyout", place / "server.key", "-out", place / "server.csr")
    (place / "names").write_text(f"subjectAltName=DNS:{name}\n")
    run("openssl", "x509", "-req", "-in", place / "server.csr", "-CA", place / "ca.pem", "-CAkey", place / "ca.key",
        "-CAcreateserial", "-days", "2", "-extfile", place / "names", "-out", place / "server.pem")


def put(path, content):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())


def tarball(files):
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w:gz") as archive:
        for name, text in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(text)
            archive.addfile(member, io.BytesIO(text.encode()))
    return data.getvalue()


def zipped(files):
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return data.getvalue()


def write_python(root):
    info = "demo_package-1.0.dist-info"
    wheel = zipped({"demo_package.py": "answer = 42\n",
                    f"{info}/METADATA": "Metadata-Version: 2.1\nName: demo-package\nVersion: 1.0\n",
                    f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: t\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
                    f"{info}/RECORD": ""})
    put(root / "simple/demo-package/index.html",
        '<a href="/simple/demo-package/demo_package-1.0-py3-none-any.whl">demo_package-1.0-py3-none-any.whl</a>')
    put(root / "simple/demo-package/demo_package-1.0-py3-none-any.whl", wheel)


def write_node(root, base):
    package = tarball({"package/package.json": '{"name":"demo-node","version":"1.0.0"}'})
    put(root / "tarballs/demo-node-1.0.0.tgz", package)
    put(root / "demo-node", json.dumps({
        "name": "demo-node", "dist-tags": {"latest": "1.0.0"},
        "versions": {"1.0.0": {"name": "demo-node", "version": "1.0.0", "dist": {
            "tarball": f"{base}/tarballs/demo-node-1.0.0.tgz", "shasum": hashlib.sha1(package).hexdigest()}}}}))


def write_rust(root, base):
    crate = tarball({"demo-crate-1.0.0/Cargo.toml": '[package]\nname = "demo-crate"\nversion = "1.0.0"\n',
                     "demo-crate-1.0.0/src/lib.rs": "pub fn answer() -> u32 { 42 }\n"})
    put(root / "crates/demo-crate/1.0.0/download", crate)
    put(root / "index/config.json", json.dumps({"dl": f"{base}/crates/{{crate}}/{{version}}/download"}))
    put(root / "index/de/mo/demo-crate", json.dumps({
        "name": "demo-crate", "vers": "1.0.0", "deps": [], "features": {}, "yanked": False,
        "cksum": hashlib.sha256(crate).hexdigest()}) + "\n")


def write_go(root):
    module = "module go.example.test/demo\n\ngo 1.18\n"
    at = "go.example.test/demo@v1.0.0"
    versions = root / "go/go.example.test/demo/@v"
    put(versions / "list", "v1.0.0\n")
    put(versions / "v1.0.0.info", '{"Version":"v1.0.0","Time":"2026-01-01T00:00:00Z"}')
    put(versions / "v1.0.0.mod", module)
    put(versions / "v1.0.0.zip", zipped({f"{at}/go.mod": module, f"{at}/demo.go": "package demo\n"}))


def write_apt(root):
    put(root / "apt/Packages", "Package: demo-deb\nVersion: 1.0\nArchitecture: all\nMaintainer: n <n@example.invalid>\n"
        "Filename: ./demo-deb.deb\nSize: 8\nSHA256: " + hashlib.sha256(b"no deb\r\n").hexdigest() + "\n\n")
    put(root / "apt/demo-deb.deb", b"no deb\r\n")


def write_git(root):
    work, bare = root / "work", root / "demo.git"
    run("git", "init", "-q", "-b", "main", work, env=NOBODY)
    put(work / "README", "demo repository\n")
    run("git", "-C", work, "add", "README", env=NOBODY)
    run("git", "-C", work, "commit", "-q", "-m", "first", env=NOBODY)
    run("git", "clone", "-q", "--bare", work, bare, env=NOBODY)
    run("git", "-C", bare, "update-server-info", env=NOBODY)


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        """A client that hangs up is none of our business."""


class Files(http.server.SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, _format, *_arguments):
        print(self.command, self.path, flush=True)


def serve(root, context=None):
    server = Server(("127.0.0.1", 0), functools.partial(Files, directory=str(root)))
    if context is not None:
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server.server_address[1]


def main():
    place, name = pathlib.Path(sys.argv[1]), sys.argv[2]
    make_certificate(place, name)
    root = place / "root"
    root.mkdir()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(place / "server.pem", place / "server.key")
    ports = {"https": serve(root, context), "http": serve(root)}
    base = f"https://{name}:{ports['https']}"
    write_python(root)
    write_node(root, base)
    write_rust(root, base)
    write_go(root)
    write_apt(root)
    write_git(root)
    put(root / "hello", "hello from outside\n")
    print(json.dumps(ports), flush=True)
    signal.pause()


main()
