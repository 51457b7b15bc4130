// Making a call and reading its result.
#pragma once

#include "control/graphs/kit/moment.h"

namespace control::graphs {

struct CallEnd {
    bool ok = false;
    std::string kind;  // "not_found", "conflict", "invalid", "transient", "permanent"
    std::string error;
    Json value;  // an object
};

// Waits for the result: the node is called again with `called`, or after `patience` with `timeout`.
[[nodiscard]] Next call(const Moment& moment, std::string name, Json arguments,
                        std::chrono::milliseconds patience);
// The result in this event. A timeout is "transient", with the message "<who> did not answer".
[[nodiscard]] CallEnd call_end(const Moment& moment, std::string_view who);

}  // namespace control::graphs
