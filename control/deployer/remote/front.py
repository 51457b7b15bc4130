"""The way in to a deployment on a server, in a container of its own that sees the server's processes.

front.py serve            passes the connections of port 8080 on to the container that /state/target.json names
front.py look ID PORT PATH SECONDS
                          waits until the container answers GET PATH on its loopback with 2xx; prints what it saw
front.py drain ID PORT SECONDS
                          waits until the container has no connection to the port any more
front.py free ADDRESS PORT
                          exits with 75 where another program has the port
"""

import asyncio
import ctypes
import errno
import json
import os
import socket
import sys
import threading
import time

CLONE_NEWNET = 0x40000000
PORT_TAKEN = 75
MOST_CONNECTIONS = 512
HOLD = 5  # seconds, for a project that starts again
RETRY = 0.1
LOOK_AGAIN = 0.5
IDLE = 900
WARM_UP = 10
ANSWER_LIMIT = 5
# Established, being accepted, closed by the client alone, and closed with data on its way.
BUSY = {"01", "03", "08", "04", "09"}
NOBODY = (b"HTTP/1.1 502 Bad Gateway\r\nContent-Type: text/plain\r\nContent-Length: 37\r\n"
          b"Connection: close\r\n\r\nThe service does not answer just now\n")
libc = ctypes.CDLL(None, use_errno=True)


def pid_of(container):
    """A process of the container; None where it does not run."""
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/cgroup", encoding="utf-8", errors="replace") as file:
                if container in file.read():
                    return int(pid)
        except OSError:
            continue
    return None


def same_network(descriptor):
    ours, theirs = os.stat("/proc/self/ns/net"), os.fstat(descriptor)
    return (ours.st_dev, ours.st_ino) == (theirs.st_dev, theirs.st_ino)


def open_network(container):
    """(pid, descriptor of its network); None where it does not run."""
    pid = pid_of(container)
    if pid is None:
        return None
    try:
        network = os.open(f"/proc/{pid}/ns/net", os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    # The number may have become another process's between the two looks.
    if pid_of(container) is None or same_network(network):
        os.close(network)
        return None
    return pid, network


def connect(network, port):
    """A socket of that network; None where nothing listens. A thread that has entered never comes back."""
    found = []

    def enter():
        if libc.setns(network, CLONE_NEWNET) != 0:
            return
        for host in ("127.0.0.1", "::1"):
            try:
                found.append(socket.create_connection((host, port), 1))
                return
            except OSError:
                continue
    thread = threading.Thread(target=enter)
    thread.start()
    thread.join()
    return found[0] if found else None


class Aim:
    """What the connections are led to, as the file says now."""

    def __init__(self, path):
        self.path, self.seen, self.target, self.network = path, None, None, None
        self.look_again = 0

    def forget(self):
        if self.network is not None:
            os.close(self.network)
        self.network = None

    def reread(self):
        try:
            status = os.stat(self.path)
            # The engine sets the time of modification itself, and a new file may get the number of the old one.
            mark = (status.st_ino, status.st_ctime_ns, status.st_size)
            if mark == self.seen:
                return
            with open(self.path, encoding="utf-8") as file:
                target = json.load(file)
            self.target = str(target["id"]), int(target["port"])
        except (OSError, ValueError, KeyError, TypeError):
            return  # what was known goes on until the file is whole
        self.seen, self.look_again = mark, 0
        self.forget()

    def connect(self):
        self.reread()
        if self.target is None:
            return None
        container, port = self.target
        if self.network is not None:
            end = connect(self.network, port)
            if end is not None:
                return end
        # It ended, or started again in another network.
        if time.monotonic() < self.look_again:
            return None
        self.look_again = time.monotonic() + LOOK_AGAIN
        found = open_network(container)
        if found is None:
            return None
        self.forget()
        self.network = found[1]
        return connect(self.network, port)


async def copy(reader, writer):
    try:
        while data := await asyncio.wait_for(reader.read(65536), IDLE):
            writer.write(data)
            await writer.drain()
        if writer.can_write_eof():
            writer.write_eof()
    except (OSError, asyncio.TimeoutError):
        writer.transport.abort()


async def lead(aim, turn, client_reader, client_writer):
    since, end = time.monotonic(), None
    while end is None and time.monotonic() - since < HOLD:
        async with turn:
            end = await asyncio.to_thread(aim.connect)
        if end is None:
            await asyncio.sleep(RETRY)
    if end is None:
        client_writer.write(NOBODY)
        await client_writer.drain()
        return
    reader, writer = await asyncio.open_connection(sock=end)
    try:
        await asyncio.gather(copy(client_reader, writer), copy(reader, client_writer))
    finally:
        writer.close()


async def serve():
    aim, turn, count = Aim("/state/target.json"), asyncio.Lock(), 0

    async def accept(reader, writer):
        nonlocal count
        if count >= MOST_CONNECTIONS:
            writer.transport.abort()
            return
        count += 1
        try:
            await lead(aim, turn, reader, writer)
        except OSError:
            pass  # the client's own end
        finally:
            count -= 1
            writer.close()
    server = await asyncio.start_server(accept, "0.0.0.0", 8080, backlog=256)
    print("open", flush=True)
    await server.serve_forever()


def sockets(pid):
    """(its own port, state) of each TCP socket in the network of the process."""
    for name in ("tcp", "tcp6"):
        try:
            with open(f"/proc/{pid}/net/{name}", encoding="ascii") as file:
                rows = [line.split() for line in file.readlines()[1:]]
        except OSError:
            continue
        yield from ((int(row[1].rsplit(":", 1)[1], 16), row[3]) for row in rows)


def listening_ports(pid):
    return sorted({port for port, state in sockets(pid) if state == "0A"})


def drain(container, port, seconds):
    until, pid = time.monotonic() + seconds, pid_of(container)
    while pid is not None and time.monotonic() < until:
        if not any(own == port and state in BUSY for own, state in sockets(pid)):
            return
        time.sleep(RETRY)


def ask(end, path, port):
    """(status, None), or (0, what it did instead)."""
    with end:
        end.settimeout(ANSWER_LIMIT)
        text = b""
        try:
            end.sendall(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUser-Agent: orchestrator-health\r\n"
                        "Accept: */*\r\nConnection: close\r\n\r\n".encode())
            until = time.monotonic() + ANSWER_LIMIT
            while len(text) < 12 and time.monotonic() < until:
                data = end.recv(512)
                if not data:
                    break
                text += data
        except OSError:
            pass
    if text.startswith(b"HTTP/1.") and text[9:12].isdigit():
        return int(text[9:12]), None
    return 0, (f"answered GET {path} with something that is not HTTP" if text
               else f"gave no answer to GET {path} within {ANSWER_LIMIT} s")


def look(container, port, path, seconds):
    """Until it answers, or there is nothing more to wait for. Whether it still runs, who called us watches."""
    begun, wrong_since, seen, network = time.monotonic(), None, {"answered": False}, None
    pause = 0.02
    while True:
        if network is None:
            network = open_network(container)
        end = connect(network[1], port) if network else None
        if end is not None:
            status, instead = ask(end, path, port)
            if status // 100 == 2:
                return {"answered": True}
            seen["bad_answer"] = instead or f"answered GET {path} with {status}"
            wrong_since = wrong_since or time.monotonic()
        elif network:
            seen["elsewhere"] = listening_ports(network[0])
            wrong_since = (wrong_since or time.monotonic()) if seen["elsewhere"] else None
        now = time.monotonic()
        if now - begun >= seconds or (wrong_since and now - wrong_since >= WARM_UP):
            return seen
        time.sleep(pause)
        pause = min(2 * pause, 0.5)


def free(address, port):
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as end:
        end.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            end.bind((address, port))
            end.listen()
        except OSError as error:
            return PORT_TAKEN if error.errno == errno.EADDRINUSE else 1
    return 0


def main(words):
    match words:
        case ["serve"]:
            asyncio.run(serve())
        case ["look", container, port, path, seconds]:
            print(json.dumps(look(container, int(port), path, int(seconds))), flush=True)
        case ["drain", container, port, seconds]:
            drain(container, int(port), int(seconds))
        case ["free", address, port]:
            return free(address, int(port))
        case _:
            print(__doc__, file=sys.stderr)
            return 64
    return 0


sys.exit(main(sys.argv[1:]))
