// Claude Code in its stream-json form.
//
// Of the stream only what matters is kept: the session's id, the last result line (background work
// makes it print several, and the last one counts), the step it is at. Output of any length costs
// bounded memory.
#pragma once

#include "contracts/base/bounded_text.h"
#include "wrapper/agent/lines.h"
#include "wrapper/agent/runner.h"

namespace wrapper {

class ClaudeRunner final : public Runner {
public:
    explicit ClaudeRunner(RunnerSettings settings) : settings_(std::move(settings)) {}

    [[nodiscard]] AgentCommand begin(Turn turn) override;
    void output(std::string_view bytes) override;
    void errors(std::string_view bytes) override { errors_.append(bytes); }
    [[nodiscard]] Report report() override;
    [[nodiscard]] std::optional<Progress> progress() override;
    [[nodiscard]] bool has_sessions() const override { return true; }

private:
    void take_line(std::string_view line);

    RunnerSettings settings_;
    Turn turn_;
    Lines lines_;
    contracts::BoundedText tail_{kEvidence};
    contracts::BoundedText errors_{kEvidence};
    std::string init_;    // the last of its kind, as text
    std::string result_;  // the same
    std::string step_;    // the last assistant line, not yet told as progress
};

// One result line as a Report; fails with `invalid` when it is none.
[[nodiscard]] contracts::Result<Report> read_claude_result(std::string_view line);
// One assistant line as the step that it tells of, if it does.
[[nodiscard]] std::optional<Progress> read_claude_step(std::string_view line);

}  // namespace wrapper
