// The trace that something belongs to. Everything that one request caused has the id of its
// `traceparent`, or one derived from its correlation id, in exported spans and in log lines alike.
// Pure.
#pragma once

#include "contracts/base/log.h"

#include <string>
#include <string_view>

namespace contracts {

inline constexpr std::size_t kTraceDigits = 32;
inline constexpr std::size_t kSpanDigits = 16;

// The same text gives the same id.
[[nodiscard]] std::string trace_id_of(std::string_view text);

// "00-<trace>-<span>-<flags>" (W3C Trace Context). Both parts are empty if the text is not one.
struct TraceParent {
    std::string trace_id;
    std::string span_id;
};
[[nodiscard]] TraceParent parse_traceparent(std::string_view text);

// The log for lines about a request: they carry its correlation id and its trace's id, those of
// both that are known.
[[nodiscard]] Log log_of_request(const Log& log, std::string_view correlation_id,
                                 std::string_view traceparent = {});

}  // namespace contracts
