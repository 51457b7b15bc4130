// The queues of the bus as the scheduler last saw them, their dead letters, and administrators'
// orders for these. The API writes orders and reads the rest; the scheduler writes the rest and
// carries out the orders.
#pragma once

#include "contracts/base/clock.h"
#include "control/store/database.h"

#include <string>
#include <vector>

namespace control::queues {

struct QueueState {
    std::string name{};        // "engineering:queue"
    std::int64_t length = 0;   // entries in the stream
    std::int64_t pending = 0;  // given out and not acknowledged
    std::int64_t lag = 0;      // not given out yet
    std::int64_t dead = 0;     // in its dead letters
    contracts::Timestamp looked_at{};
};

struct DeadLetterRow {
    std::string queue{};
    std::string entry_id{};  // of the entry in {queue}:dlq
    contracts::Timestamp failed_at{};
    std::string service{};  // that refused it
    std::string error{};    // at most kShownBody bytes
    std::int64_t attempts = 0;
    std::string body{};  // the beginning of the message, at most kShownBody bytes
};
inline constexpr std::size_t kShownBody = 4096;
inline constexpr std::size_t kShownLetters = 100;  // of one queue, the newest

enum class Verb { requeue, drop };
struct Order {
    std::string queue;
    std::string entry_id;
    Verb verb = Verb::requeue;
    std::string asked_by;
};

// By name.
[[nodiscard]] Result<std::vector<QueueState>> all(Queries& db);
// The newest first. No such queue: `not_found`, field "name".
[[nodiscard]] Result<std::vector<DeadLetterRow>> letters(Queries& db, const std::string& queue,
                                                         std::size_t limit);
// Replaces what was known. A dead letter never changes, so a row that is known already is kept as
// it is.
[[nodiscard]] Result<void> note(Queries& db, const std::vector<QueueState>& states,
                                const std::vector<DeadLetterRow>& letters);

// A dead letter that is not known: `not_found`, field "id". A second order replaces the first.
[[nodiscard]] Result<void> order(Queries& db, const Order& order, contracts::Timestamp now);
// The oldest first.
[[nodiscard]] Result<std::vector<Order>> orders(Queries& db, std::size_t limit);
// The order was carried out, or nothing was left to do: it and the dead letter's row are deleted.
[[nodiscard]] Result<void> finish(Queries& db, const Order& order);

}  // namespace control::queues
