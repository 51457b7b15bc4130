// Writing a message to a stream: one field, `data`, one JSON object.
#pragma once

#include "contracts/fields/write.h"
#include "contracts/streams/connection.h"

namespace contracts {

// Streams are trimmed (approximately) to this many entries as they are written, so that none grows
// without bound. A stream of work is short when its consumers live; what is trimmed while pending
// is found by the sweep and named.
inline constexpr std::string_view kStreamLength = "100000";

// The arguments of the XADD, for those who put it into a transaction or send it themselves.
[[nodiscard]] OwnedCommand publish_command(std::string_view stream, std::string data);

// The new entry's id.
[[nodiscard]] Result<std::string> publish_data(Connection& connection, std::string_view stream,
                                               std::string data);

template <class M>
[[nodiscard]] Result<std::string> publish(Connection& connection, std::string_view stream,
                                          const M& message) {
    return publish_data(connection, stream, format_message(message));
}

}  // namespace contracts
