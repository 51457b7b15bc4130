// Commands that take effect together or not at all. MULTI alone does not ensure that: in EXEC, a
// command that finds a key of the wrong type fails alone and the others succeed. So every key that
// needs a type is watched, and its type is checked first.
//
// A login without permission to ask (NOPERM) gets only the guarantee of MULTI.
#pragma once

#include "contracts/streams/connection.h"

namespace contracts {

// WATCH and TYPE of every key that the commands need as a stream, a hash or a list. Empty: none.
[[nodiscard]] std::vector<OwnedCommand> type_questions(std::span<const OwnedCommand> commands);
// Checks the replies to these. Fails with `conflict` at the first key of another type and names it;
// the keys are then still watched.
[[nodiscard]] Result<void> check_types(std::span<const OwnedCommand> commands,
                                       std::span<const Reply> replies);

// Both, and the commands in MULTI and EXEC; repeated if a watched key changed in between. Gives up
// as `transient` after kTogetherTries: each failure means that another client has written.
inline constexpr int kTogetherTries = 32;
[[nodiscard]] Result<void> do_together(Connection& connection,
                                       std::span<const OwnedCommand> commands);

}  // namespace contracts
