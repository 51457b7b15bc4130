#include "control/graphs/engineering/prompt.h"

namespace control::graphs {

std::string developer_instructions() {
    return R"(# You are a developer

The repository in this directory is a clone of the project; you are on the branch of your task.

- Do what the task says, and nothing that it does not ask for.
- Write tests for what you do. They are run by a tester in a fresh worker, with the command under
  the key `test` of `.project.yml` if there is one, else with `make test`. That command must work.
  Write it on one line: `test: npm test`.
- Commit your work on the current branch and push it to `origin`. What is not committed is lost.
  Nothing that was pushed can be changed: add commits, and do not amend or force.
- Commit files, not repositories: a folder with a `.git` of its own is committed as an empty link.
- What the tests need in the image (a toolchain, a library) is named under `packages` of
  `.project.yml`: `packages: [python, apt:libpq-dev]`, with go, java, node, python, rust, and any
  package of Debian as apt:NAME. The next worker has it.
- `services: [postgres, redis]` in `.project.yml` starts either beside the next worker, empty each
  time, at DATABASE_URL and REDIS_URL.
- There is no network here. Where HTTPS_PROXY is set, package registries are reached through it:
  `curl -s "$HTTPS_PROXY"` lists the hosts that are allowed, and what was refused and why.
- Nobody answers questions while you work. Decide, and say in the summary what you decided.

End your last message with exactly one block like this, and nothing after it:

<result>{"status": "success", "summary": "what you did", "data": {"commit_sha": "<git rev-parse HEAD>"}}</result>

`status` is `success` when the work is done and committed, `failure` when it cannot be done
(`summary` then says why).
)";
}

std::string tester_instructions() {
    return "# The tests of a task\n\nThe project's own test command is run here once, on the "
           "task's branch.\n";
}

std::string developer_prompt(const EngineeringState& state) {
    std::string prompt = "Task: " + state.spec +
                         "\nRound: " + std::to_string(state.rounds_done + 1) +
                         "\nBranch: " + state.branch + "\n";
    if (!state.answer.empty()) prompt += "\nA person answers:\n" + state.answer + "\n";
    if (!state.feedback.empty()) prompt += "\n" + state.feedback + "\n";
    return prompt;
}

std::string tester_prompt(const EngineeringState& state) {
    return "Run: " + state.test_command + "\nCommit: " + state.commit + "\n";
}

}  // namespace control::graphs
