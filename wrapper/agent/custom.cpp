#include "wrapper/agent/custom.h"

#include "wrapper/agent/claude.h"

namespace wrapper {

AgentCommand CustomRunner::begin(Turn turn) {
    output_ = contracts::BoundedText(settings_.exit_code_is_verdict ? kEvidence : kKeptOutput);
    errors_ = contracts::BoundedText(kEvidence);
    return AgentCommand{settings_.command, {}, std::move(turn.prompt)};
}

Report CustomRunner::report() {
    Report report;
    report.output_tail = output_.tail(kEvidence);
    report.error_tail = errors_.tail(kEvidence);
    if (!settings_.exit_code_is_verdict) report.text = output_.text();
    return report;
}

contracts::Result<std::vector<std::string>> parse_agent_command(const std::string& text) {
    if (!text.starts_with('[')) return std::vector<std::string>{"/bin/sh", "-c", text};
    const contracts::Result<contracts::Json> array = contracts::parse_json(text);
    if (!array) return contracts::fail(array.error());
    std::vector<std::string> argv;
    for (const contracts::Json& word : *array) {
        if (!word.is_string())
            return contracts::fail(contracts::ErrorKind::invalid, "must be an array of strings");
        argv.push_back(word.get<std::string>());
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
        case AgentType::custom:
            return std::make_unique<CustomRunner>(std::move(settings));
        default:
            return contracts::fail(contracts::ErrorKind::fatal,
                                   "is an agent that this worker "
                                   "cannot run",
                                   "AGENT_TYPE", "use claude or custom");
    }
}

}  // namespace wrapper
