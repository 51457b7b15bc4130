// The failure of a call to GitHub: an Error with the HTTP status that it came with, and the
// earliest time for a retry if GitHub, or our own budget, gave one.
//
// Kinds: `upstream` a rate limit (`retry_at` is set); `permission` the App is not allowed to, or
// its installation was removed or suspended; `not_found`; `conflict` the current state does not
// permit it (archived, renamed, a merge that does not apply); `invalid` GitHub refuses the request;
// `transient` no connection, a 5xx, or an answer that is not valid JSON; `fatal` our credentials.
#pragma once

#include "contracts/base/clock.h"
#include "contracts/base/result.h"

namespace control::github {

struct Fault : contracts::Error {
    int status = 0;  // 0: there was no answer
    std::optional<contracts::Timestamp> retry_at{};
};

template <class T>
class [[nodiscard]] Answer : public std::expected<T, Fault> {
public:
    using std::expected<T, Fault>::expected;
};

[[nodiscard]] inline std::unexpected<Fault> refuse(contracts::Error error, int status = 0) {
    return std::unexpected<Fault>(Fault{std::move(error), status, {}});
}

// For callers that only need an Error.
[[nodiscard]] inline std::unexpected<contracts::Error> plain(const Fault& fault) {
    return contracts::fail(contracts::Error(fault));
}

}  // namespace control::github
