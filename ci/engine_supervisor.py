"""One engine from the inside: its place on disk, and the process that owns its dockerd."""

import contextlib
import ctypes
import fcntl
import hashlib
import http.client
import json
import os
import pathlib
import select
import shutil
import signal
import socket
import struct
import subprocess
import time

START_LIMIT = 90.0
STOP_LIMIT = 15.0
CLONE_NEWNS, CLONE_NEWNET = 0x00020000, 0x40000000
MS_REC, MS_SLAVE, MNT_DETACH = 0x4000, 0x80000, 2
PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36
SIOCSIFFLAGS, IFF_UP = 0x8914, 1

libc = ctypes.CDLL(None, use_errno=True)


def checked(result, what):
    if result < 0:
        error = ctypes.get_errno()
        raise OSError(error, f"{what}: {os.strerror(error)}")


class UnixConnection(http.client.HTTPConnection):
    def __init__(self, path, timeout):
        super().__init__("localhost", timeout=timeout)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self.path))


def ask(path, method, target, timeout=20.0):
    """(status, body), or None where nobody answers."""
    connection = UnixConnection(path, timeout)
    try:
        connection.request(method, target)
        response = connection.getresponse()
        return response.status, response.read()
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()


def answers(path):
    return ask(path, "GET", "/_ping", timeout=5.0) == (200, b"OK")


def wait_until(condition, limit):
    deadline = time.monotonic() + limit
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


class Place:
    """The files of one engine, all below its directory."""

    def __init__(self, directory):
        self.directory = pathlib.Path(directory).resolve()
        self.socket = self.directory / "docker.sock"
        self.pid_file = self.directory / "pid"
        self.supervisor_file = self.directory / "supervisor.pid"
        self.log = self.directory / "engine.log"
        self.tag = "orch-" + hashlib.sha256(str(self.directory).encode()).hexdigest()[:8]

    def supervisor(self):
        """The supervisor's pid while it lives: it holds a lock on its file."""
        with contextlib.suppress(OSError, ValueError), open(self.supervisor_file) as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return int(file.read())
        return None

    def dockerd(self):
        with contextlib.suppress(OSError, ValueError):
            pid = int(self.pid_file.read_text())
            if b"dockerd" in pathlib.Path(f"/proc/{pid}/cmdline").read_bytes():
                return pid
        return None

    def log_tail(self):
        with contextlib.suppress(OSError):
            return "".join(self.log.read_text(errors="replace").splitlines(True)[-15:])
        return ""


def descendants(root):
    children = {}
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            with contextlib.suppress(OSError):
                stat = pathlib.Path(f"/proc/{entry}/stat").read_text()
                children.setdefault(int(stat.rsplit(")", 1)[1].split()[1]), []).append(int(entry))
    found, queue = [], [root]
    while queue:
        below = children.get(queue.pop(), [])
        found += below
        queue += below
    return found


def reap():
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def bring_loopback_up():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        fcntl.ioctl(sock, SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", IFF_UP))


class Uplink:
    """A veth pair out of the engine's network namespace, and the NAT that carries it."""

    def __init__(self, tag, host_namespace):
        self.tag = tag
        self.host = f"/proc/{os.getpid()}/fd/{host_namespace}"
        self.link = tag.replace("orch-", "oe")
        third = int(tag[-4:-2], 16)
        fourth = int(tag[-2:], 16) & 0xFC
        self.forwarding_before = "1"
        self.net, self.outer, self.inner = (f"10.213.{third}.{fourth + i}" for i in range(3))
        note = ["-m", "comment", "--comment", tag]
        self.rules = [
            ["nat", "POSTROUTING", "-s", f"{self.net}/30", "-j", "MASQUERADE", *note],
            ["filter", "FORWARD", "-i", f"{self.link}h", "-j", "ACCEPT", *note],
            ["filter", "FORWARD", "-o", f"{self.link}h", "-j", "ACCEPT", *note],
        ]

    def on_host(self, *argv, check=True):
        return subprocess.run(["nsenter", f"--net={self.host}", *argv], check=check, text=True,
                              stdout=subprocess.PIPE,
                              stderr=None if check else subprocess.DEVNULL).stdout

    def raise_up(self):
        self.take_down()
        outer, inner = f"{self.link}h", f"{self.link}c"
        pid = str(os.getpid())
        self.on_host("ip", "link", "add", outer, "type", "veth",
                     "peer", "name", inner, "netns", pid)
        self.on_host("ip", "addr", "add", f"{self.outer}/30", "dev", outer)
        self.on_host("ip", "link", "set", outer, "up")
        subprocess.run(["ip", "addr", "add", f"{self.inner}/30", "dev", inner], check=True)
        subprocess.run(["ip", "link", "set", inner, "up"], check=True)
        subprocess.run(["ip", "route", "add", "default", "via", self.outer], check=True)
        self.forwarding_before = self.on_host("sysctl", "-n", "net.ipv4.ip_forward")
        self.on_host("sysctl", "-qw", "net.ipv4.ip_forward=1")
        for table, chain, *rule in self.rules:
            self.on_host("iptables", "-w", "-t", table, "-I", chain, *rule)

    def take_down(self):
        for table, chain, *rule in self.rules:
            self.on_host("iptables", "-w", "-t", table, "-D", chain, *rule, check=False)
        self.on_host("ip", "link", "del", f"{self.link}h", check=False)
        if self.forwarding_before.strip() == "0" and not self.others():
            self.on_host("sysctl", "-qw", "net.ipv4.ip_forward=0")

    def others(self):
        rules = self.on_host("iptables", "-w", "-t", "nat", "-S", "POSTROUTING")
        return "--comment orch-" in rules


class Supervisor:
    """Owns one dockerd and all that descends from it, until told to end or its owner is gone."""

    def __init__(self, place, options):
        self.place = place
        self.process = None
        self.owner = os.pidfd_open(options.owner) if options.owner else None
        self.uplink = None
        self.wants_uplink = options.uplink
        self.program = options.dockerd
        self.environment = dict(os.environ)
        if options.min_api:
            self.environment["DOCKER_MIN_API_VERSION"] = options.min_api

    def enter_namespaces(self):
        host_network = os.open("/proc/self/ns/net", os.O_RDONLY)
        checked(libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0), "subreaper")
        checked(libc.unshare(CLONE_NEWNS | CLONE_NEWNET), "unshare")
        checked(libc.mount(None, b"/", None, MS_REC | MS_SLAVE, None), "mount propagation")
        # containerd's shims keep their sockets at a fixed path, and a system containerd's socket
        # there would be used instead of our own.
        os.makedirs("/run/containerd", exist_ok=True)
        checked(libc.mount(b"tmpfs", b"/run/containerd", b"tmpfs", 0, b"mode=0711"), "tmpfs")
        bring_loopback_up()
        if self.wants_uplink:
            self.uplink = Uplink(self.place.tag, host_network)
            self.uplink.raise_up()

    def start_dockerd(self):
        directory = self.place.directory
        (directory / "daemon.json").write_text("{}\n")
        self.process = subprocess.Popen(
            [self.program, "--config-file", directory / "daemon.json",
             "--data-root", directory / "root", "--exec-root", directory / "exec",
             "--pidfile", self.place.pid_file, "-H", f"unix://{self.place.socket}",
             "--live-restore=true", "--exec-opt", "native.cgroupdriver=cgroupfs",
             "--cgroup-parent", f"/{self.place.tag}", "--log-level", "warn"],
            stdin=subprocess.DEVNULL, env=self.environment,
            preexec_fn=lambda: libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0))

    def run(self):
        signals = self.catch_signals()
        self.enter_namespaces()
        self.start_dockerd()
        try:
            if not wait_until(lambda: self.process.poll() is not None or answers(self.place.socket),
                              START_LIMIT) or self.process.poll() is not None:
                print("dockerd did not come up", flush=True)
                return 1
            self.watch(signals)
            return 0
        finally:
            self.tear_down()

    @staticmethod
    def catch_signals():
        reader, writer = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD):
            signal.signal(number, lambda *_: None)
        signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
        return reader

    def watch(self, signals):
        poll = select.poll()
        poll.register(signals, select.POLLIN)
        if self.owner is not None:
            poll.register(self.owner, select.POLLIN)
        while True:
            ready = [fd for fd, _ in poll.poll()]
            if self.owner in ready:
                return
            caught = os.read(signals, 64) if signals in ready else b""
            if signal.SIGTERM in caught or signal.SIGINT in caught:
                return
            ended = self.process.poll() is not None
            reap()
            if signal.SIGHUP in caught and ended:
                self.start_dockerd()

    def tear_down(self):
        self.remove_containers()
        if self.process.poll() is None:
            self.process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(STOP_LIMIT)
        self.kill_descendants()
        self.unmount()
        self.remove_cgroups()
        if self.uplink:
            self.uplink.take_down()
        for path in (self.place.socket, self.place.pid_file, self.place.directory / "daemon.json"):
            path.unlink(missing_ok=True)
        shutil.rmtree(self.place.directory / "exec", ignore_errors=True)
        self.place.supervisor_file.unlink(missing_ok=True)

    def remove_containers(self):
        listed = ask(self.place.socket, "GET", "/containers/json?all=1")
        for container in json.loads(listed[1]) if listed and listed[0] == 200 else []:
            ask(self.place.socket, "DELETE", f"/containers/{container['Id']}?force=1&v=1")

    @staticmethod
    def kill_descendants():
        def none_left():
            for pid in descendants(os.getpid()):
                with contextlib.suppress(OSError):
                    os.kill(pid, signal.SIGKILL)
            reap()
            return not descendants(os.getpid())
        wait_until(none_left, STOP_LIMIT)

    def unmount(self):
        below = str(self.place.directory) + "/"
        lines = pathlib.Path("/proc/self/mountinfo").read_text().splitlines()
        for point in reversed([line.split()[4] for line in lines]):
            if point.startswith(below):
                libc.umount2(point.encode(), MNT_DETACH)

    def remove_cgroups(self):
        for top in [pathlib.Path("/sys/fs/cgroup"), *pathlib.Path("/sys/fs/cgroup").glob("*/")]:
            for folder, _, _ in os.walk(top / self.place.tag, topdown=False):
                with contextlib.suppress(OSError):
                    os.rmdir(folder)


def supervise(place, options):
    file = open(place.supervisor_file, "a+")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return 0
    file.truncate(0)
    file.write(str(os.getpid()))
    file.flush()
    return Supervisor(place, options).run()
