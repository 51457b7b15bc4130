// Any program: it gets the prompt on its stdin if it wants one, and its output is its answer.
//
// A verdict in its output ends the turn once the program is silent, and counts whatever its exit
// code is.
#pragma once

#include "contracts/base/bounded_text.h"
#include "wrapper/agent/runner.h"

namespace wrapper {

class CustomRunner final : public Runner {
public:
    explicit CustomRunner(RunnerSettings settings) : settings_(std::move(settings)) {}

    [[nodiscard]] AgentCommand begin(Turn turn) override;
    void output(std::string_view bytes) override { output_.append(bytes); }
    void errors(std::string_view bytes) override { errors_.append(bytes); }
    [[nodiscard]] Report report() override;
    [[nodiscard]] bool has_sessions() const override { return false; }
    [[nodiscard]] bool judged_by_exit_code() const override {
        return settings_.exit_code_is_verdict;
    }
    [[nodiscard]] bool has_answer(Moment moment = Moment::speaking) override;

private:
    RunnerSettings settings_;
    contracts::BoundedText output_{kKeptOutput};
    contracts::BoundedText errors_{kEvidence};
    std::uint64_t looked_at_ = 0;  // bytes of output at the last search for a verdict
    bool answered_ = false;        // a verdict was found
};

}  // namespace wrapper
