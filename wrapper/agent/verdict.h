// The verdict inside an agent's text: the first <result>…</result> block, JSON inside.
#pragma once

#include "contracts/messages/developer.h"

namespace wrapper {

// `not_found`: there is no block. `invalid`: what is inside is not a verdict, and where.
[[nodiscard]] contracts::Result<contracts::AgentVerdict> read_verdict(std::string_view text);

}  // namespace wrapper
