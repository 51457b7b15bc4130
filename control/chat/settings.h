// The figures of the chat role, with their defaults.
#pragma once

#include "contracts/messages/worker.h"

#include <chrono>

namespace control::chat {

struct ChatSettings {
    contracts::AgentType agent_type = contracts::AgentType::claude;
    // The developers' capabilities, so that both use the same image.
    std::vector<contracts::Capability> capabilities{contracts::Capability::git,
                                                    contracts::Capability::curl};
    std::map<std::string, std::string> env_vars{};
    std::optional<contracts::ResourceLimits> limits{};
    // The file with a Product Owner's instructions, read for each new one; empty: the built-in
    // ones.
    std::string instructions_file{};
    std::string note{};               // added to the instructions of each new one
    std::int64_t unasked_turns = 10;  // consecutive ones, before the user is asked whether to
                                      // continue
    std::chrono::seconds turn{1800};
    std::chrono::milliseconds turn_grace{120'000};       // beyond it a turn is considered lost
    std::chrono::milliseconds hire_patience{1'500'000};  // beyond it a create is considered failed
    std::chrono::milliseconds hire_wait{5'000};          // before the second create; doubled each
                                                         // time
    // After this silence the agent begins a new session, with a summary of the last messages.
    std::chrono::seconds session_idle{24 * 3600};
    std::int64_t hires = 3;                           // failed creates before the user is told
    std::chrono::milliseconds vanished_after{5'000};  // without the turn's worker: the turn is lost
    std::chrono::milliseconds progress_every{1'000};
};

}  // namespace control::chat
