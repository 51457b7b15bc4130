#include "control/models/usage.h"

#include <algorithm>

namespace control {

using contracts::Json;

namespace {

// For one event, or a complete answer. OpenAI's last event repeats the whole answer.
constexpr std::size_t kMaxKept = 8 << 20;
constexpr std::size_t kMaxModelText = 256;

const Json* object_in(const Json& document, std::string_view name) {
    if (!document.is_object()) return nullptr;
    const auto found = document.find(name);
    return found != document.end() && found->is_object() ? &*found : nullptr;
}

// A count that is present and valid.
std::optional<std::int64_t> count_in(const Json& object, std::string_view name,
                                     UsageReport& report) {
    const auto found = object.find(name);
    if (found == object.end() || found->is_null()) return std::nullopt;
    if (found->is_number_integer()) {
        const bool fits = found->is_number_unsigned()
                              ? found->get<std::uint64_t>() <= std::uint64_t{kMostCounted}
                              : found->get<std::int64_t>() >= 0;
        if (fits) return found->get<std::int64_t>();
    }
    report.is_wrong = true;
    return std::nullopt;
}

void raise(std::int64_t& count, std::optional<std::int64_t> told) {
    if (told) count = std::max(count, *told);
}

void read_model(const Json& object, UsageReport& report) {
    const std::string model = contracts::text_at(object, "model");
    if (!model.empty() && model.size() <= kMaxModelText) report.model = model;
}

// The input is counted without the cached part.
void read_message_usage(const Json& usage, bool is_whole, UsageReport& report) {
    const auto input = count_in(usage, "input_tokens", report);
    const auto output = count_in(usage, "output_tokens", report);
    raise(report.tokens.input, input);
    raise(report.tokens.cache_read, count_in(usage, "cache_read_input_tokens", report));
    raise(report.tokens.cache_write, count_in(usage, "cache_creation_input_tokens", report));
    if (const Json* kept = object_in(usage, "cache_creation"))
        raise(report.tokens.long_write, count_in(*kept, "ephemeral_1h_input_tokens", report));
    raise(report.tokens.output, output);
    report.tells_input |= input.has_value();
    report.tells_output |= output.has_value() && is_whole;
}

// The input is counted with the cached part.
void read_openai_usage(const Json& usage, std::string_view input_name, std::string_view output_name,
                       std::string_view details_name, UsageReport& report) {
    const auto input = count_in(usage, input_name, report);
    const auto output = count_in(usage, output_name, report);
    std::int64_t cached = 0;
    if (const Json* details = object_in(usage, details_name))
        cached = count_in(*details, "cached_tokens", report).value_or(0);
    if (input && cached > *input) {
        report.is_wrong = true;
        cached = *input;
    }
    if (input && *input >= report.tokens.input + report.tokens.cache_read) {
        report.tokens.input = *input - cached;
        report.tokens.cache_read = cached;
    }
    raise(report.tokens.output, output);
    report.tells_input |= input.has_value();
    report.tells_output |= output.has_value();
}

void read_messages(const Json& document, UsageReport& report) {
    const std::string type = contracts::text_at(document, "type");
    if (type == "message_start") {
        const Json* message = object_in(document, "message");
        if (message == nullptr) return;
        read_model(*message, report);
        if (const Json* usage = object_in(*message, "usage"))
            read_message_usage(*usage, false, report);
    } else if (type == "message_delta" || type == "message") {
        read_model(document, report);
        if (const Json* usage = object_in(document, "usage"))
            read_message_usage(*usage, true, report);
    }
}

void read_responses(const Json& document, UsageReport& report) {
    const Json* response = object_in(document, "response");
    const Json& holder = response == nullptr ? document : *response;
    read_model(holder, report);
    if (const Json* usage = object_in(holder, "usage"))
        read_openai_usage(*usage, "input_tokens", "output_tokens", "input_tokens_details", report);
}

}  // namespace

void read_usage(ModelApi api, const Json& document, UsageReport& report) {
    if (!document.is_object()) return;
    switch (api) {
        case ModelApi::messages:
            return read_messages(document, report);
        case ModelApi::responses:
            return read_responses(document, report);
        case ModelApi::chat:
            read_model(document, report);
            if (const Json* usage = object_in(document, "usage"))
                read_openai_usage(*usage, "prompt_tokens", "completion_tokens",
                                  "prompt_tokens_details", report);
            return;
        case ModelApi::none:
            return;
    }
}

void UsageReader::take(std::string_view bytes) {
    if (api_ == ModelApi::none) return;
    if (!is_event_stream_) return keep(bytes);
    while (!bytes.empty()) {
        const std::size_t end = bytes.find('\n');
        if (end == std::string_view::npos) return keep(bytes);
        if (kept_.empty() && !is_too_long_) {
            take_line(bytes.substr(0, end));
        } else {
            keep(bytes.substr(0, end));
            if (!is_too_long_) take_line(kept_);
            kept_.clear();
            is_too_long_ = false;
        }
        bytes.remove_prefix(end + 1);
    }
}

void UsageReader::keep(std::string_view bytes) {
    if (is_too_long_) return;
    if (kept_.size() + bytes.size() > kMaxKept) {
        is_too_long_ = true;
        kept_ = {};
        return;
    }
    kept_.append(bytes);
}

// Most lines are pieces of text: only a line that may contain usage is parsed as JSON.
void UsageReader::take_line(std::string_view line) {
    constexpr std::string_view kData = "data:";
    if (!line.starts_with(kData) || line.find("\"usage\"") == std::string_view::npos) return;
    line.remove_prefix(kData.size());
    if (const contracts::Result<Json> document = contracts::parse_json(line))
        read_usage(api_, *document, report_);
}

const UsageReport& UsageReader::report() {
    if (!is_event_stream_ && !kept_.empty()) {
        if (const contracts::Result<Json> document = contracts::parse_json(kept_))
            read_usage(api_, *document, report_);
        kept_ = {};
    }
    return report_;
}

}  // namespace control
