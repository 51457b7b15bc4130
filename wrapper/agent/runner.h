// How to start one kind of agent, and how to read what it prints: a body for each agent type.
#pragma once

#include "contracts/base/json.h"
#include "contracts/messages/worker.h"
#include "wrapper/loop/output_sink.h"
#include "wrapper/process/receipt.h"
#include "wrapper/wall/confine.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace wrapper {

struct Turn {
    std::string prompt;
    std::string session_id;  // the one to go on with, or a proposal for a new one
    bool resume = false;     // the session exists already
    std::string directory{};
    std::vector<std::string> environment{};  // NAME=value: what every agent gets

    // Empty: it is not there.
    [[nodiscard]] std::string variable(std::string_view name) const;
};

struct AgentCommand {
    std::vector<std::string> argv;
    std::vector<std::string> environment;  // NAME=value, on top of what every agent gets
    std::string input;
    bool converses = false;  // its stdin stays open: more comes from `take_words`
    std::string refused{};   // not empty: this turn cannot be run, and why
};

// The agent's own report of its turn, not yet judged.
struct Report {
    std::optional<std::string> text;  // its last words; empty: it ended without its final line
    std::string error;                // not empty: it says that it failed, and why
    std::int64_t model_status = 0;    // HTTP, of the model's side that failed it; 0: not said
    bool complete = false;  // the report is whole, so the exit of its program does not matter
    std::string session_id;
    bool session_unknown = false;   // it no longer knows the session that it should resume
    bool session_replaced = false;  // the same, and it has begun a new one by itself
    std::optional<contracts::Json> usage;
    bool usage_of_session = false;           // `usage` counts from the session's beginning
    std::optional<double> session_cost_usd;  // of the session so far
    std::uint64_t lost_lines = 0;            // too long to be read
    std::string output_tail;                 // the ends of its raw streams, for people
    std::string error_tail;
};

// The step that the agent is at.
struct Progress {
    std::string step;         // "Bash"
    std::string message;      // "Bash: make test"
    std::int64_t tokens = 0;  // that it wrote in this turn so far; 0: it does not say
};

// When an agent is looked at for its answer.
enum class Moment {
    speaking,     // it may say more at any time
    silent,       // it has printed nothing for a while
    out_of_time,  // it will not be heard any more
};

class Runner : public OutputSink {
public:
    // Forgets the turn before.
    [[nodiscard]] virtual AgentCommand begin(Turn turn) = 0;
    // Once its run is over.
    [[nodiscard]] virtual Report report() = 0;
    // What changed since the last call.
    [[nodiscard]] virtual std::optional<Progress> progress() { return std::nullopt; }
    // As far as is known by now.
    [[nodiscard]] virtual bool has_sessions() const = 0;
    // Whether `id` may be one of its sessions' at all.
    [[nodiscard]] virtual bool takes_session(std::string_view id) const;
    // Only the exit code counts; the output of the agent is not read.
    [[nodiscard]] virtual bool judged_by_exit_code() const { return false; }
    // For an agent that converses: the next input.
    [[nodiscard]] virtual std::string take_words() { return {}; }
    // Both sides have finished: the agent only has to exit.
    [[nodiscard]] virtual bool has_answer(Moment moment = Moment::speaking) = 0;
};

// The settings of a runner.
struct RunnerSettings {
    contracts::AgentType agent_type = contracts::AgentType::claude;
    std::string model{};                 // empty: the agent's own choice
    std::vector<std::string> command{};  // custom, acp: its argv
    bool exit_code_is_verdict = false;   // custom
    bool wants_prompt = true;            // custom: on its stdin
    std::string tools{};  // claude, codex, acp: `orchestrator`, to be used as MCP tools; empty: not
    std::optional<AgentUser> user{};  // whose files the agent's are; empty: ours
};

// Fails with `fatal` for an agent that cannot be run with these settings.
[[nodiscard]] contracts::Result<std::unique_ptr<Runner>> make_runner(RunnerSettings settings);

// AGENT_COMMAND: a JSON array is an argv, any other text a line for /bin/sh.
[[nodiscard]] contracts::Result<std::vector<std::string>> parse_agent_command(
    const std::string& text);

// Of an agent's whole output this much is kept at either end.
inline constexpr std::size_t kKeptOutput = 512 << 10;
// Of an error's evidence, and of a test's output, this much goes into a message.
inline constexpr std::size_t kEvidence = 16 << 10;

}  // namespace wrapper
