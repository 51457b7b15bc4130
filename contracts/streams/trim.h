// Queues of work are not trimmed where they are written (publisher.h): a count would take entries
// that nobody has read, or that somebody works on. Each reader of a queue trims what is done.
#pragma once

#include "contracts/streams/connection.h"

namespace contracts {

// Where a queue has more than kStreamLength entries, those beyond it go that every group has
// acknowledged, oldest first and about as many as are too much. A queue without a group is left.
[[nodiscard]] Result<void> trim_acknowledged(Connection& connection, std::string_view stream);

}  // namespace contracts
