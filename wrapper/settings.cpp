#include "wrapper/settings.h"

#include "contracts/agent_socket/protocol.h"
#include "wrapper/agent/runner.h"

#include <unistd.h>
#include <cstring>

namespace wrapper {

namespace {

using contracts::Environment;

constexpr std::string_view kAgentPrefix = "AGENT_ENV_";
// What agents read themselves, for managers that give a worker its own key.
constexpr std::string_view kPassedOn[] = {
    "ANTHROPIC_API_KEY",
    "ANTHROPIC_AUTH_TOKEN",
    "CLAUDE_CODE_OAUTH_TOKEN",
    "ANTHROPIC_BASE_URL",
    "FACTORY_API_KEY",
    "OPENAI_API_KEY",
    "OPENAI_BASE_URL",
    "LANG",
    "TZ",
    "SSL_CERT_FILE",
    "NODE_EXTRA_CA_CERTS",
};
// Names that older images set with the prefix WORKER_.
constexpr std::string_view kOncePrefixed[] = {"WORKER_ID", "WORKER_TYPE", "AGENT_TYPE", "REDIS_URL",
                                              "API_URL"};

std::optional<std::string> find_variable(const char* const* variables, std::string_view name) {
    for (; *variables != nullptr; ++variables) {
        const std::string_view entry = *variables;
        if (entry.size() > name.size() && entry.starts_with(name) && entry[name.size()] == '=')
            return std::string(entry.substr(name.size() + 1));
    }
    return std::nullopt;
}

template <class E>
E choose(Environment& environment, const std::string& name, E fallback) {
    const std::optional<std::string> text = environment.find(name);
    if (!text) return fallback;
    if (const std::optional<E> value = contracts::parse_choice<E>(*text)) return *value;
    std::string names;
    for (const std::string_view one : choices_of(E{}))
        names.append(names.empty() ? "" : ", ").append(one);
    environment.fault(name, "must be one of: " + names + ", not \"" + *text + "\"");
    return fallback;
}

void read_identity(Environment& environment, Settings& settings) {
    settings.worker_id = environment.required("WORKER_ID", "the worker's own id");
    if (settings.worker_id.size() > 255)
        environment.fault("WORKER_ID", "must have at most 255 bytes");
    if (!environment.find("WORKER_TYPE"))
        environment.fault("WORKER_TYPE", "is required: po or developer");
    settings.worker_type = choose(environment, "WORKER_TYPE", settings.worker_type);
    if (!environment.find("AGENT_TYPE"))
        environment.fault("AGENT_TYPE", "is required: claude, factory, codex or custom");
    settings.agent_type = choose(environment, "AGENT_TYPE", settings.agent_type);
    settings.task_id = environment.text("TASK_ID", {});
    settings.project_id = environment.text("PROJECT_ID", {});
    settings.user_id = environment.text("USER_ID", {});
    settings.session_id = environment.text("SESSION_ID", {});
    settings.task_branch = environment.text("TASK_BRANCH", {});
    settings.model = environment.text("MODEL_NAME", {});
}

void read_far_sides(Environment& environment, Settings& settings) {
    const std::string url =
        environment.required("REDIS_URL", "redis://host:port or unix:///path of the bus");
    if (!url.empty()) {
        contracts::Result<contracts::RedisAddress> address = contracts::RedisAddress::parse(url);
        if (address)
            settings.redis = std::move(*address);
        else
            environment.fault("REDIS_URL", address.error().describe());
    }
    settings.api_url = environment.text("API_URL", {});
    if (!settings.api_url.empty() && !settings.api_url.starts_with("unix://") &&
        !settings.api_url.starts_with("http://"))
        environment.fault("API_URL", "must begin with unix:// or http://");
    settings.api_token = environment.text("API_TOKEN", {});
    settings.allowed_text = environment.text("ALLOWED_COMMANDS", {});
    contracts::Result<contracts::AllowedCommands> allowed =
        contracts::AllowedCommands::parse(settings.allowed_text);
    if (allowed)
        settings.allowed = std::move(*allowed);
    else
        environment.fault("ALLOWED_COMMANDS", allowed.error().describe());
}

std::string directory(Environment& environment, const std::string& name, std::string fallback) {
    std::string path = environment.text(name, std::move(fallback));
    if (!path.empty() && path.front() != '/') environment.fault(name, "must be an absolute path");
    return path;
}

void read_places(Environment& environment, Settings& settings) {
    settings.state_directory =
        directory(environment, "STATE_DIR", std::string(kDefaultStateDirectory));
    settings.control_directory = directory(environment, "CONTROL_DIR", {});
    settings.workspace = directory(environment, "WORKSPACE_DIR", "/workspace");
    settings.agent_home = directory(environment, "AGENT_HOME", "/home/worker");
    settings.agent_socket =
        directory(environment, "ORCHESTRATOR_SOCKET", std::string(contracts::kAgentSocketPath));
    settings.bin_directory = directory(environment, "ORCHESTRATOR_BIN", "/.worker/bin");
    const std::string ports = environment.text("RELAY_PORTS", "fixed");
    if (ports == "any")
        settings.relay_ports = RelayPorts::any;
    else if (ports != "fixed")
        environment.fault("RELAY_PORTS", "must be fixed or any");
}

void read_agent(Environment& environment, Settings& settings) {
    constexpr std::int64_t kHighestUid = 0xffff'fff0;
    const std::int64_t uid = environment.number("AGENT_UID", -1, 0, kHighestUid);
    if (uid >= 0 && uid != static_cast<std::int64_t>(::geteuid())) {
        if (::geteuid() == 0)
            settings.agent_user = AgentUser{static_cast<uid_t>(uid), static_cast<gid_t>(uid)};
        else
            environment.fault("AGENT_UID", "needs a wrapper that runs as root");
    }
    const std::string command = environment.text("AGENT_COMMAND", {});
    if (!command.empty()) {
        auto argv = parse_agent_command(command);
        if (argv)
            settings.agent_command = std::move(*argv);
        else
            environment.fault("AGENT_COMMAND", argv.error().describe());
    } else if (settings.agent_type == contracts::AgentType::custom) {
        environment.fault("AGENT_COMMAND",
                          "is required for a custom agent: a line for /bin/sh or "
                          "a JSON array");
    }
    const std::string verdict = environment.text("AGENT_VERDICT", "result_block");
    settings.exit_code_is_verdict = verdict == "exit_code";
    if (verdict != "exit_code" && verdict != "result_block")
        environment.fault("AGENT_VERDICT", "must be result_block or exit_code");
    settings.result_reminder = environment.flag("RESULT_REMINDER", false);
}

void read_times_and_log(Environment& environment, Settings& settings) {
    using std::chrono::seconds;
    settings.shutdown_grace =
        environment.seconds("SHUTDOWN_GRACE", settings.shutdown_grace, seconds(0), seconds(3600));
    settings.session_idle = environment.seconds("SESSION_IDLE_SECONDS", settings.session_idle,
                                                seconds(1), seconds(31'536'000));
    settings.session_ttl = environment.seconds("SESSION_TTL_SECONDS", settings.session_ttl,
                                               seconds(1), seconds(31'536'000));
    if (const auto text = environment.find("LOG_LEVEL")) {
        if (const auto level = contracts::parse_log_level(*text))
            settings.log_level = *level;
        else
            environment.fault("LOG_LEVEL", "must be DEBUG, INFO, WARNING or ERROR");
    }
    if (const auto text = environment.find("LOG_FORMAT")) {
        if (const auto format = contracts::parse_log_format(*text))
            settings.log_format = *format;
        else
            environment.fault("LOG_FORMAT", "must be json or console");
    }
}

std::vector<std::string> agent_variables(const char* const* variables) {
    std::vector<std::string> list;
    for (const std::string_view name : kPassedOn)
        if (std::optional<std::string> value = find_variable(variables, name))
            list.push_back(std::string(name) + '=' + *value);
    for (; *variables != nullptr; ++variables) {
        const std::string_view entry = *variables;
        if (!entry.starts_with(kAgentPrefix)) continue;
        const std::string_view named = entry.substr(kAgentPrefix.size());
        if (!named.empty() && named.front() != '=') list.emplace_back(named);
    }
    return list;
}

}  // namespace

contracts::Result<Settings> read_settings(const char* const* variables) {
    Settings settings;
    Environment environment([&](const std::string& name) {
        std::optional<std::string> value = find_variable(variables, name);
        if (value) return value;
        for (const std::string_view once : kOncePrefixed)
            if (name == once) {
                value = find_variable(variables, "WORKER_" + name);
                if (value) settings.old_names.push_back("WORKER_" + name);
            }
        return value;
    });
    read_identity(environment, settings);
    read_far_sides(environment, settings);
    read_places(environment, settings);
    read_agent(environment, settings);
    read_times_and_log(environment, settings);
    settings.agent_environment = agent_variables(variables);
    if (contracts::Result<void> done = environment.finish(); !done)
        return contracts::fail(std::move(done.error()));
    return settings;
}

}  // namespace wrapper
