#include "contracts/base/trace_id.h"

#include "contracts/base/sha256.h"

#include <algorithm>

namespace contracts {

namespace {

bool is_hex_id(std::string_view text, std::size_t digits) {
    const auto is_digit = [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
    };
    return text.size() == digits && std::ranges::all_of(text, is_digit) &&
           text.find_first_not_of('0') != std::string_view::npos;
}

}  // namespace

std::string trace_id_of(std::string_view text) {
    return sha256_hex(text).substr(0, kTraceDigits);
}

TraceParent parse_traceparent(std::string_view text) {
    constexpr std::size_t kLength = 2 + 1 + kTraceDigits + 1 + kSpanDigits + 1 + 2;
    if (text.size() != kLength || !text.starts_with("00-") || text[35] != '-' || text[52] != '-')
        return {};
    const std::string_view trace = text.substr(3, kTraceDigits);
    const std::string_view span = text.substr(36, kSpanDigits);
    if (!is_hex_id(trace, kTraceDigits) || !is_hex_id(span, kSpanDigits)) return {};
    return {std::string(trace), std::string(span)};
}

Log log_of_request(const Log& log, std::string_view correlation_id, std::string_view traceparent) {
    Log about = correlation_id.empty() ? log : log.with("correlation_id", correlation_id);
    const TraceParent parent = parse_traceparent(traceparent);
    if (!parent.trace_id.empty()) return about.with("trace_id", parent.trace_id);
    return correlation_id.empty() ? about : about.with("trace_id", trace_id_of(correlation_id));
}

}  // namespace contracts
