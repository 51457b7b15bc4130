#include "wrapper/agent/codex.h"

#include "wrapper/agent/tool_server.h"

#include <sys/stat.h>
#include <algorithm>

namespace wrapper {

namespace {

using contracts::Json;
using contracts::text_at;

constexpr std::string_view kCodexCounts[] = {"input_tokens", "cached_input_tokens",
                                             "cache_write_input_tokens", "output_tokens",
                                             "reasoning_output_tokens"};
constexpr std::string_view kUnknownThread = "no rollout found for thread id";
constexpr std::ptrdiff_t kMostCharacters = 1'048'576;

std::ptrdiff_t characters(std::string_view text) {
    return std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xc0) != 0x80; });
}

// A TOML string: JSON's escapes are also TOML's.
std::string toml_string(std::string_view text) {
    return contracts::dump_json(std::string(text));
}

// A TOML table of texts, lists of texts and such tables. Only its keys differ from JSON.
std::string toml_table(const Json& table) {
    std::string text = "{";
    for (const auto& [key, value] : table.items())
        text.append(text.size() > 1 ? "," : "")
            .append(key)
            .append("=")
            .append(value.is_object() ? toml_table(value) : contracts::dump_json(value));
    return text + "}";
}

// Few retries of its own: after a longer outage the caller repeats the task.
std::string provider(const std::string& url, bool has_key) {
    std::string table = "{name=\"worker\",base_url=" + toml_string(url) +
                        ",wire_api=\"responses\",request_max_retries=2,stream_max_retries=2";
    if (has_key) table += ",env_key=\"OPENAI_API_KEY\"";
    return table + "}";
}

}  // namespace

CodexRunner::CodexRunner(RunnerSettings settings) : EventRunner(std::move(settings)) {}

bool CodexRunner::takes_session(std::string_view id) const {
    constexpr std::string_view kForm = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
    return id.size() == kForm.size() &&
           std::equal(id.begin(), id.end(), kForm.begin(), [](char c, char form) {
               return form == '-' ? c == '-'
                                  : std::string_view("0123456789abcdefABCDEF").find(c) !=
                                        std::string_view::npos;
           });
}

AgentCommand CodexRunner::begin(Turn turn) {
    begin_turn(std::move(turn));
    over_ = false;
    last_error_.clear();
    AgentCommand command;
    const std::ptrdiff_t length = characters(turn_.prompt);
    if (length > kMostCharacters) {
        command.refused = "the prompt has " + std::to_string(length) +
                          " characters, and codex takes at most " + std::to_string(kMostCharacters);
        return command;
    }
    command.argv = {"codex", "exec", "--json", "--dangerously-bypass-approvals-and-sandbox"};
    const auto configure = [&command](std::string setting) {
        command.argv.emplace_back("-c");
        command.argv.push_back(std::move(setting));
    };
    // The first two would use the network; a login shell would reset the PATH that has our program.
    configure("analytics.enabled=false");
    configure("features.plugins=false");
    configure("allow_login_shell=false");
    if (!settings_.tools.empty())
        configure("mcp_servers.orchestrator=" + toml_table(tool_server(settings_.tools, turn_)));
    if (!settings_.model.empty()) configure("model=" + toml_string(settings_.model));
    const std::string key = turn_.variable("OPENAI_API_KEY");
    if (const std::string url = turn_.variable("OPENAI_BASE_URL"); !url.empty()) {
        configure("model_provider=\"worker\"");
        configure("model_providers.worker=" + provider(url, !key.empty()));
    } else if (!key.empty()) {
        command.environment.push_back("CODEX_API_KEY=" + key);
    }
    if (turn_.variable("CODEX_HOME").empty()) {
        const std::string home = turn_.variable("HOME") + "/.codex";
        const AsAgent as_agent(settings_.user);
        ::mkdir(home.c_str(), 0700);  // codex exits with an error without it
        command.environment.push_back("CODEX_HOME=" + home);
    }
    if (turn_.resume) command.argv.insert(command.argv.end(), {"resume", turn_.session_id});
    command.argv.emplace_back("-");
    command.input = std::move(turn_.prompt);
    return command;
}

void CodexRunner::on_event(const Json& event, const std::string& type) {
    if (type == "thread.started") {
        take_session(event, "thread_id");
    } else if (type == "turn.started") {
        answered(false);
    } else if (type == "item.started" || type == "item.completed") {
        take_item(object_at(event, "item"), type == "item.completed");
    } else if (type == "turn.completed") {
        over_ = true;
        answered(true);
        report_.usage = counts_of(object_at(event, "usage"), kCodexCounts);
        report_.usage_of_session = true;
    } else if (type == "turn.failed") {
        over_ = true;
        answered(true);
        report_.error = text_at(object_at(event, "error"), "message");
        if (report_.error.empty()) report_.error = "the turn failed; codex gives no reason";
    } else if (type == "error") {
        last_error_ = text_at(event, "message");
    }
}

void CodexRunner::take_item(const Json& item, bool completed) {
    const std::string type = text_at(item, "type");
    if (completed && type == "agent_message") {
        report_.text = text_at(item, "text");
    } else if (!completed) {
        std::string what;
        for (const char* key : {"command", "query", "tool"})
            if (what.empty()) what = text_at(item, key);
        tell(type, what);
    }
}

void CodexRunner::conclude() {
    if (!over_) {
        report_.text.reset();
        report_.error = last_error_;
    }
    const std::string errors = error_tail();
    if (const std::size_t at = errors.find(kUnknownThread); at != std::string::npos) {
        report_.session_unknown = true;
        report_.error = errors.substr(at, errors.find('\n', at) - at);
    }
}

}  // namespace wrapper
