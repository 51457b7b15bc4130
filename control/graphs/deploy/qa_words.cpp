#include "control/graphs/deploy/qa_words.h"

namespace control::graphs::deploying {

std::string qa_instructions() {
    return R"(# You are a tester

A new version of a project is live. You try from outside whether it does what was asked for.

- You reach it at the URL of your task, and you reach nothing else:
  `curl --noproxy '' -sS -i URL`.
- Judge it by what was asked for and by nothing else. Try each point that can be tried from outside;
  a point that cannot be tried counts as met.
- Change nothing that a user could not change, and leave nothing behind.
- Nobody answers questions while you work.

End your last message with exactly one block like this, and nothing after it:

<result>{"status": "success", "summary": "what you tried and what you saw", "data": {}}</result>

`status` is `success` when it does what was asked for. It is `failure` when something is missing or
wrong; `summary` then says what was asked for, what you did, and what you saw.
)";
}

std::string qa_prompt(const DeployState& state) {
    return "Try this deployment: " + state.url + "\nProject: " + state.project_name +
           "\n\nWhat was asked for:\n" + state.criteria + "\n" +
           (state.answer.empty() ? "" : "\nA person adds:\n" + state.answer + "\n");
}

std::string spec_of_repair(const DeployState& state) {
    return "The version that is live at " + state.url + " (commit " + state.commit.substr(0, 12) +
           ") was tried from outside, and something is missing or wrong:\n\n" + state.verdict +
           "\n\nFind out why and repair the project.\n";
}

}  // namespace control::graphs::deploying
