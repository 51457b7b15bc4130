// Work queues are not trimmed where they are written (publisher.h), because a count would drop
// entries that are unread or in progress. Each reader of a queue trims the finished ones.
#pragma once

#include "contracts/streams/connection.h"

namespace contracts {

// Beyond kStreamLength entries, drops the oldest that every group has acknowledged, approximately
// down to that length. A queue without a group is left alone.
[[nodiscard]] Result<void> trim_acknowledged(Connection& connection, std::string_view stream);

}  // namespace contracts
