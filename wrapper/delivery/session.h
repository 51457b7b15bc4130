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
    std::optional<contracts::Timestamp> used_at;  // absent: written by somebody who did not say
    double cost_usd = 0;                          // what the agent has reported for it so far
    contracts::Json usage{};  // the same, of agents that count over the whole of it
    std::string begun_as{};   // the id that somebody gave us: an agent may go on under another
};

// Empty: nothing usable there.
[[nodiscard]] std::optional<Session> parse_session(std::string_view text);
[[nodiscard]] std::string format_session(const Session& session);

}  // namespace wrapper
