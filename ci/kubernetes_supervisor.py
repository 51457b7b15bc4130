"""One cluster from the inside: its place on disk, the process that owns it, and its parts in their order."""

import contextlib
import fcntl
import hashlib
import os
import pathlib
import select
import shutil
import signal
import socket
import ssl
import subprocess
import urllib.request

from engine_supervisor import (PR_SET_PDEATHSIG, STOP_LIMIT, bring_loopback_up, checked, libc,
                               wait_until)
from kubernetes_images import import_pause

START_LIMIT = 120.0
TOKEN = "admintoken"
NODE = "n1"
PAUSE = "docker.io/local/pause:1"
API = 16443
CNI = "/usr/lib/cni"

CONTAINERD = """version = 2
root = "{d}/containerd"
state = "{d}/run/containerd"
[grpc]
address = "{d}/run/ctd.sock"
[plugins."io.containerd.grpc.v1.cri"]
sandbox_image = "{pause}"
disable_tcp_service = true
restrict_oom_score_adj = true
[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
runtime_type = "io.containerd.runc.v2"
[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
SystemdCgroup = false
[plugins."io.containerd.grpc.v1.cri".cni]
bin_dir = "{cni}"
conf_dir = "{d}/net.d"
"""

NETWORK = """{{"cniVersion": "0.4.0", "name": "pods", "plugins": [
 {{"type": "bridge", "bridge": "pods0", "isGateway": true,
  "ipam": {{"type": "host-local", "dataDir": "{d}/run/ipam", "ranges": [[{{"subnet": "10.244.7.0/24"}}]],
           "routes": [{{"dst": "0.0.0.0/0"}}]}}}}]}}
"""

KUBELET = """apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
address: {inner}
authentication: {{anonymous: {{enabled: true}}, webhook: {{enabled: false}}}}
authorization: {{mode: AlwaysAllow}}
cgroupDriver: cgroupfs
cgroupRoot: /{tag}
failSwapOn: false
containerRuntimeEndpoint: unix://{d}/run/ctd.sock
enforceNodeAllocatable: []
evictionHard: {{memory.available: "0%", nodefs.available: "0%", nodefs.inodesFree: "0%", imagefs.available: "0%"}}
makeIPTablesUtilChains: false
resolvConf: ""
podLogsDir: {d}/logs/pods
podPidsLimit: 512
containerLogMaxSize: 64Mi
"""

KUBECONFIG = """apiVersion: v1
kind: Config
current-context: c
clusters: [{{name: c, cluster: {{server: "https://{inner}:{port}", certificate-authority: "{d}/pki/apiserver.crt"}}}}]
users: [{{name: u, user: {{token: "{token}"}}}}]
contexts: [{{name: c, context: {{cluster: c, user: u}}}}]
"""


class Cluster:
    """The files of one cluster, all below its directory, and its addresses."""

    def __init__(self, directory, program):
        self.directory = pathlib.Path(directory).resolve()
        self.program = program
        self.tool = self.directory / "kube"  # found also by those who do not know where it was built
        self.kubeconfig = self.directory / "admin.kubeconfig"
        self.containerd_socket = self.directory / "run/ctd.sock"
        self.ready_file = self.directory / "run/ready"
        self.supervisor_file = self.directory / "supervisor.pid"
        self.log = self.directory / "cluster.log"
        digest = hashlib.sha256(str(self.directory).encode()).hexdigest()
        self.tag = f"orch-kube-{digest[:6]}"
        self.link = f"ok{digest[:6]}"
        self.outer, self.inner = (f"10.214.{int(digest[:2], 16)}.{(int(digest[2:4], 16) & 0xFC) + i}"
                                  for i in (1, 2))
        self.parts = []

    def supervisor(self):
        """The supervisor's pid while it lives: it holds a lock on its file."""
        with contextlib.suppress(OSError, ValueError), open(self.supervisor_file) as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return int(file.read())
        return None

    def answers(self):
        return self.ready_file.exists() and self.supervisor() is not None

    def log_tail(self):
        with contextlib.suppress(OSError):
            return "".join(self.log.read_text(errors="replace").splitlines(True)[-15:])
        return ""

    def ask(self, path):
        """The API server's answer, or None."""
        request = urllib.request.Request(f"https://{self.inner}:{API}{path}",
                                         headers={"Authorization": f"Bearer {TOKEN}"})
        with contextlib.suppress(OSError, ssl.SSLError):
            context = ssl.create_default_context(cafile=str(self.directory / "pki/apiserver.crt"))
            with urllib.request.urlopen(request, timeout=5, context=context) as answer:
                return answer.read()
        return None

    def write_files(self):
        values = {"d": self.directory, "inner": self.inner, "tag": self.tag, "cni": CNI,
                  "pause": PAUSE, "port": API}
        for folder in ("run", "pki", "logs/pods", "net.d", "log"):
            (self.directory / folder).mkdir(parents=True, exist_ok=True)
        (self.directory / "containerd.toml").write_text(CONTAINERD.format(**values))
        (self.directory / "net.d/pods.conflist").write_text(NETWORK.format(**values))
        (self.directory / "kubelet.yaml").write_text(KUBELET.format(**values))
        self.kubeconfig.write_text(KUBECONFIG.format(token=TOKEN, **values))
        (self.directory / "node.kubeconfig").write_text(KUBECONFIG.format(token="nodetoken", **values))
        self.kubeconfig.chmod(0o600)
        (self.directory / "tokens.csv").write_text(
            f'{TOKEN},admin,admin,"system:masters"\nnodetoken,system:node:{NODE},{NODE},"system:nodes"\n')
        key = self.directory / "sa.key"
        if not key.exists():
            subprocess.run(["openssl", "genrsa", "-out", key, "2048"], check=True, stderr=subprocess.DEVNULL)
            subprocess.run(["openssl", "rsa", "-in", key, "-pubout", "-out", key.with_suffix(".pub")],
                           check=True, stderr=subprocess.DEVNULL)

    def start(self, name, *argv):
        log = open(self.directory / "log" / f"{name}.log", "wb")
        self.parts.append(subprocess.Popen([str(word) for word in argv], stdin=subprocess.DEVNULL,
                                           stdout=log, stderr=log, cwd=self.directory))

    def start_storage(self):
        client, peer = "http://127.0.0.1:12379", "http://127.0.0.1:12380"
        self.start("etcd", self.program, "etcd", "--data-dir", "etcd", "--unsafe-no-fsync",
                   "--listen-client-urls", client, "--advertise-client-urls", client,
                   "--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer,
                   "--initial-cluster", f"default={peer}")
        self.start("containerd", "containerd", "-c", self.directory / "containerd.toml")

    def start_api(self):
        issuer = "https://kubernetes.default.svc"
        self.start("apiserver", self.program, "apiserver", "--etcd-servers=http://127.0.0.1:12379",
                   f"--bind-address={self.inner}", f"--advertise-address={self.inner}",
                   f"--secure-port={API}", "--cert-dir=pki", "--token-auth-file=tokens.csv",
                   f"--service-account-issuer={issuer}", "--service-account-key-file=sa.pub",
                   "--service-account-signing-key-file=sa.key", "--authorization-mode=Node,RBAC",
                   "--enable-admission-plugins=NodeRestriction", "--endpoint-reconciler-type=none",
                   "--service-cluster-ip-range=10.96.7.0/24",
                   "--kubelet-preferred-address-types=InternalIP", "--allow-privileged=true")

    def start_controllers(self):
        own = [f"--kubeconfig={self.kubeconfig}", "--leader-elect=false", "--bind-address=127.0.0.1",
               "--cert-dir=pki"]
        self.start("controller-manager", self.program, "controller-manager", *own, "--secure-port=20257",
                   "--service-account-private-key-file=sa.key", "--root-ca-file=pki/apiserver.crt")
        self.start("scheduler", self.program, "scheduler", *own, "--secure-port=20259")
        self.start("kubelet", self.program, "kubelet", "--config=kubelet.yaml",
                   "--kubeconfig=node.kubeconfig", f"--hostname-override={NODE}",
                   f"--node-ip={self.inner}", f"--root-dir={self.directory}/kubelet", "--cert-dir=pki")

    def hide_shared_paths(self):
        """Paths that these programs cannot be talked out of."""
        for path in ("/run/containerd", "/run/netns", "/var/lib/kubelet", "/var/log/containers"):
            os.makedirs(path, exist_ok=True)
            checked(libc.mount(b"tmpfs", path.encode(), b"tmpfs", 0, b"mode=0711"), "tmpfs")

    def node_is_ready(self):
        node = self.ask(f"/api/v1/nodes/{NODE}")
        account = self.ask("/api/v1/namespaces/default/serviceaccounts/default")
        return node is not None and account is not None and \
            b'"type":"Ready"' in node.replace(b" ", b"") and b'"status":"True","lastHeart' in node.replace(
                b" ", b"").replace(b"\n", b"")

    def run_inside(self):
        """As the first process of the cluster's namespaces: returns only when a part has ended."""
        self.hide_shared_paths()
        bring_loopback_up()
        wait_until(lambda: f"{self.link}c" in [name for _, name in socket.if_nameindex()], STOP_LIMIT)
        self.write_files()
        self.start_storage()
        self.start_api()
        wait_until(self.containerd_socket.exists, START_LIMIT)
        import_pause(self, PAUSE)
        if not wait_until(lambda: self.ask("/readyz") == b"ok", START_LIMIT):
            print("the API server did not come up", flush=True)
            return 1
        self.start_controllers()
        if not wait_until(self.node_is_ready, START_LIMIT):
            print("the node did not become ready", flush=True)
            return 1
        self.ready_file.touch()
        while True:
            pid, status = os.wait()
            for part in self.parts:
                if part.pid == pid:
                    print(f"{part.args[:2]} ended with {status}", flush=True)
                    return 1


class Supervisor:
    """Owns the namespaces of one cluster until it is told to end or its owner is gone."""

    def __init__(self, cluster, owner, script):
        self.cluster = cluster
        self.script = script
        self.owner = os.pidfd_open(owner) if owner else None

    def run(self):
        reader, writer = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGCHLD):
            signal.signal(number, lambda *_: None)
        signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
        self.cluster.ready_file.unlink(missing_ok=True)
        self.cluster.containerd_socket.unlink(missing_ok=True)
        self.make_cgroups()
        process = subprocess.Popen(
            ["unshare", "--mount", "--pid", "--net", "--fork", "--kill-child", "--mount-proc",
             "--propagation", "private", self.script, "inside", self.cluster.directory],
            stdin=subprocess.DEVNULL,
            preexec_fn=lambda: libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0))
        try:
            self.link(process.pid)
            self.watch(reader, process)
            return 0
        finally:
            process.kill()
            process.wait()
            self.tear_down()

    def link(self, pid):
        """A cable between this machine and the cluster's namespace: the only way in or out."""
        ours = os.readlink("/proc/self/ns/net")
        wait_until(lambda: os.readlink(f"/proc/{pid}/ns/net") != ours, STOP_LIMIT)
        cluster, inside = self.cluster, ["nsenter", "-n", "-t", str(pid)]
        outer, inner = f"{cluster.link}h", f"{cluster.link}c"
        subprocess.run(["ip", "link", "del", outer], check=False, stderr=subprocess.DEVNULL)
        for argv in (["ip", "link", "add", outer, "type", "veth", "peer", "name", inner, "netns", str(pid)],
                     ["ip", "addr", "add", f"{cluster.outer}/30", "dev", outer],
                     ["ip", "link", "set", outer, "up"],
                     [*inside, "ip", "addr", "add", f"{cluster.inner}/30", "dev", inner],
                     [*inside, "ip", "link", "set", inner, "up"],
                     [*inside, "ip", "route", "add", "default", "via", cluster.outer]):
            subprocess.run(argv, check=True)

    def watch(self, signals, process):
        poll = select.poll()
        poll.register(signals, select.POLLIN)
        if self.owner is not None:
            poll.register(self.owner, select.POLLIN)
        while process.poll() is None:
            ready = [fd for fd, _ in poll.poll()]
            caught = os.read(signals, 64) if signals in ready else b""
            if self.owner in ready or signal.SIGTERM in caught or signal.SIGINT in caught:
                return

    def controllers(self):
        tops = [pathlib.Path("/sys/fs/cgroup"), *pathlib.Path("/sys/fs/cgroup").glob("*/")]
        return [top / self.cluster.tag for top in tops
                if os.access(top, os.W_OK) and (top / "cgroup.procs").exists()]

    def make_cgroups(self):
        for folder in self.controllers():
            folder.mkdir(exist_ok=True)
            for name in ("cpuset.cpus", "cpuset.mems"):  # empty ones take no process
                with contextlib.suppress(OSError):
                    (folder / name).write_text((folder.parent / name).read_text())

    def tear_down(self):
        subprocess.run(["ip", "link", "del", f"{self.cluster.link}h"], check=False, stderr=subprocess.DEVNULL)

        def removed():
            for top in self.controllers():
                for folder, _, _ in os.walk(top, topdown=False):
                    with contextlib.suppress(OSError):
                        os.rmdir(folder)
            return not any(top.exists() for top in self.controllers())
        wait_until(removed, STOP_LIMIT)
        shutil.rmtree(self.cluster.directory / "run", ignore_errors=True)
        self.cluster.supervisor_file.unlink(missing_ok=True)


def supervise(cluster, owner, script):
    file = open(cluster.supervisor_file, "a+")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return 0
    file.truncate(0)
    file.write(str(os.getpid()))
    file.flush()
    return Supervisor(cluster, owner, script).run()
