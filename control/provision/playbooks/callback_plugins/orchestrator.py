"""Tells what a play does as lines of JSON, one an event, each bounded: the orchestrator reads them."""

import json

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
name: orchestrator
type: stdout
short_description: lines of JSON
description: [One line an event.]
"""

MOST = 1000


class CallbackModule(CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "stdout"
    CALLBACK_NAME = "orchestrator"

    def tell(self, event, **rest):
        print(json.dumps({"event": event, **rest}), flush=True)

    def ended(self, event, result):
        said = result._result
        words = [str(said.get(name, "")) for name in ("msg", "stderr", "stdout")]
        for each in said.get("results") or []:
            if isinstance(each, dict) and each.get("failed"):
                words.append(str(each.get("msg", "")))
        self.tell(event, task=result._task.get_name(), message=" ".join(w for w in words if w).strip()[-MOST:])

    def v2_playbook_on_task_start(self, task, is_conditional):
        self.tell("task", task=task.get_name())

    def v2_playbook_on_handler_task_start(self, task):
        self.tell("task", task=task.get_name())

    def v2_runner_on_ok(self, result):
        if result._result.get("changed"):
            self.tell("changed", task=result._task.get_name())

    def v2_runner_on_failed(self, result, ignore_errors=False):
        if not ignore_errors:
            self.ended("failed", result)

    def v2_runner_on_unreachable(self, result):
        self.ended("unreachable", result)

    def v2_playbook_on_stats(self, stats):
        total = {"ok": 0, "changed": 0, "failures": 0, "unreachable": 0}
        for host in stats.processed:
            for name, count in stats.summarize(host).items():
                if name in total:
                    total[name] += count
        self.tell("stats", **total)
