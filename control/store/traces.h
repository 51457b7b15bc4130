// The rows that traces are derived from: flows that have ended and chat messages that were
// answered, each after a given place. Functions over Queries.
#pragma once

#include "contracts/base/clock.h"
#include "control/store/database.h"

namespace control::traces {

using contracts::Timestamp;

// How far the rows have been read: the time and the id of the last one.
struct Place {
    Timestamp at{};
    std::string id;
};
// Empty: nothing of this name has been read yet.
[[nodiscard]] Result<std::optional<Place>> place(Queries& db, const std::string& name);
[[nodiscard]] Result<void> save_place(Queries& db, const std::string& name, const Place& place);

// A flow that was completed, cancelled or failed after `after` and not after `until`, with its
// checkpoint. Ordered by their ends. A flow that failed and was retried ends more than once.
struct EndedFlow {
    std::string id;
    std::string graph;
    std::string subject;
    std::string status;  // a name of ThreadStatus
    std::string reason;
    std::string state;  // JSON
    Timestamp began_at{};
    Timestamp ended_at{};
};
[[nodiscard]] Result<std::vector<EndedFlow>> ended_flows(Queries& db, const Place& after,
                                                         Timestamp until, int limit);

// A user's message and the Product Owner's first answer to it.
struct Answered {
    std::string id;  // the answer's row
    std::string user_id;
    std::string channel;
    std::string correlation_id;
    Timestamp asked_at{};
    Timestamp answered_at{};
};
[[nodiscard]] Result<std::vector<Answered>> answered(Queries& db, const Place& after,
                                                     Timestamp until, int limit);
// Whether a user's message has this correlation id: flows with the same id belong to its trace.
[[nodiscard]] Result<bool> began_in_chat(Queries& db, const std::string& correlation_id);

}  // namespace control::traces
