#include "wrapper/agent/runner.h"

#include "contracts/fields/field_list.h"
#include "wrapper/agent/acp.h"
#include "wrapper/agent/claude.h"
#include "wrapper/agent/codex.h"
#include "wrapper/agent/custom.h"
#include "wrapper/agent/factory.h"

namespace wrapper {

std::string Turn::variable(std::string_view name) const {
    for (const std::string_view entry : environment)
        if (entry.size() > name.size() && entry.starts_with(name) && entry[name.size()] == '=')
            return std::string(entry.substr(name.size() + 1));
    return {};
}

// The id becomes a command-line argument, so anything but a plain identifier is rejected.
bool Runner::takes_session(std::string_view id) const {
    constexpr std::size_t kLongest = 255;
    return !id.empty() && id.size() <= kLongest && id.front() != '-' &&
           contracts::kIdentifier.shape.matches(id);
}

contracts::Result<std::vector<std::string>> parse_agent_command(const std::string& text) {
    if (!text.starts_with('[')) return std::vector<std::string>{"/bin/sh", "-c", text};
    const contracts::Result<contracts::Json> array = contracts::parse_json(text);
    if (!array) return array.fault();
    std::vector<std::string> argv;
    for (const contracts::Json& word : *array) {
        if (!word.is_string())
            return contracts::fail(contracts::ErrorKind::invalid, "must be an array of strings");
        argv.push_back(word.get<std::string>());
        if (argv.back().find('\0') != std::string::npos)
            return contracts::fail(contracts::ErrorKind::invalid, "must have no zero bytes");
    }
    if (argv.empty() || argv.front().empty())
        return contracts::fail(contracts::ErrorKind::invalid, "names no program");
    return argv;
}

contracts::Result<std::unique_ptr<Runner>> make_runner(RunnerSettings settings) {
    using contracts::AgentType;
    switch (settings.agent_type) {
        case AgentType::claude:
            return std::make_unique<ClaudeRunner>(std::move(settings));
        case AgentType::factory:
            return std::make_unique<FactoryRunner>(std::move(settings));
        case AgentType::codex:
            return std::make_unique<CodexRunner>(std::move(settings));
        case AgentType::acp:
            return std::make_unique<AcpRunner>(std::move(settings));
        case AgentType::custom:
            return std::make_unique<CustomRunner>(std::move(settings));
    }
    return contracts::fail(contracts::ErrorKind::fatal, "is an agent that this worker cannot run",
                           "AGENT_TYPE");
}

}  // namespace wrapper
