// What a model call asks for, read from its body without reading all of it: the scan steps over
// the conversation and looks at the members of the outermost object alone. Pure.
//
// An agent wrote the body, and two readers of one text may disagree. So a member that counts here
// may be there once, however its name is written, and whatever the provider's reader could take for
// something else is refused (`invalid`).
#pragma once

#include "contracts/base/result.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace control {

struct RequestFacts {
    std::string model{};
    std::int64_t most_output = 0;  // tokens of one answer; 0: the request does not say
    std::int64_t answers = 1;      // that are asked for at once
    bool streams = false;
    bool tells_usage = false;      // a stream of Chat Completions is asked to
    bool reads_elsewhere = false;  // more goes into it than its text: a stored conversation
    std::size_t bytes = 0;
};

[[nodiscard]] contracts::Result<RequestFacts> read_request_facts(std::string_view body);

// The body of a Chat Completions request with its stream asked to tell usage.
[[nodiscard]] std::string asking_for_usage(std::string_view body);

}  // namespace control
