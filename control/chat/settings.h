// The figures of the chat role, with their defaults.
#pragma once

#include "contracts/messages/worker.h"

#include <chrono>

namespace control::chat {

struct ChatSettings {
    contracts::AgentType agent_type = contracts::AgentType::claude;
    // Those of developers, so that one image does for both.
    std::vector<contracts::Capability> capabilities{contracts::Capability::git,
                                                    contracts::Capability::curl};
    std::map<std::string, std::string> env_vars{};
    // The file with a Product Owner's instructions, read for each one that is made; empty: the
    // built-in ones.
    std::string instructions_file{};
    std::string note{};               // follows the instructions of each one that is made
    std::int64_t unasked_turns = 10;  // in a row, before the user is asked whether to go on
    std::chrono::seconds turn{1800};
    std::chrono::milliseconds turn_grace{120'000};       // beyond it a turn counts as lost
    std::chrono::milliseconds hire_patience{1'500'000};  // beyond it a create counts as failed
    std::chrono::milliseconds hire_wait{5'000};          // before the second create; then doubled
    // After so long a silence the agent begins a new session, and is told what was said last.
    std::chrono::seconds session_idle{24 * 3600};
    std::int64_t hires = 3;                           // creates before the user is told
    std::chrono::milliseconds vanished_after{5'000};  // of a turn's worker: its turn is lost
    std::chrono::milliseconds progress_every{1'000};
};

}  // namespace control::chat
