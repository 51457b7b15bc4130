// What a model call requests, read from its body without parsing all of it: the scan skips the
// conversation and only reads members of the outermost object. Pure.
//
// An agent wrote the body, and two parsers of one text may disagree. So a member that matters here
// may appear only once, however its name is written, and everything that the provider's parser
// could read differently is refused (`invalid`).
#pragma once

#include "contracts/base/result.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace control {

struct RequestFacts {
    std::string model{};
    std::int64_t most_output = 0;  // tokens of one answer; 0: not in the request
    std::int64_t answers = 1;      // answers requested at once
    bool streams = false;
    bool tells_usage = false;      // a stream of Chat Completions will report its usage
    bool reads_elsewhere = false;  // its input is more than its text: a stored conversation
    std::size_t bytes = 0;
};

[[nodiscard]] contracts::Result<RequestFacts> read_request_facts(std::string_view body);

// The body of a Chat Completions request, changed to request usage in its stream.
[[nodiscard]] std::string asking_for_usage(std::string_view body);

}  // namespace control
