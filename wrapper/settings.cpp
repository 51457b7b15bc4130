#include "wrapper/settings.h"

#include "contracts/agent_socket/protocol.h"
#include "wrapper/agent/runner.h"

#include <unistd.h>
#include <algorithm>
#include <cstring>

namespace wrapper {

namespace {

using contracts::Environment;

constexpr std::string_view kAgentPrefix = "AGENT_ENV_";
// Variables that agents read themselves, for managers that give a worker its own key.
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
    "CLAUDE_CODE_MAX_RETRIES",
};
// Variables that describe the worker and the agent; AGENT_ENV_ cannot replace them.
constexpr std::string_view kWorkersAlone[] = {
    "HOME",      "USER",    "LOGNAME",    "ORCHESTRATOR_SOCKET", "ALLOWED_COMMANDS",
    "WORKER_ID", "TASK_ID", "PROJECT_ID", "WORKER_TYPE",         "USER_ID",
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

// A URL without its user and password.
std::string without_credentials(std::string_view url) {
    const std::size_t at = url.rfind('@');
    if (at == std::string_view::npos) return std::string(url);
    const std::size_t scheme = url.substr(0, at).find("://");
    const std::size_t begin = scheme == std::string_view::npos ? 0 : scheme + 3;
    return std::string(url.substr(0, begin)).append("***").append(url.substr(at));
}

enum class Shown { whole, without_credentials, never };

// Environment with borrowed names: there are many readings here, and their code should be small.
// With `told`, each reading appends a line to it, so every setting that is read is explained.
class Reading {
public:
    Reading(Environment& environment, std::string* told) : environment_(environment), told_(told) {}

    std::optional<std::string> find(std::string_view name) const {
        return environment_.find(std::string(name));
    }
    std::string text(std::string_view name, std::string_view fallback, std::string_view shape,
                     Shown shown = Shown::whole) {
        std::optional<std::string> value = find(name);
        const bool given = value.has_value();
        if (!value) value = fallback;
        if (told_ != nullptr && given && shown == Shown::without_credentials)
            tell(name, without_credentials(*value), given, shape);
        else
            tell(name, given && shown == Shown::never ? "***" : *value, given, shape);
        return std::move(*value);
    }
    void fault(std::string_view name, std::string_view what) { environment_.fault(name, what); }
    void fault(std::string_view name, const contracts::Error& error) {
        environment_.fault(name, error.describe());
    }
    std::int64_t number(std::string_view name, std::int64_t fallback, std::int64_t low,
                        std::int64_t high) {
        const std::int64_t value = environment_.number(std::string(name), fallback, low, high);
        if (told_ != nullptr)
            tell(name, find(name).value_or(fallback < low ? "" : std::to_string(fallback)),
                 find(name).has_value(),
                 "a whole number from " + std::to_string(low) + " to " + std::to_string(high));
        return value;
    }
    std::string path(std::string_view name, std::string_view fallback = {}) {
        std::string value = text(name, fallback, "an absolute path");
        if (!value.empty() && value.front() != '/') fault(name, "must be an absolute path");
        return value;
    }
    // The index of the value in `names`; without a value `fallback`, a fault unless `what` is
    // empty.
    std::size_t choice(std::string_view name, contracts::Choices names, std::string_view what,
                       std::size_t fallback) {
        const std::optional<std::string> value = find(name);
        std::string expected;
        std::optional<std::size_t> found;
        for (std::size_t i = 0; i < names.size(); ++i) {
            if (value && *value == names[i]) found = i;
            expected.append(i == 0 ? "" : ", ").append(names[i]);
        }
        if (value)
            tell(name, *value, true, expected);
        else
            tell(name, what.empty() ? names[fallback] : std::string_view(), false, expected);
        if (value && !found)
            fault(name, "must be one of: " + expected);
        else if (!value && !what.empty())
            fault(name, "is required: " + expected);
        return found.value_or(fallback);
    }
    // NAME=value  # its source; the allowed values
    void tell(std::string_view name, std::string_view value, bool given, std::string_view shape) {
        if (told_ == nullptr) return;
        append_line(name);
        told_->append("=");
        append_line(value);
        told_->append("  # ").append(given ? "environment" : value.empty() ? "not set" : "default");
        told_->append("; ").append(shape).append("\n");
    }

private:
    void append_line(std::string_view text) {
        for (const char c : text)
            told_->push_back(static_cast<unsigned char>(c) < ' ' || c == 0x7f ? ' ' : c);
    }

    Environment& environment_;
    std::string* told_;
};

constexpr std::string_view kVerdicts[] = {"result_block", "exit_code"};
constexpr std::string_view kPorts[] = {"fixed", "any"};
constexpr std::string_view kSwitch[] = {"0", "1"};
constexpr std::string_view kTools[] = {"mcp", "none"};
constexpr std::string_view kStdins[] = {"prompt", "nothing"};

void read_identity(Reading& read, Settings& settings) {
    settings.worker_id = read.text("WORKER_ID", {}, "required: the worker's own id");
    if (settings.worker_id.empty() || settings.worker_id.size() > 255)
        read.fault("WORKER_ID", "is required: the worker's own id, of at most 255 bytes");
    settings.worker_type = static_cast<contracts::WorkerType>(
        read.choice("WORKER_TYPE", contracts::kWorkerTypeNames, "required", 0));
    settings.agent_type = static_cast<contracts::AgentType>(
        read.choice("AGENT_TYPE", contracts::kAgentTypeNames, "required", 0));
    settings.task_id = read.text("TASK_ID", {}, "a developer's one task");
    settings.project_id = read.text("PROJECT_ID", {}, "the task's project");
    settings.user_id = read.text("USER_ID", {}, "the user that it works for");
    settings.session_id = read.text("SESSION_ID", {}, "the agent's session to continue");
    settings.task_branch = read.text("TASK_BRANCH", {}, "the branch that the work is pushed to");
    settings.model = read.text("MODEL_NAME", {}, "the agent's model");
}

void read_far_sides(Reading& read, Settings& settings) {
    const std::string url =
        read.text("REDIS_URL", {}, "required: unix:// or redis://", Shown::without_credentials);
    contracts::Result<contracts::RedisAddress> address = contracts::RedisAddress::parse(url);
    if (url.empty())
        read.fault("REDIS_URL", "is required: the address of the bus");
    else if (!address)
        read.fault("REDIS_URL", address.error());
    else
        settings.redis = std::move(*address);
    settings.api_url = read.text("API_URL", {}, "unix:// or http://", Shown::without_credentials);
    if (!settings.api_url.empty() && !settings.api_url.starts_with("unix://") &&
        !settings.api_url.starts_with("http://"))
        read.fault("API_URL", "must begin with unix:// or http://");
    settings.api_token = read.text("API_TOKEN", {}, "a secret", Shown::never);
    settings.allowed_text = read.text("ALLOWED_COMMANDS", {}, "patterns; none: nothing is allowed");
    contracts::Result<contracts::AllowedCommands> allowed =
        contracts::AllowedCommands::parse(settings.allowed_text);
    if (allowed)
        settings.allowed = std::move(*allowed);
    else
        read.fault("ALLOWED_COMMANDS", allowed.error());
}

void read_places(Reading& read, Settings& settings) {
    settings.state_directory = read.path("STATE_DIR", kDefaultStateDirectory);
    settings.control_directory = read.path("CONTROL_DIR");
    settings.workspace = read.path("WORKSPACE_DIR", "/workspace");
    settings.agent_home = read.path("AGENT_HOME", "/home/worker");
    settings.agent_socket = read.path("ORCHESTRATOR_SOCKET", contracts::kAgentSocketPath);
    settings.bin_directory = read.path("ORCHESTRATOR_BIN", "/.worker/bin");
    settings.relay_ports = static_cast<RelayPorts>(read.choice("RELAY_PORTS", kPorts, {}, 0));
}

void read_agent(Reading& read, Settings& settings) {
    constexpr std::int64_t kHighestUid = 0xffff'fff0;
    const std::int64_t uid = read.number("AGENT_UID", -1, 0, kHighestUid);
    if (uid == 0 && ::geteuid() == 0)
        read.fault("AGENT_UID", "must not be root's: an agent has a uid of its own");
    else if (uid >= 0 && uid != static_cast<std::int64_t>(::geteuid())) {
        if (::geteuid() == 0)
            settings.agent_user = AgentUser{static_cast<uid_t>(uid), static_cast<gid_t>(uid)};
        else
            read.fault("AGENT_UID", "needs a wrapper that runs as root");
    }
    const std::string command =
        read.text("AGENT_COMMAND", {}, "a line for /bin/sh or a JSON array");
    if (!command.empty()) {
        auto argv = parse_agent_command(command);
        if (argv)
            settings.agent_command = std::move(*argv);
        else
            read.fault("AGENT_COMMAND", argv.error());
    } else if (settings.agent_type == contracts::AgentType::custom ||
               settings.agent_type == contracts::AgentType::acp) {
        read.fault("AGENT_COMMAND",
                   "is required for a custom or acp agent: a line for /bin/sh or a JSON array");
    }
    settings.exit_code_is_verdict = read.choice("AGENT_VERDICT", kVerdicts, {}, 0) == 1;
    // A project's own test command must not find a prompt on its stdin.
    settings.prompt_on_stdin =
        read.choice("AGENT_STDIN", kStdins, {}, settings.exit_code_is_verdict ? 1 : 0) == 0;
    settings.offers_tools =
        read.choice("AGENT_TOOLS", kTools, {}, 0) == 0 && !settings.allowed_text.empty();
    settings.result_reminder = read.choice("RESULT_REMINDER", kSwitch, {}, 0) == 1;
}

void read_times_and_log(Reading& read, Settings& settings) {
    using std::chrono::seconds;
    constexpr std::int64_t kYear = 31'536'000;
    settings.shutdown_grace =
        seconds(read.number("SHUTDOWN_GRACE", settings.shutdown_grace.count(), 0, 3600));
    settings.result_linger =
        seconds(read.number("RESULT_LINGER_SECONDS", settings.result_linger.count(), 0, 3600));
    settings.session_idle =
        seconds(read.number("SESSION_IDLE_SECONDS", settings.session_idle.count(), 1, kYear));
    settings.session_ttl =
        seconds(read.number("SESSION_TTL_SECONDS", settings.session_ttl.count(), 1, kYear));
    const auto level =
        contracts::parse_log_level(read.text("LOG_LEVEL", "INFO", "DEBUG, INFO, WARNING, ERROR"));
    if (level)
        settings.log_level = *level;
    else
        read.fault("LOG_LEVEL", "must be DEBUG, INFO, WARNING or ERROR");
    const auto format =
        contracts::parse_log_format(read.text("LOG_FORMAT", "json", "json, console"));
    if (format)
        settings.log_format = *format;
    else
        read.fault("LOG_FORMAT", "must be json or console");
}

void read_agent_variables(const char* const* variables, Settings& settings) {
    std::vector<std::string>& list = settings.agent_environment;
    for (const std::string_view name : kPassedOn)
        if (std::optional<std::string> value = find_variable(variables, name))
            list.push_back(std::string(name) + '=' + *value);
    for (; *variables != nullptr; ++variables) {
        const std::string_view entry = *variables;
        if (!entry.starts_with(kAgentPrefix)) continue;
        const std::string_view named = entry.substr(kAgentPrefix.size());
        if (named.empty() || named.front() == '=') continue;
        const std::string_view name = named.substr(0, named.find('='));
        const bool ignored = std::ranges::find(kWorkersAlone, name) != std::end(kWorkersAlone);
        if (ignored)
            settings.ignored_names.emplace_back(name);
        else
            list.emplace_back(named);
    }
}

}  // namespace

namespace {

contracts::Result<Settings> read_all(const char* const* variables, std::string* told) {
    Settings settings;
    Environment environment([&](const std::string& name) {
        std::optional<std::string> value = find_variable(variables, name);
        if (value && !value->empty()) return value;
        for (const std::string_view once : kOncePrefixed)
            if (name == once) {
                value = find_variable(variables, "WORKER_" + name);
                if (value) settings.old_names.push_back("WORKER_" + name);
            }
        return value;
    });
    Reading read(environment, told);
    read_identity(read, settings);
    read_far_sides(read, settings);
    read_places(read, settings);
    read_agent(read, settings);
    read_times_and_log(read, settings);
    read_agent_variables(variables, settings);
    for (const std::string& entry : settings.agent_environment)
        read.tell(std::string_view(entry).substr(0, entry.find('=')), "***", true,
                  "only for the agent");
    for (const std::string& name : settings.ignored_names)
        read.tell(std::string(kAgentPrefix) + name, "***", true,
                  "ignored: the worker sets this variable");
    if (contracts::Result<void> done = environment.finish(); !done) return done.fault();
    return settings;
}

}  // namespace

contracts::Result<Settings> read_settings(const char* const* variables) {
    return read_all(variables, nullptr);
}

contracts::Result<void> explain_settings(const char* const* variables, std::string& told) {
    contracts::Result<Settings> settings = read_all(variables, &told);
    if (!settings) return settings.fault();
    return {};
}

}  // namespace wrapper
