// The verdict inside an agent's text: the first <result>…</result> block whose inside is JSON.
//
// A Markdown fence or words around the JSON do not count; neither do tags in prose or inside the
// strings of the JSON.
#pragma once

#include "contracts/messages/developer.h"

namespace wrapper {

// `not_found`: the text has no block. `invalid`: no block has a verdict in it; what is wrong with
// the first one, and where.
[[nodiscard]] contracts::Result<contracts::AgentVerdict> read_verdict(std::string_view text);

// Whether `text` has a verdict that ends the work: not one of work in progress.
[[nodiscard]] bool has_final_verdict(std::string_view text);

}  // namespace wrapper
