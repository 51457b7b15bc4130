// The verdict inside an agent's text: the first <result>…</result> block that contains JSON.
//
// A Markdown fence or text around the JSON is ignored; so are tags in prose or inside the strings
// of the JSON.
#pragma once

#include "contracts/messages/developer.h"

namespace wrapper {

// `not_found`: the text has no block. `invalid`: no block contains a verdict; the error describes
// what is wrong with the first block, and where.
[[nodiscard]] contracts::Result<contracts::AgentVerdict> read_verdict(std::string_view text);

// Whether `text` has a verdict that ends the work: any but `in_progress`.
[[nodiscard]] bool has_final_verdict(std::string_view text);

}  // namespace wrapper
