#include "control/graphs/engineering/plan_words.h"

#include "control/graphs/kit/tail.h"

namespace control::graphs {

namespace {

constexpr std::size_t kMostWhole = 16 << 10;

}  // namespace

std::string architect_instructions() {
    return R"(# You are an architect

The repository in this directory is a clone of the project. You plan work on it; developers do it.

- Read what is there. Change nothing: what you write here is thrown away.
- Cut the work into 1 to 7 tasks, done one after another. Each one builds on those before it.
- Each task is done by a developer who sees the repository and the task's text and nothing else.
  Say what is to be there afterwards and how it is recognised; leave the how to the developer.
- Each task leaves a project that works and whose tests pass.
- There is no network here, and nobody answers questions while you work.

End your last message with exactly one block like this, and nothing after it:

<result>{"status": "success", "summary": "the plan in one or two sentences", "data": {"tasks": [
{"title": "a few words", "spec": "what the developer is told"}]}}</result>

`status` is `failure` when the work cannot be planned (`summary` then says why).
)";
}

std::string architect_prompt(const EngineeringState& state) {
    std::string prompt = "Plan this work:\n" + state.spec + "\n";
    if (!state.answer.empty()) prompt += "\nA person answers:\n" + state.answer + "\n";
    if (!state.feedback.empty()) prompt += "\n" + state.feedback + "\n";
    return prompt;
}

std::string spec_of_part(const EngineeringState& state, std::size_t number) {
    std::string spec = state.titles[number] + "\n\n" + state.specs[number] + "\n";
    if (state.titles.size() == 1) return spec;
    spec += "\nThis is part " + std::to_string(number + 1) + " of " +
            std::to_string(state.titles.size()) + " of a plan. Do this part and no other:\n";
    for (std::size_t i = 0; i < state.titles.size(); ++i)
        spec += std::to_string(i + 1) + ". " + state.titles[i] +
                (i < number    ? " (done)"
                 : i == number ? " (this one)"
                               : "") +
                "\n";
    return spec + "\nThe whole of it, for context:\n" +
           (state.spec.size() > kMostWhole
                ? state.spec.substr(0, 500) + "\n[...]\n" + tail_of(state.spec, kMostWhole)
                : state.spec) +
           "\n";
}

}  // namespace control::graphs
