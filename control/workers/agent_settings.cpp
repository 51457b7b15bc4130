#include "control/workers/agent_settings.h"

#include "control/store/agent_configs.h"

#include <algorithm>

namespace control {

bool is_for_wrapper(std::string_view name) {
    constexpr std::string_view kNames[] = {
        "AGENT_COMMAND",   "AGENT_STDIN",          "AGENT_TOOLS",
        "AGENT_VERDICT",   "MODEL_NAME",           "RESULT_LINGER_SECONDS",
        "RESULT_REMINDER", "SESSION_IDLE_SECONDS", "SESSION_TTL_SECONDS"};
    return std::ranges::find(kNames, name) != std::end(kNames);
}

Result<void> apply_agent_settings(Queries& db, contracts::WorkerConfig& config) {
    const std::string name(contracts::to_text(config.worker_type));
    Result<std::optional<contracts::AgentConfig>> found =
        agent_configs::find_active(db, name, config.agent_type);
    if (!found) return fail(found.error().context("agent settings"));
    if (!*found) return {};
    if (!(*found)->model.empty()) config.env_vars.try_emplace("MODEL_NAME", (*found)->model);
    if (!(*found)->system_prompt.empty())
        config.instructions = (*found)->system_prompt + "\n\n" + config.instructions;
    return {};
}

}  // namespace control
