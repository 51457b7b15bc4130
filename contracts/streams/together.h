// Commands that are done together or not at all. MULTI alone does not give that: a command that
// finds a key of another type fails in EXEC by itself, and the others are done all the same. So
// every key that needs a type is watched and its type is asked for first.
//
// A login that may not ask (NOPERM) gets what MULTI gives.
#pragma once

#include "contracts/streams/connection.h"

namespace contracts {

// WATCH and TYPE of every key that the commands need as a stream, a hash or a list. Empty: none.
[[nodiscard]] std::vector<OwnedCommand> type_questions(std::span<const OwnedCommand> commands);
// From the replies to these. Fails with `conflict` at the first key of another type and names it;
// the watches then still stand.
[[nodiscard]] Result<void> check_types(std::span<const OwnedCommand> commands,
                                       std::span<const Reply> replies);

// Both, and the commands in MULTI and EXEC; again when a watched key changed in between. Gives up
// as `transient` after kTogetherTries: each failure means that somebody else has written.
inline constexpr int kTogetherTries = 32;
[[nodiscard]] Result<void> do_together(Connection& connection,
                                       std::span<const OwnedCommand> commands);

}  // namespace contracts
