// The settings of a worker, read from its environment once at start.
#pragma once

#include "contracts/base/environment.h"
#include "contracts/base/log.h"
#include "contracts/messages/worker.h"
#include "contracts/permissions/allowed_commands.h"
#include "contracts/streams/address.h"
#include "wrapper/wall/confine.h"
#include "wrapper/wall/relay.h"

#include <optional>
#include <string>
#include <vector>

namespace wrapper {

struct Settings {
    std::string worker_id;
    contracts::WorkerType worker_type = contracts::WorkerType::developer;
    contracts::AgentType agent_type = contracts::AgentType::claude;
    contracts::RedisAddress redis;
    std::string api_url;
    std::string api_token;
    std::string task_id;  // not empty: this worker serves only this task
    std::string project_id;
    std::string user_id;
    std::string session_id;  // not empty: overrides the session that Redis remembers
    contracts::AllowedCommands allowed;
    std::string allowed_text;  // as it was given, for the agent's CLI

    std::optional<AgentUser> agent_user;  // empty: the agent runs as our own user
    std::string state_directory;
    std::string control_directory;  // empty: there is none
    std::string workspace;
    std::string agent_home;
    std::string agent_socket;
    std::string bin_directory;
    std::string task_branch;
    RelayPorts relay_ports = RelayPorts::fixed;

    std::string model;
    std::vector<std::string> agent_command;
    bool exit_code_is_verdict = false;
    bool offers_tools = false;    // AGENT_TOOLS: allowed commands as MCP tools
    bool prompt_on_stdin = true;  // custom
    bool result_reminder = false;
    std::chrono::seconds result_linger{5};  // the time that an agent may take to exit after its
                                            // answer
    std::chrono::seconds shutdown_grace{30};
    std::chrono::seconds session_idle{1800};
    std::chrono::seconds session_ttl{7200};
    // NAME=value, only for the agent: AGENT_ENV_<NAME>, and the keys of model providers.
    std::vector<std::string> agent_environment;
    // Names after AGENT_ENV_ that are ignored, because the worker itself sets these variables.
    std::vector<std::string> ignored_names;
    // Names that came with the prefix of older images.
    std::vector<std::string> old_names;

    contracts::LogLevel log_level = contracts::LogLevel::info;
    contracts::LogFormat log_format = contracts::LogFormat::json;
};

// Fails with `fatal`, naming every fault at once. `variables`: the whole environment, NAME=value,
// with null at its end.
[[nodiscard]] contracts::Result<Settings> read_settings(const char* const* variables);

// Appends a line to `told` for every setting that is read: NAME=value  # its source; the allowed
// values. Passwords and keys show as ***. Fails as read_settings.
[[nodiscard]] contracts::Result<void> explain_settings(const char* const* variables,
                                                       std::string& told);

inline constexpr std::string_view kDefaultStateDirectory = "/.worker/state";

}  // namespace wrapper
