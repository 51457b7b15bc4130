#include "wrapper/agent/acp.h"

#include "wrapper/agent/tool_server.h"

namespace wrapper {

namespace {

using contracts::Json;
using contracts::text_at;

constexpr int kVersion = 1;
constexpr int kMethodNotFound = -32601;
constexpr int kAuthenticationRequired = -32000;
// A message may contain a whole file that the agent wants to change.
constexpr std::size_t kLongestMessage = 4 << 20;
constexpr std::size_t kLongestText = 1 << 20;
// An agent that keeps sending requests without reading our replies is no longer answered.
constexpr std::size_t kMostAnswers = 4 << 20;

std::int64_t number_at(const Json& object, const char* key) {
    const auto found = object.find(key);
    return found != object.end() && found->is_number_integer() ? found->get<std::int64_t>() : 0;
}

// Prefers "allow once": a repeated request is answered again.
std::string permission_of(const Json& params) {
    std::string chosen;
    if (const auto options = params.find("options"); options != params.end() && options->is_array())
        for (const Json& option : *options) {
            if (!option.is_object()) continue;
            const std::string kind = text_at(option, "kind");
            if (kind == "allow_once") return text_at(option, "optionId");
            if (kind == "allow_always") chosen = text_at(option, "optionId");
        }
    return chosen;
}

std::string describe(const Json& error) {
    std::string text = text_at(error, "message");
    const auto data = error.find("data");
    if (data != error.end() && !data->is_null())
        text.append(": ").append(data->is_string() ? data->get<std::string>()
                                                   : contracts::dump_json(*data));
    return text.append(" (code ").append(std::to_string(number_at(error, "code"))).append(")");
}

// The first entry in progress.
std::string current_entry(const Json& update) {
    if (const auto entries = update.find("entries"); entries != update.end() && entries->is_array())
        for (const Json& entry : *entries)
            if (entry.is_object() && text_at(entry, "status") == "in_progress")
                return text_at(entry, "content");
    return {};
}

Json usage_of(const Json& usage) {
    constexpr std::pair<const char*, const char*> kNames[] = {
        {"inputTokens", "input_tokens"},
        {"outputTokens", "output_tokens"},
        {"thoughtTokens", "reasoning_output_tokens"},
        {"cachedReadTokens", "cache_read_input_tokens"},
        {"cachedWriteTokens", "cache_creation_input_tokens"}};
    Json counts = Json::object();
    for (const auto& [theirs, ours] : kNames)
        if (const auto count = usage.find(theirs);
            count != usage.end() && count->is_number_integer())
            counts[ours] = *count;
    return counts;
}

// A constant text takes less room in the program than code that builds the same document.
constexpr std::string_view kWhatWeAre =
    R"({"clientCapabilities":{"fs":{"readTextFile":false,"writeTextFile":false},"terminal":false},)"
    R"("clientInfo":{"name":"worker-wrapper","version":"0.1.0"}})";

Json of(std::string_view constant) {
    return *contracts::parse_json(constant);
}

}  // namespace

AcpRunner::AcpRunner(RunnerSettings settings) : EventRunner(std::move(settings), kLongestMessage) {}

AgentCommand AcpRunner::begin(Turn turn) {
    begin_turn(std::move(turn));
    words_.clear();
    text_.clear();
    answered_ = 0;
    after_tool_ = false;
    prompted_ = false;
    Json params = of(kWhatWeAre);
    params["protocolVersion"] = kVersion;
    ask(Asked::initialize, "initialize", std::move(params));
    AgentCommand command;
    command.argv = settings_.command;
    command.input = take_words();
    command.converses = true;
    return command;
}

void AcpRunner::output(std::string_view bytes) {
    EventRunner::output(bytes);
    if (lost_lines() > 0 && asked_ != Asked::nothing)
        end("the agent sent a message of more than " + std::to_string(kLongestMessage >> 20) +
            " MiB");
}

std::string AcpRunner::take_words() {
    std::string words;
    words.swap(words_);
    return words;
}

void AcpRunner::say(Json message) {
    message["jsonrpc"] = "2.0";
    words_.append(contracts::dump_json(message)).append("\n");
}

void AcpRunner::ask(Asked what, const char* method, Json params) {
    asked_ = what;
    Json message;
    message["id"] = ++request_;
    message["method"] = method;
    message["params"] = std::move(params);
    say(std::move(message));
}

void AcpRunner::reply(const Json& message, const char* kind, Json content) {
    const std::size_t before = words_.size();
    Json answer;
    answer["id"] = message["id"];
    answer[kind] = std::move(content);
    if (answered_ < kMostAnswers) say(std::move(answer));
    answered_ += words_.size() - before;
}

void AcpRunner::on_event(const Json& message, const std::string&) {
    if (!message.contains("jsonrpc")) return;
    const std::string method = text_at(message, "method");
    const bool numbered = message.contains("id");
    if (method == "session/update") {
        // Updates before the prompt repeat the session's history. Updates after the answer to the
        // prompt count: some agents send their final text then.
        if (prompted_) on_update(object_at(object_at(message, "params"), "update"));
    } else if (asked_ == Asked::nothing) {
        return;
    } else if (!method.empty() && numbered) {
        on_request(message, method);
    } else if (method.empty() && numbered && message["id"] == request_) {
        if (message.contains("error"))
            on_error(object_at(message, "error"));
        else
            on_result(object_at(message, "result"));
    }
}

void AcpRunner::on_request(const Json& message, const std::string& method) {
    Json content;
    if (method != "session/request_permission") {
        content["code"] = kMethodNotFound;
        content["message"] = "not offered: " + method;
        return reply(message, "error", std::move(content));
    }
    const std::string option = permission_of(object_at(message, "params"));
    Json& outcome = content["outcome"];
    outcome["outcome"] = option.empty() ? "cancelled" : "selected";
    if (!option.empty()) outcome["optionId"] = option;
    reply(message, "result", std::move(content));
}

void AcpRunner::on_update(const Json& update) {
    const std::string kind = text_at(update, "sessionUpdate");
    if (kind == "agent_message_chunk") {
        if (text_.size() > kLongestText) return;
        if (after_tool_) text_.clear();
        after_tool_ = false;
        text_ += text_at(object_at(update, "content"), "text");
        if (text_.size() > kLongestText) end("the agent's answer is longer than 1 MiB");
    } else if (kind == "tool_call") {
        after_tool_ = true;
        std::string step = text_at(update, "kind");
        tell(step.empty() ? "tool" : std::move(step), text_at(update, "title"));
    } else if (kind == "plan") {
        tell("plan", current_entry(update));
    } else if (kind == "usage_update") {
        const Json& cost = object_at(update, "cost");
        if (const auto amount = cost.find("amount");
            amount != cost.end() && amount->is_number() && text_at(cost, "currency") == "USD")
            report_.session_cost_usd = amount->get<double>();
    }
}

void AcpRunner::on_result(const Json& result) {
    switch (asked_) {
        case Asked::initialize:
            return on_initialized(result);
        case Asked::load_session:
            report_.session_id = turn_.session_id;
            return send_prompt();
        case Asked::new_session:
            report_.session_id = text_at(result, "sessionId");
            return send_prompt();
        case Asked::prompt:
            return on_stopped(result);
        case Asked::nothing:
            return;
    }
}

void AcpRunner::on_error(const Json& error) {
    switch (asked_) {
        case Asked::load_session:
            if (number_at(error, "code") == kAuthenticationRequired) break;
            report_.session_replaced = true;
            return open_session(Asked::new_session, "session/new");
        case Asked::initialize:
        case Asked::new_session:
        case Asked::prompt:
        case Asked::nothing:
            break;
    }
    end("the agent answers with an error: " + describe(error));
}

void AcpRunner::on_initialized(const Json& result) {
    if (const std::int64_t version = number_at(result, "protocolVersion"); version != kVersion)
        return end("the agent speaks version " + std::to_string(version) +
                   " of the protocol, and we speak version " + std::to_string(kVersion));
    const Json& abilities = object_at(result, "agentCapabilities");
    const auto load = abilities.find("loadSession");
    const bool loads = load != abilities.end() && *load == true;
    const Json& of_sessions = object_at(abilities, "sessionCapabilities");
    const auto resume = of_sessions.find("resume");
    const bool resumes = resume != of_sessions.end() && resume->is_object();
    keeps_sessions_ = loads || resumes;
    if (turn_.resume && resumes) return open_session(Asked::load_session, "session/resume");
    if (turn_.resume && loads) return open_session(Asked::load_session, "session/load");
    report_.session_replaced = turn_.resume;
    open_session(Asked::new_session, "session/new");
}

void AcpRunner::open_session(Asked what, const char* method) {
    Json params;
    params["cwd"] = turn_.directory;
    Json& servers = params["mcpServers"] = Json::array();
    if (!settings_.tools.empty()) {
        Json server = tool_server(settings_.tools, turn_);
        Json variables = Json::array();
        for (const auto& [name, value] : server["env"].items())
            variables.push_back({{"name", name}, {"value", value}});
        server["name"] = "orchestrator";
        server["env"] = std::move(variables);
        servers.push_back(std::move(server));
    }
    if (what == Asked::load_session) params["sessionId"] = turn_.session_id;
    ask(what, method, std::move(params));
}

void AcpRunner::send_prompt() {
    if (report_.session_id.empty()) return end("the agent opened a session and did not name it");
    Json part;
    part["type"] = "text";
    part["text"] = std::move(turn_.prompt);
    Json params;
    params["sessionId"] = report_.session_id;
    params["prompt"] = Json::array();
    params["prompt"].push_back(std::move(part));
    prompted_ = true;
    ask(Asked::prompt, "session/prompt", std::move(params));
}

void AcpRunner::on_stopped(const Json& result) {
    if (const Json& usage = object_at(result, "usage"); !usage.empty())
        report_.usage = usage_of(usage);
    const std::string reason = text_at(result, "stopReason");
    if (reason == "end_turn") return end({});
    if (reason == "refusal") return end("the agent refused to go on (refusal)");
    if (reason == "cancelled")
        return end("the agent reports that its turn was cancelled (cancelled)");
    if (reason == "max_tokens")
        return end("the agent stopped at the model's limit of tokens (max_tokens)");
    if (reason == "max_turn_requests")
        return end("the agent stopped at its limit of requests (max_turn_requests)");
    end("the agent stopped for an unknown reason: " + reason);
}

void AcpRunner::end(std::string error) {
    asked_ = Asked::nothing;
    report_.complete = true;
    report_.error = std::move(error);
}

void AcpRunner::conclude() {
    // This turn could use any id; one that a later turn could not name is not kept.
    if (!takes_session(report_.session_id)) report_.session_id.clear();
    if (report_.complete && report_.error.empty()) report_.text = std::move(text_);
}

}  // namespace wrapper
