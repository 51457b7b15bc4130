"""The model gateway beside LiteLLM's proxy: what each adds to a call, how many calls a core carries, and memory."""

import contextlib
import os
import re
import shutil
import statistics
import subprocess

from api import LOAD_CORE, SERVER_CORE, accepts, free_port
from report import Figure
from surroundings import ROOT, Failure, child, cpu_ns, directory, status_kib, wait_until

PROGRAM = ROOT / "build" / "bench" / "bin" / "bench_gateway"
LITELLM = ROOT / "build" / "bench" / "litellm" / "bin" / "litellm"
SECONDS = 2
ADDED_MS, TIMES_RATE, MEMORY_SHARE = 0.2, 100, 1 / 30
BODY = '{"model":"claude-bench","max_tokens":64,"messages":[{"role":"user","content":"' + "word " * 400 + '"}]}'


def load(url, key, clients, seconds=SECONDS):
    """The middle latency in ms and the number of answers, as wrk on a core of its own sees them."""
    with directory(ROOT / "build") as path:
        script = path / "post.lua"
        script.write_text(f"wrk.method = 'POST'\nwrk.body = [[{BODY}]]\nwrk.headers['Content-Type'] = 'application/json'\n"
                          f"wrk.headers['x-api-key'] = '{key}'\nwrk.headers['anthropic-version'] = '2023-06-01'\n")
        told = subprocess.run(["taskset", "-c", LOAD_CORE, "wrk", "-t1", f"-c{clients}", f"-d{seconds}s", "--latency", "-s",
                               script, url], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True).stdout
    count = re.search(r"([0-9]+) requests in", told)
    middle = re.search(r"50%\s+([0-9.]+)(us|ms|s)", told)
    if not count or not middle or int(count[1]) == 0 or "Non-2xx" in told:
        raise Failure(f"wrk {url}: {told.strip()[-1000:]}")
    return float(middle[1]) * {"us": 0.001, "ms": 1, "s": 1000}[middle[2]], int(count[1])


def rate_of_one_core(pid, url, key, clients):
    """Calls in a second of the server's own processor time: who else is on the machine does not count."""
    before = cpu_ns(pid)
    _, count = load(url, key, clients)
    return count / ((cpu_ns(pid) - before) / 1e9)


@contextlib.contextmanager
def program(*words):
    process = subprocess.Popen(["taskset", "-c", SERVER_CORE, str(PROGRAM), *words], stdout=subprocess.PIPE, text=True)
    try:
        port, key = process.stdout.readline().split()
        yield process.pid, f"http://127.0.0.1:{port}", key
    finally:
        process.terminate()
        process.wait()
        process.stdout.close()


@contextlib.contextmanager
def litellm(path, upstream):
    if not LITELLM.exists():
        raise Failure("LiteLLM is not installed: ci/bench installs it")
    port = free_port()
    (path / "litellm.yaml").write_text(
        "model_list:\n- model_name: claude-bench\n  litellm_params:\n    model: anthropic/claude-bench\n"
        f"    api_base: {upstream}\n    api_key: key\n")
    environment = dict(os.environ, LITELLM_LOCAL_MODEL_COST_MAP="True", LITELLM_MODE="PRODUCTION",
                       LITELLM_DANGEROUSLY_PERMIT_WEAK_OR_UNSET_MASTER_KEY="true")
    argv = ["taskset", "-c", SERVER_CORE, LITELLM, "--config", path / "litellm.yaml", "--host", "127.0.0.1", "--port", str(port),
            "--telemetry", "False"]
    with open(path / "litellm.log", "wb") as log, child(argv, environment, log) as process:
        wait_until("LiteLLM", lambda: accepts(port) or process.poll() is not None, 120)
        yield process.pid, f"http://127.0.0.1:{port}", "key"


def measure(options):
    if not shutil.which("wrk"):
        raise Failure("no wrk")
    rounds = 3 if options.quick else 5
    with directory(ROOT / "build") as path, program("provider") as (_, provider, _key), \
            program("serve", provider, str(path)) as (ours, gateway, token), litellm(path, provider) as (theirs, peer, key):
        target, beside = f"{gateway}/gateway/anthropic/v1/messages", f"{peer}/v1/messages"
        added, others, rates, their_rates = [], [], [], []
        for _ in range(rounds):
            direct, _count = load(f"{provider}/v1/messages", "key", 1)
            added.append(load(target, token, 1)[0] - direct)
            others.append(load(beside, key, 1)[0] - direct)
            rates.append(rate_of_one_core(ours, target, token, 16))
            their_rates.append(rate_of_one_core(theirs, beside, key, 16))
        memory, their_memory = status_kib(ours, "VmRSS"), status_kib(theirs, "VmRSS")
    added, others = statistics.median(added), statistics.median(others)
    yield Figure("gateway, added to the first byte, middle", added, "ms", "LiteLLM", others, added / others,
                 goal=f"≤ {ADDED_MS} ms", holds=added <= ADDED_MS)
    ratio = statistics.median(a / b for a, b in zip(rates, their_rates))
    yield Figure("gateway, calls a second of a core", statistics.median(rates), "/s", "LiteLLM", statistics.median(their_rates),
                 ratio, goal=f"≥ {TIMES_RATE} ×", holds=ratio >= TIMES_RATE)
    yield Figure("gateway, memory after it", memory, "KiB", "LiteLLM", their_memory, memory / their_memory,
                 goal="≤ 1/30", holds=memory <= their_memory * MEMORY_SHARE)
