// The common part of the runners for agents that print JSON lines: lines of any length in bounded
// memory, the ends of both streams as evidence, the current step, and whether the agent has
// answered.
//
// Every line is parsed as JSON first and its type checked afterwards. Text that is not JSON is
// skipped, and so is text around an object: terminal escape sequences, a byte order mark, words
// without a line feed after them.
#pragma once

#include "contracts/base/bounded_text.h"
#include "wrapper/agent/lines.h"
#include "wrapper/agent/loose_json.h"
#include "wrapper/agent/runner.h"

#include <span>

namespace wrapper {

class EventRunner : public Runner {
public:
    void output(std::string_view bytes) override;
    void errors(std::string_view bytes) override { errors_.append(bytes); }
    [[nodiscard]] Report report() override;
    [[nodiscard]] std::optional<Progress> progress() override;
    [[nodiscard]] bool has_sessions() const override { return true; }
    [[nodiscard]] bool has_answer(Moment moment = Moment::speaking) override;

protected:
    explicit EventRunner(RunnerSettings settings, std::size_t longest_line = kLongestLine);

    void begin_turn(Turn turn);
    // `event` is an object, `type` its member "type".
    virtual void on_event(const contracts::Json& event, const std::string& type) = 0;
    // Completes report_ at the end of the stream.
    virtual void conclude() {}
    // Whether the agent has printed its final line; false again if it goes on working after it.
    void answered(bool is_so) { answered_ = is_so; }

    // Sets the current step, such as "Bash: make test". Only the beginning of `what` is shown.
    void tell(std::string step, std::string_view what);
    // Takes the session id from the member `key`, if it is a valid id.
    void take_session(const contracts::Json& event, std::string_view key);
    [[nodiscard]] bool printed_nothing() const;
    [[nodiscard]] std::string error_tail() const { return errors_.tail(kEvidence); }
    [[nodiscard]] std::uint64_t lost_lines() const { return lines_.skipped(); }

    RunnerSettings settings_;
    Turn turn_;
    Report report_;  // as far as it is known
    std::int64_t tokens_ = 0;

private:
    void take_line(std::string_view line);

    std::size_t longest_line_;
    Lines lines_;
    contracts::BoundedText tail_{kEvidence};
    contracts::BoundedText errors_{kEvidence};
    std::optional<Progress> progress_;
    bool answered_ = false;
    std::uint64_t looked_at_ = 0;  // bytes of output when its unfinished line was last checked
};

// The member `key` if it is an object; otherwise an empty object.
[[nodiscard]] const contracts::Json& object_at(const contracts::Json& object, std::string_view key);

// The counts in `usage` that `names` lists.
[[nodiscard]] contracts::Json counts_of(const contracts::Json& usage,
                                        std::span<const std::string_view> names);

}  // namespace wrapper
