// Spans in the form that an OTLP collector accepts over HTTP: the JSON encoding of
// ExportTraceServiceRequest (opentelemetry-proto 1.x). Pure.
#pragma once

#include "contracts/base/clock.h"

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace control {

struct Span {
    std::string trace_id;     // 32 hexadecimal digits (contracts/base/trace_id.h)
    std::string span_id;      // 16
    std::string parent_id{};  // 16; empty: the trace begins here
    std::string name;
    contracts::Timestamp begins{};
    contracts::Timestamp ends{};
    std::vector<std::pair<std::string, std::string>> attributes{};
    std::string failure{};  // empty: it succeeded
};

[[nodiscard]] std::string otlp_request(std::span<const Span> spans, std::string_view service);

// The same text gives the same id, so that a collector recognises a span that is sent again.
[[nodiscard]] std::string span_id_of(std::string_view text);

}  // namespace control
