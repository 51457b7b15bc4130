// A command from borrowed texts.
#pragma once

#include "contracts/streams/connection.h"

#include <initializer_list>
#include <string_view>

namespace contracts {

[[nodiscard]] OwnedCommand words(std::initializer_list<std::string_view> texts);

// Appends to a command.
void add_words(OwnedCommand& command, std::initializer_list<std::string_view> texts);

// The commands between MULTI and EXEC; the reply to the last one covers them all.
[[nodiscard]] std::vector<OwnedCommand> in_transaction(std::vector<OwnedCommand> commands);

}  // namespace contracts
