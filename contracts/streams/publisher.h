// Writing a message to a stream: one field, `data`, one JSON object.
#pragma once

#include "contracts/fields/write.h"
#include "contracts/streams/connection.h"

namespace contracts {

// Streams of events and of dead letters are trimmed (approximately) to this many entries as they
// are written, so that none grows without bound. Queues of work are not: their readers trim them
// (trim.h).
inline constexpr std::int64_t kStreamLength = 100'000;
// Whether each of its entries needs action: a queue, its results, a worker's input.
[[nodiscard]] bool is_queue_of_work(std::string_view stream);

// Makes a key expire; each write gives it the full time again.
[[nodiscard]] OwnedCommand expire_command(std::string_view key, std::chrono::seconds after);

// The arguments of the XADD, for callers that put it into a transaction or send it themselves.
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
