// Moving an entry to {stream}:dlq.
#pragma once

#include "contracts/streams/connection.h"
#include "contracts/streams/entry.h"

namespace contracts {

// The commands that copy an entry with its reason to {stream}:dlq and acknowledge it: to be done in
// one transaction.
[[nodiscard]] std::vector<OwnedCommand> refuse_commands(const Entry& entry, std::string_view group,
                                                        std::string_view service,
                                                        const Error& reason, Timestamp now);

}  // namespace contracts
