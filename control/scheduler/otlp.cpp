#include "control/scheduler/otlp.h"

#include "contracts/base/json.h"
#include "contracts/base/sha256.h"
#include "contracts/base/text.h"
#include "contracts/base/trace_id.h"

#include <algorithm>

namespace control {

using contracts::Json;

namespace {

constexpr std::size_t kLongestValue = 1024;
// The protocol's numbers.
constexpr int kInternalSpan = 1;
constexpr int kStatusOk = 1;
constexpr int kStatusError = 2;

// Protobuf's JSON writes 64-bit numbers as strings.
std::string nanoseconds_of(contracts::Timestamp time) {
    return std::to_string(std::chrono::nanoseconds(time.time_since_epoch()).count());
}

Json attribute(std::string_view key, std::string_view value) {
    return {{"key", std::string(key)},
            {"value", {{"stringValue", std::string(contracts::beginning(value, kLongestValue))}}}};
}

Json json_of(const Span& span) {
    Json attributes = Json::array();
    for (const auto& [key, value] : span.attributes)
        if (!value.empty()) attributes.push_back(attribute(key, value));
    Json status{{"code", span.failure.empty() ? kStatusOk : kStatusError}};
    if (!span.failure.empty())
        status["message"] = std::string(contracts::beginning(span.failure, kLongestValue));
    Json json{{"traceId", span.trace_id},
              {"spanId", span.span_id},
              {"name", span.name},
              {"kind", kInternalSpan},
              {"startTimeUnixNano", nanoseconds_of(span.begins)},
              {"endTimeUnixNano", nanoseconds_of(std::max(span.begins, span.ends))},
              {"attributes", std::move(attributes)},
              {"status", std::move(status)}};
    if (!span.parent_id.empty()) json["parentSpanId"] = span.parent_id;
    return json;
}

}  // namespace

std::string otlp_request(std::span<const Span> spans, std::string_view service) {
    Json all = Json::array();
    for (const Span& span : spans)
        all.push_back(json_of(span));
    Json resource{{"attributes", Json::array({attribute("service.name", service)})}};
    Json scope{{"scope", {{"name", std::string(service)}}}, {"spans", std::move(all)}};
    Json of_service{{"resource", std::move(resource)},
                    {"scopeSpans", Json::array({std::move(scope)})}};
    return contracts::dump_json(Json{{"resourceSpans", Json::array({std::move(of_service)})}});
}

std::string span_id_of(std::string_view text) {
    return contracts::sha256_hex(text).substr(0, contracts::kSpanDigits);
}

}  // namespace control
