#include "wrapper/agent/claude.h"

#include "wrapper/agent/tool_server.h"
#include "wrapper/agent/verdict.h"

#include <algorithm>

namespace wrapper {

namespace {

using contracts::Json;
using contracts::text_at;

constexpr std::string_view kCounts[] = {"input_tokens", "output_tokens",
                                        "cache_creation_input_tokens", "cache_read_input_tokens"};
// Five retries take it about 15 seconds; after a longer outage the caller repeats the task.
constexpr const char* kRetries = "CLAUDE_CODE_MAX_RETRIES";
constexpr const char* kMostRetries = "5";
constexpr std::size_t kMostTasks = 1000;  // that are remembered
constexpr std::int64_t kMostTokens = 1'000'000'000'000;
constexpr std::string_view kUnknownSession = "No conversation found with session ID";

// The part of a tool's input by which a person recognises the call.
std::string describe_input(const Json& input) {
    for (const char* key : {"description", "command", "file_path", "pattern", "url", "query"})
        if (std::string text = text_at(input, key); !text.empty()) return text;
    return {};
}

std::string errors_of(const Json& result) {
    std::string text;
    if (const auto list = result.find("errors"); list != result.end() && list->is_array())
        for (const Json& one : *list)
            if (one.is_string())
                text.append(text.empty() ? "" : "; ").append(one.get<std::string>());
    return text;
}

// The HTTP status under `key`; 0 when it has none.
std::int64_t status_at(const Json& object, const char* key) {
    const auto status = object.find(key);
    return status != object.end() && status->is_number_integer() ? status->get<std::int64_t>() : 0;
}

// Claude reports failed API calls with the subtype "success", so `is_error` counts too.
std::string failure_of(const Json& result, const std::optional<std::string>& text) {
    const std::string subtype = text_at(result, "subtype");
    const auto flag = result.find("is_error");
    if ((flag == result.end() || *flag != true) && !subtype.starts_with("error")) return {};
    std::string error = errors_of(result);
    if (error.empty()) error = text.value_or(subtype);
    if (const std::int64_t status = status_at(result, "api_error_status"); status > 0)
        error.append(" (status ").append(std::to_string(status)).append(")");
    if (error.empty()) error = "the agent reports a failure without a reason";
    return error;
}

}  // namespace

ClaudeRunner::ClaudeRunner(RunnerSettings settings) : EventRunner(std::move(settings)) {}

AgentCommand ClaudeRunner::begin(Turn turn) {
    begin_turn(std::move(turn));
    message_id_.clear();
    message_tokens_ = 0;
    trouble_.clear();
    tasks_.clear();
    has_verdict_ = false;
    report_.session_id = turn_.session_id;
    AgentCommand command;
    command.argv = {"claude",
                    "-p",
                    "--output-format",
                    "stream-json",
                    "--verbose",
                    "--dangerously-skip-permissions",
                    turn_.resume ? "--resume" : "--session-id",
                    turn_.session_id};
    if (!settings_.model.empty())
        command.argv.insert(command.argv.end(), {"--model", settings_.model});
    if (!settings_.tools.empty()) {
        const Json servers{{"mcpServers", {{"orchestrator", tool_server(settings_.tools, turn_)}}}};
        command.argv.insert(command.argv.end(), {"--mcp-config", contracts::dump_json(servers)});
    }
    command.environment = {"CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC=1"};
    if (turn_.variable(kRetries).empty())
        command.environment.push_back(std::string(kRetries).append("=").append(kMostRetries));
    command.input = std::move(turn_.prompt);
    return command;
}

void ClaudeRunner::on_event(const Json& event, const std::string& type) {
    const std::string subtype = text_at(event, "subtype");
    if (type == "result") {
        take_result(event);
    } else if (type == "assistant") {
        answered(false);
        take_step(object_at(event, "message"));
    } else if (subtype == "api_retry") {
        take_retry(event);
    } else if (subtype == "init") {
        answered(false);
        take_session(event, "session_id");
    } else if (subtype.starts_with("task_")) {
        take_task(text_at(event, "task_id"), subtype);
    }
}

// A background task. The agent waits for its tasks before it goes on by itself.
void ClaudeRunner::take_task(const std::string& id, std::string_view subtype) {
    if (subtype == "task_notification")
        std::erase(tasks_, id);
    else if (subtype == "task_started" && tasks_.size() < kMostTasks)
        tasks_.push_back(id);
}

// An agent that has given a verdict has finished, whatever it left running. Otherwise we wait for
// its background tasks.
bool ClaudeRunner::has_answer(Moment moment) {
    const bool waits = !tasks_.empty() && !has_verdict_ && moment != Moment::out_of_time;
    return EventRunner::has_answer(moment) && !waits;
}

// The agent retries for minutes; if it is stopped before it has answered, this is the reported
// cause.
void ClaudeRunner::take_retry(const Json& event) {
    report_.model_status = status_at(event, "error_status");
    trouble_ = report_.model_status > 0
                   ? "the model's side answers with status " + std::to_string(report_.model_status)
                   : std::string("the model's side cannot be reached");
    trouble_.append(" (").append(text_at(event, "error")).append(")");
}

void ClaudeRunner::take_result(const Json& result) {
    answered(true);
    take_session(result, "session_id");
    report_.text.reset();
    if (const auto words = result.find("result"); words != result.end() && words->is_string())
        report_.text = words->get<std::string>();
    report_.error = failure_of(result, report_.text);
    report_.model_status = report_.error.empty() ? 0 : status_at(result, "api_error_status");
    has_verdict_ = !report_.error.empty() || has_final_verdict(report_.text.value_or(""));
    report_.usage = counts_of(object_at(result, "usage"), kCounts);
    if (const auto turns = result.find("num_turns");
        turns != result.end() && turns->is_number_integer())
        (*report_.usage)["num_turns"] = *turns;
    if (const auto cost = result.find("total_cost_usd"); cost != result.end() && cost->is_number())
        report_.session_cost_usd = cost->get<double>();
}

// A message arrives in pieces, each with the message's count so far.
void ClaudeRunner::take_step(const Json& message) {
    trouble_.clear();
    report_.model_status = 0;
    const Json& usage = object_at(message, "usage");
    if (const auto tokens = usage.find("output_tokens");
        tokens != usage.end() && tokens->is_number_integer()) {
        std::string id = text_at(message, "id");
        if (id != message_id_) message_tokens_ = 0;
        message_id_ = std::move(id);
        // Clamped, so that no reported number makes the sum overflow.
        const auto said = std::clamp<std::int64_t>(tokens->get<std::int64_t>(), 0, kMostTokens);
        tokens_ = std::clamp<std::int64_t>(tokens_ + said - message_tokens_, 0, kMostTokens);
        message_tokens_ = said;
    }
    const auto content = message.find("content");
    if (content == message.end() || !content->is_array()) return;
    for (const Json& part : *content)
        if (part.is_object() && text_at(part, "type") == "tool_use")
            tell(text_at(part, "name"), describe_input(object_at(part, "input")));
}

void ClaudeRunner::conclude() {
    if (!report_.text && report_.error.empty()) report_.error = trouble_;
    for (const std::string& words : {report_.error, error_tail()})
        if (words.find(kUnknownSession) != std::string::npos) report_.session_unknown = true;
}

}  // namespace wrapper
