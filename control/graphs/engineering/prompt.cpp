#include "control/graphs/engineering/prompt.h"

#include <algorithm>

namespace control::graphs {

std::string developer_instructions() {
    return R"(# You are a developer

The repository in this directory is a clone of the project; you are on the branch of your task.

- Do what the task says, and nothing that it does not ask for.
- Write tests for what you do. They are run by a tester in a fresh worker, with the command in
  the line `test:` of `.project.yml` if there is one, else with `make test`. That command must work.
- Commit your work on the current branch and push it to `origin`. What is not committed is lost.
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

namespace {

std::string_view trimmed(std::string_view text) {
    constexpr std::string_view kBlanks = " \t\r";
    const std::size_t first = text.find_first_not_of(kBlanks);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

// A YAML scalar on one line: quotes fall off, and so does a comment after a plain one.
std::string_view scalar(std::string_view text) {
    text = trimmed(text);
    if (text.size() >= 2 && (text.front() == '"' || text.front() == '\'')) {
        const std::size_t end = text.find(text.front(), 1);
        return end == std::string_view::npos ? std::string_view() : text.substr(1, end - 1);
    }
    const std::size_t comment = text.find(" #");
    return trimmed(text.substr(0, comment));
}

}  // namespace

std::string test_line(std::string_view project_file) {
    constexpr std::string_view kKey = "test:";
    while (!project_file.empty()) {
        const std::size_t end = std::min(project_file.find('\n'), project_file.size());
        const std::string_view line = project_file.substr(0, end);
        if (line.starts_with(kKey)) return std::string(scalar(line.substr(kKey.size())));
        project_file.remove_prefix(std::min(end + 1, project_file.size()));
    }
    return {};
}

}  // namespace control::graphs
