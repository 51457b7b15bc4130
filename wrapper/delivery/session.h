// What Redis remembers of a po worker's conversation: worker:session:{id}.
#pragma once

#include "contracts/base/clock.h"
#include "contracts/base/json.h"

#include <optional>
#include <string>
#include <string_view>

namespace wrapper {

struct Session {
    std::string id;
    std::optional<contracts::Timestamp> used_at;  // absent if its writer did not record it
    double cost_usd = 0;                          // what the agent has reported for it so far
    contracts::Json usage{};                      // the same, from agents that report totals
    std::string begun_as{};  // the id that we were given; an agent may continue under another one
};

// Empty when `text` is not a usable session.
[[nodiscard]] std::optional<Session> parse_session(std::string_view text);
[[nodiscard]] std::string format_session(const Session& session);

}  // namespace wrapper
