// Any program: the prompt on its stdin where it wants it, what it prints is what it says.
//
// A verdict that it printed ends its turn once it is silent, and counts whatever its exit code is.
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
    std::uint64_t looked_at_ = 0;  // bytes of output when a verdict was looked for
    bool answered_ = false;        // there was one
};

}  // namespace wrapper
