// How to start one kind of agent and read its output, with one implementation for each agent type.
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
    std::string session_id;  // the session to continue, or a proposed id for a new one
    bool resume = false;     // the session already exists
    std::string directory{};
    std::vector<std::string> environment{};  // NAME=value, as for every agent

    // Empty when the variable is not set.
    [[nodiscard]] std::string variable(std::string_view name) const;
};

struct AgentCommand {
    std::vector<std::string> argv;
    std::vector<std::string> environment;  // NAME=value, in addition to the turn's
    std::string input;
    bool converses = false;  // its stdin stays open: `take_words` has more input
    std::string refused{};   // not empty: why this turn cannot be run
};

// The agent's own report of its turn, not yet judged.
struct Report {
    std::optional<std::string> text;  // its final message; none: it ended without its final line
    std::string error;                // not empty: the failure that it reports
    std::int64_t model_status = 0;  // the HTTP status with which the model's API failed; 0: unknown
    bool complete = false;  // the report is whole, so the exit of its program does not matter
    std::string session_id;
    bool session_unknown = false;   // it does not know the session that it should resume
    bool session_replaced = false;  // the same, and it started a new one by itself
    std::optional<contracts::Json> usage;
    bool usage_of_session = false;           // `usage` counts from the start of the session
    std::optional<double> session_cost_usd;  // of the session so far
    std::uint64_t lost_lines = 0;            // too long to be read
    std::string output_tail;                 // the ends of its raw streams, for people
    std::string error_tail;
};

// The agent's current step.
struct Progress {
    std::string step;         // "Bash"
    std::string message;      // "Bash: make test"
    std::int64_t tokens = 0;  // written in this turn so far; 0: not reported
};

// The situation in which we check whether an agent has answered.
enum class Moment {
    speaking,     // it may say more at any time
    silent,       // it has printed nothing for a while
    out_of_time,  // its output will no longer be read
};

class Runner : public OutputSink {
public:
    // Forgets the previous turn.
    [[nodiscard]] virtual AgentCommand begin(Turn turn) = 0;
    // Only after the agent's run has ended.
    [[nodiscard]] virtual Report report() = 0;
    // What changed since the last call.
    [[nodiscard]] virtual std::optional<Progress> progress() { return std::nullopt; }
    // As far as is known so far.
    [[nodiscard]] virtual bool has_sessions() const = 0;
    // Whether `id` can be the id of one of its sessions.
    [[nodiscard]] virtual bool takes_session(std::string_view id) const;
    // Only the exit code counts; the output of the agent is not read.
    [[nodiscard]] virtual bool judged_by_exit_code() const { return false; }
    // The next input for an agent that converses.
    [[nodiscard]] virtual std::string take_words() { return {}; }
    // Whether both sides have finished, so that the agent only has to exit.
    [[nodiscard]] virtual bool has_answer(Moment moment = Moment::speaking) = 0;
};

// The settings of a runner.
struct RunnerSettings {
    contracts::AgentType agent_type = contracts::AgentType::claude;
    std::string model{};                 // empty: the agent's own choice
    std::vector<std::string> command{};  // custom, acp: its argv
    bool exit_code_is_verdict = false;   // custom
    bool wants_prompt = true;            // custom: on its stdin
    std::string tools{};  // claude, codex, acp: path of `orchestrator`, which serves MCP tools;
                          // empty: no tools
    std::optional<AgentUser> user{};  // the owner of the agent's files; empty: our own user
};

// Fails with `fatal` for an agent that cannot be run with these settings.
[[nodiscard]] contracts::Result<std::unique_ptr<Runner>> make_runner(RunnerSettings settings);

// AGENT_COMMAND: a JSON array is an argv, any other text a line for /bin/sh.
[[nodiscard]] contracts::Result<std::vector<std::string>> parse_agent_command(
    const std::string& text);

// How much of an agent's output is kept at either end.
inline constexpr std::size_t kKeptOutput = 512 << 10;
// How much of an error's evidence, or of a test's output, goes into a message.
inline constexpr std::size_t kEvidence = 16 << 10;

}  // namespace wrapper
