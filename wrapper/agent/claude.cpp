#include "wrapper/agent/claude.h"

namespace wrapper {

namespace {

using contracts::Json;
using contracts::text_at;

constexpr std::size_t kLongestStep = 64 << 10;
constexpr std::size_t kShownStep = 160;

// The keys come in any order, so a line is recognised by this text anywhere in it; inside a string
// the quotation marks would be escaped.
bool has_type(std::string_view line, std::string_view marker) {
    return line.find(marker) != std::string_view::npos;
}

// What of a tool's input a person recognises it by.
std::string describe_input(const Json& input) {
    for (const char* key : {"description", "command", "file_path", "pattern", "url", "query"})
        if (std::string text = text_at(input, key); !text.empty()) return text;
    return {};
}

// It becomes an argument of the next turn: what is no identifier is none of the agent's own.
std::string session_of(const Json& line) {
    constexpr std::size_t kLongest = 255;
    std::string id = text_at(line, "session_id");
    const bool fits =
        id.size() <= kLongest && !id.starts_with('-') && contracts::kIdentifier.shape.matches(id);
    return fits ? id : std::string();
}

std::string errors_of(const Json& result) {
    std::string text;
    if (const auto list = result.find("errors"); list != result.end() && list->is_array())
        for (const Json& one : *list)
            if (one.is_string())
                text.append(text.empty() ? "" : "; ").append(one.get<std::string>());
    return text;
}

}  // namespace

contracts::Result<Report> read_claude_result(std::string_view line) {
    contracts::Result<Json> document = contracts::parse_json(line);
    if (!document) return contracts::fail(std::move(document.error()));
    const Json& result = *document;
    if (!result.is_object() || text_at(result, "type") != "result")
        return contracts::fail(contracts::ErrorKind::invalid, "is not a result line", "type");
    Report report;
    report.session_id = session_of(result);
    const auto words = result.find("result");
    if (words != result.end() && words->is_string()) report.text = words->get<std::string>();
    const std::string subtype = text_at(result, "subtype");
    const auto flag = result.find("is_error");
    const bool failed = (flag != result.end() && *flag == true) || subtype.starts_with("error");
    if (failed) {
        report.error = errors_of(result);
        if (report.error.empty()) report.error = report.text.value_or(subtype);
        if (const auto status = result.find("api_error_status");
            status != result.end() && status->is_number_integer())
            report.error.append(" (status ").append(status->dump()).append(")");
        report.session_unknown =
            report.error.find("No conversation found with session ID") != std::string::npos;
    }
    Json usage = Json::object();
    if (const auto used = result.find("usage"); used != result.end() && used->is_object())
        for (const char* key : {"input_tokens", "output_tokens", "cache_creation_input_tokens",
                                "cache_read_input_tokens"})
            if (const auto count = used->find(key); count != used->end()) usage[key] = *count;
    if (const auto turns = result.find("num_turns"); turns != result.end())
        usage["num_turns"] = *turns;
    if (const auto cost = result.find("total_cost_usd"); cost != result.end() && cost->is_number())
        report.session_cost_usd = cost->get<double>();
    report.usage = std::move(usage);
    return report;
}

std::optional<Progress> read_claude_step(std::string_view line) {
    const contracts::Result<Json> document = contracts::parse_json(line);
    if (!document || !document->is_object()) return std::nullopt;
    const auto message = document->find("message");
    if (message == document->end() || !message->is_object()) return std::nullopt;
    Progress progress;
    if (const auto usage = message->find("usage"); usage != message->end() && usage->is_object())
        if (const auto tokens = usage->find("output_tokens");
            tokens != usage->end() && tokens->is_number_integer())
            progress.tokens = tokens->get<std::int64_t>();
    const auto content = message->find("content");
    if (content == message->end() || !content->is_array()) return std::nullopt;
    for (const Json& part : *content) {
        if (!part.is_object() || text_at(part, "type") != "tool_use") continue;
        progress.step = text_at(part, "name");
        progress.message = progress.step;
        const auto input = part.find("input");
        const std::string what =
            input != part.end() && input->is_object() ? describe_input(*input) : std::string();
        if (!what.empty()) progress.message.append(": ").append(what.substr(0, kShownStep));
    }
    if (progress.step.empty()) return std::nullopt;
    return progress;
}

AgentCommand ClaudeRunner::begin(Turn turn) {
    turn_ = std::move(turn);
    lines_ = Lines();
    tail_ = contracts::BoundedText(kEvidence);
    errors_ = contracts::BoundedText(kEvidence);
    init_.clear();
    result_.clear();
    step_.clear();
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
    command.environment = {"CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC=1"};
    // Without it the agent refuses to run unasked as root.
    if (settings_.runs_as_root) command.environment.emplace_back("IS_SANDBOX=1");
    command.input = std::move(turn_.prompt);
    return command;
}

void ClaudeRunner::output(std::string_view bytes) {
    tail_.append(bytes);
    lines_.feed(bytes, [this](std::string_view line) { take_line(line); });
}

void ClaudeRunner::take_line(std::string_view line) {
    if (has_type(line, "\"type\":\"result\"")) {
        if (read_claude_result(line)) result_ = line;
    } else if (has_type(line, "\"type\":\"assistant\"")) {
        if (line.size() <= kLongestStep) step_ = line;
    } else if (has_type(line, "\"subtype\":\"init\"") && line.size() <= kLongestStep) {
        init_ = line;
    }
}

Report ClaudeRunner::report() {
    lines_.finish([this](std::string_view line) { take_line(line); });
    Report report;
    if (!result_.empty())
        if (contracts::Result<Report> read = read_claude_result(result_)) report = std::move(*read);
    if (report.session_id.empty() && !init_.empty())
        if (const contracts::Result<Json> init = contracts::parse_json(init_);
            init && init->is_object())
            report.session_id = session_of(*init);
    if (report.session_id.empty()) report.session_id = turn_.session_id;
    report.output_tail = tail_.tail(kEvidence);
    report.error_tail = errors_.tail(kEvidence);
    if (report.error_tail.find("No conversation found with session ID") != std::string::npos)
        report.session_unknown = true;
    return report;
}

std::optional<Progress> ClaudeRunner::progress() {
    if (step_.empty()) return std::nullopt;
    std::string line;
    line.swap(step_);
    return read_claude_step(line);
}

}  // namespace wrapper
