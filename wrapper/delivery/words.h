// A command from borrowed texts.
#pragma once

#include "contracts/streams/connection.h"

#include <initializer_list>
#include <string_view>

namespace wrapper {

[[nodiscard]] contracts::OwnedCommand words(std::initializer_list<std::string_view> texts);

// Appends to a command.
void add_words(contracts::OwnedCommand& command, std::initializer_list<std::string_view> texts);

}  // namespace wrapper
