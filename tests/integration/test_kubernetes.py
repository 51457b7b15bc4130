"""Workers in a real cluster: the daemon with its own account, a pod that does a task, and what the cluster refuses.

The cluster is the one whose directory ORCH_TEST_KUBERNETES names (`ci/kubernetes up`).
"""

import copy
import json
import os
import pathlib
import re
import shutil
import ssl
import subprocess
import sys
import tarfile
import tempfile
import time
import unittest
import urllib.error
import urllib.request
import uuid

sys.dont_write_bytecode = True
ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests/support"))
from daemon import PROGRAMS, Daemon

CLUSTER = os.environ.get("ORCH_TEST_KUBERNETES", "")
MANIFESTS = ROOT / "ci/kubernetes.d/manifests"
NAMESPACE = "orchestrator-workers"
IMAGE = "orch-test-busybox:1"
PATIENCE = 90
# Things that a worker's agent looks for and must not find. Each line is one check.
PROBE = """
set -e
test "$(id -u)" != 0
grep -q "^CapEff:.0000000000000000$" /proc/self/status
grep -q "^NoNewPrivs:.1$" /proc/self/status
test "$(env | grep -c KUBERNETES)" = 0
test ! -e /var/run/secrets/kubernetes.io
for place in / /etc /.worker /.worker/bin /.worker/run; do ! touch $place/x 2>/dev/null; done
! ls /.worker/control 2>/dev/null
! ls /.worker/state 2>/dev/null
! cat /proc/1/environ 2>/dev/null
! kill -9 1 2>/dev/null
test ! -s /etc/resolv.conf || ! grep -v 127.0.0.1 /etc/resolv.conf | grep -q nameserver
"""


def kubectl(*arguments, check=True, text=None):
    return subprocess.run([ROOT / "ci/kubernetes", "kubectl", CLUSTER, *arguments], input=text, check=check,
                          capture_output=True, text=True)


class Api:
    """The API server, asked as whoever holds the token."""

    def __init__(self, token):
        config = pathlib.Path(CLUSTER, "admin.kubeconfig").read_text()
        self.server = re.search(r'server: "([^"]*)"', config).group(1)
        self.context = ssl.create_default_context(cafile=re.search(r'authority: "([^"]*)"', config).group(1))
        self.token = token

    def post(self, path, body):
        request = urllib.request.Request(self.server + path, json.dumps(body).encode(), method="POST",
                                         headers={"Authorization": f"Bearer {self.token}",
                                                  "Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE, context=self.context) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as refused:
            return refused.code, json.load(refused)

    def may(self, verb, what, namespace):
        resource, _, name = what.partition(":")
        group, _, resource = resource.rpartition("/")
        resource, _, below = resource.partition(".")
        status, review = self.post("/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", {
            "apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectAccessReview",
            "spec": {"resourceAttributes": {"namespace": namespace, "verb": verb, "group": group,
                                            "resource": resource, "subresource": below, "name": name}}})
        assert status == 201, review
        return review["status"]["allowed"]


def eventually(what, condition):
    limit = time.monotonic() + PATIENCE
    while not (found := condition()):
        if time.monotonic() > limit:
            raise AssertionError(f"{what} did not happen within {PATIENCE} s")
        time.sleep(0.1)
    return found


def busybox_root(place):
    path = pathlib.Path(place) / "root.tar"
    with tarfile.open(path, "w") as archive:
        archive.add(shutil.which("busybox", path="/bin:/usr/bin"), "bin/busybox")
        for name in ("sh", "id", "grep", "env", "test", "touch", "ls", "cat", "kill"):
            link = tarfile.TarInfo(f"bin/{name}")
            link.type, link.linkname = tarfile.SYMTYPE, "busybox"
            archive.addfile(link)
    return path


@unittest.skipUnless(CLUSTER or os.environ.get("ORCH_REQUIRE_KUBERNETES") == "1",
                     "no Kubernetes: ORCH_TEST_KUBERNETES is not set")
class KubernetesTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.place = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.place.cleanup)
        os.chmod(cls.place.name, 0o711)
        for manifest in sorted(MANIFESTS.glob("[123]*.yaml")):
            text = manifest.read_text().replace("/var/lib/orchestrator/", f"{pathlib.Path(cls.place.name).parent}/")
            kubectl("apply", "-f", "-", text=text)
        subprocess.run([ROOT / "ci/kubernetes", "image", CLUSTER, IMAGE, busybox_root(cls.place.name)], check=True)
        cls.kubeconfig = pathlib.Path(cls.place.name) / "kubeconfig"
        config = pathlib.Path(CLUSTER, "admin.kubeconfig").read_text()
        token = kubectl("create", "token", "orchestratord", "-n", "orchestrator").stdout.strip()
        cls.api = Api(token)
        cls.kubeconfig.write_text(config.replace("admintoken", token))

    def settings(self, **more):
        programs = pathlib.Path(self.place.name) / "bin"
        if not programs.exists():
            shutil.copytree(ROOT / "build/release/bin", programs)
        return {"RUNTIME": "kubernetes", "KUBECONFIG": str(self.kubeconfig), "KUBERNETES_NODE": "n1",
                "KUBERNETES_WORKER_IMAGE": IMAGE, "WORKER_BIN_DIR": str(programs), "WORKER_FIRST_UID": "230000",
                "WORKER_CPU_PERCENT": "100", **more}

    def redis(self, *words):
        url = self.daemon.facts["REDIS_URL"].removeprefix("unix://")
        login, path = url.split("@", 1)
        user, password = login.split(":", 1)
        answer = subprocess.run(["redis-cli", "-s", path, "--user", user or "default", "--pass", password,
                                 "--no-auth-warning", "--json", *words], capture_output=True, text=True, check=True)
        return json.loads(answer.stdout)

    def send(self, stream, **message):
        message = {"request_id": str(uuid.uuid4()), "correlation_id": str(uuid.uuid4()),
                   "timestamp": "2026-01-02T03:04:05Z", "version": "1", **message}
        self.redis("XADD", stream, "*", "data", json.dumps(message))
        return message["request_id"]

    def answer(self, stream, request):
        def found():
            entries = self.redis("XRANGE", stream, "-", "+")
            messages = [json.loads(dict(zip(fields[::2], fields[1::2]))["data"]) for _, fields in entries]
            return next((one for one in messages if one.get("request_id") == request), None)
        return eventually(f"an answer on {stream}", found)

    def test_a_worker_in_a_pod_does_a_task(self):
        self.daemon = Daemon(pathlib.Path(self.place.name) / "data", "workers", **self.settings())
        self.addCleanup(self.daemon.stop)
        created = self.answer("worker:responses:developer", self.send(
            "worker:commands", command="create", context={},
            config={"name": "developer", "worker_type": "developer", "agent_type": "custom",
                    "instructions": "Be brief.", "allowed_commands": [], "capabilities": [],
                    "env_vars": {"AGENT_COMMAND": f"/bin/sh -c '{PROBE}'", "AGENT_VERDICT": "exit_code"}}))
        self.assertTrue(created["success"], created)
        worker = created["worker_id"]
        pods = json.loads(kubectl("get", "pods", "-n", NAMESPACE, "-o", "json").stdout)["items"]
        pod = next(one for one in pods if one["metadata"]["annotations"]["codegen-orchestrator/worker"] == worker)
        self.assertEqual(pod["status"]["phase"], "Running")
        output = self.answer("worker:developer:output", self.send(
            f"worker:developer:{worker}:input", task_id="t", project_id="p", prompt="Do it.", timeout=60))
        self.assertEqual(output["status"], "success", output)

        # A pod that somebody deletes counts as a worker that has ended.
        kubectl("delete", "pod", pod["metadata"]["name"], "-n", NAMESPACE, "--wait=false", "--grace-period=1")
        deleted = self.answer("worker:responses:developer",
                              self.send("worker:commands", command="delete", worker_id=worker))
        self.assertTrue(deleted["success"], deleted)
        eventually("the pod's removal", lambda: worker not in kubectl("get", "pods", "-n", NAMESPACE, "-o",
                                                                      "json").stdout)

    def test_the_account_may_do_what_it_needs_and_no_more(self):
        policies = "networking.k8s.io/networkpolicies"
        may = [("create", "pods"), ("get", "pods"), ("list", "pods"), ("watch", "pods"), ("patch", "pods"),
               ("delete", "pods"), ("get", "pods.log"), ("list", "events"),
               ("get", f"{policies}:codegen-orchestrator-workers")]
        may_not = [("create", "pods.exec"), ("patch", "pods.ephemeralcontainers"), ("deletecollection", "pods"),
                   ("get", policies), ("update", policies), ("delete", policies), ("get", "secrets"),
                   ("list", "secrets"), ("create", "serviceaccounts.token"), ("get", "nodes.proxy"),
                   ("create", "rbac.authorization.k8s.io/rolebindings"), ("create", "batch/jobs"),
                   ("update", "namespaces")]
        for verb, what in may + may_not:
            with self.subTest(verb=verb, what=what):
                self.assertEqual(self.api.may(verb, what, NAMESPACE), (verb, what) in may)
        for namespace in ("default", "kube-system", "orchestrator"):
            self.assertFalse(self.api.may("create", "pods", namespace))

    def test_the_cluster_refuses_a_pod_that_breaks_a_wall(self):
        inside = f"{pathlib.Path(self.place.name).parent}/somewhere"
        container = {"name": "worker", "image": IMAGE, "resources": {"limits": {"memory": "64Mi", "cpu": "100m"}},
                     "securityContext": {"allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True,
                                         "seccompProfile": {"type": "RuntimeDefault"},
                                         "capabilities": {"drop": ["ALL"], "add": ["SETUID", "SETGID", "KILL"]}}}
        sound = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "probe", "namespace": NAMESPACE},
                 "spec": {"automountServiceAccountToken": False, "containers": [container],
                          "volumes": [{"name": "v", "hostPath": {"path": inside}}]}}

        def ask(pod):
            return self.api.post(f"/api/v1/namespaces/{NAMESPACE}/pods?dryRun=All", pod)

        self.assertEqual(ask(sound)[0], 201, ask(sound))
        breaches = {
            "hostNetwork": ("spec", "hostNetwork", True), "hostPID": ("spec", "hostPID", True),
            "hostIPC": ("spec", "hostIPC", True), "a token": ("spec", "automountServiceAccountToken", True),
            "shared processes": ("spec", "shareProcessNamespace", True),
            "a second container": ("spec", "containers", [container, dict(container, name="other")]),
            "an init container": ("spec", "initContainers", [dict(container, name="first")]),
            "the node's root": ("spec", "volumes", [{"name": "v", "hostPath": {"path": "/"}}]),
            "the runtime's socket": ("spec", "volumes", [{"name": "v", "hostPath": {"path": "/run/containerd"}}]),
            "a way up": ("spec", "volumes", [{"name": "v", "hostPath": {"path": f"{inside}/../../etc"}}]),
            "a secret": ("spec", "volumes", [{"name": "v", "secret": {"secretName": "s"}}]),
            "privileged": ("security", "privileged", True),
            "a writable root": ("security", "readOnlyRootFilesystem", False),
            "escalation": ("security", "allowPrivilegeEscalation", True),
            "no seccomp": ("security", "seccompProfile", {"type": "Unconfined"}),
            "SYS_ADMIN": ("security", "capabilities", {"drop": ["ALL"], "add": ["SYS_ADMIN"]}),
            "all capabilities": ("security", "capabilities", {"add": ["SETUID"]}),
            "no limits": ("container", "resources", {}),
            "a port of the node": ("container", "ports", [{"containerPort": 80, "hostPort": 80}]),
        }
        for name, (where, key, value) in breaches.items():
            with self.subTest(name):
                pod = copy.deepcopy(sound)
                target = {"spec": pod["spec"], "container": pod["spec"]["containers"][0],
                          "security": pod["spec"]["containers"][0]["securityContext"]}[where]
                target[key] = value
                status, said = ask(pod)
                self.assertIn(status, (403, 422), said)
                # The API server itself rejects some of these, whatever the policy says.
                self.assertRegex(said["message"], "codegen-orchestrator-workers|is invalid")

    def test_a_daemon_that_cannot_use_the_cluster_says_why(self):
        def start(roles="workers", **more):
            with tempfile.TemporaryDirectory(dir=self.place.name) as data:
                return subprocess.run([PROGRAMS / "orchestratord", "serve"], check=False, capture_output=True, text=True,
                                      timeout=60, env=dict(os.environ, DATA_DIR=data, LISTEN="127.0.0.1:0",
                                                           ROLES=roles, **self.settings(**more)))
        wrong = pathlib.Path(self.place.name) / "wrong"
        wrong.write_text(self.kubeconfig.read_text().replace("token: \"", "token: \"x"))
        for words, ended in (("KUBERNETES_NODE", start(KUBERNETES_NODE="")),
                             ("KUBERNETES_WORKER_IMAGE", start(KUBERNETES_WORKER_IMAGE="")),
                             ("renew the credentials", start(KUBECONFIG=str(wrong))),
                             ("right of the daemon's account", start(KUBERNETES_NAMESPACE="default")),
                             ("leave deployer out of ROLES", start(roles="workers,deployer"))):
            with self.subTest(words):
                self.assertNotEqual(ended.returncode, 0)
                self.assertIn(words, ended.stderr)


if __name__ == "__main__":
    unittest.main()
