// What the runners of agents that print JSON lines share: lines of any length in bounded memory,
// the ends of both streams as evidence, the step that the agent is at.
//
// Only lines that matter are parsed: those with one of the runner's marks in them. The keys of an
// event come in any order, and inside a string the quotation marks of a mark would be escaped.
#pragma once

#include "contracts/base/bounded_text.h"
#include "wrapper/agent/lines.h"
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

protected:
    struct Marks {
        std::span<const std::string_view> results;  // parsed whatever their length
        std::span<const std::string_view> steps;    // only of modest length: they are progress
    };
    EventRunner(RunnerSettings settings, Marks marks, std::size_t longest_line = kLongestLine);

    void begin_turn(Turn turn);
    // `event` is an object, `type` its member of that name.
    virtual void on_event(const contracts::Json& event, const std::string& type) = 0;
    // The stream is over: what it came to goes into report_.
    virtual void conclude() {}

    // "Bash: make test"; of `what` the beginning is shown.
    void tell(std::string step, std::string_view what);
    // The session's id under `key`, if it may be one.
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

    Marks marks_;
    std::size_t longest_line_;
    Lines lines_;
    contracts::BoundedText tail_{kEvidence};
    contracts::BoundedText errors_{kEvidence};
    std::optional<Progress> progress_;
};

// JSON as agents write it: bytes that are no UTF-8, and escapes of half a surrogate pair, become
// U+FFFD. Fails with `invalid`.
[[nodiscard]] contracts::Result<contracts::Json> read_event(std::string_view text);

// The member of that name, when it is an object; else an empty one.
[[nodiscard]] const contracts::Json& object_at(const contracts::Json& object, std::string_view key);

// Those of the counts under `names` that are there.
[[nodiscard]] contracts::Json counts_of(const contracts::Json& usage,
                                        std::span<const std::string_view> names);

}  // namespace wrapper
