#include "control/store/queues.h"

#include "control/store/run.h"
#include "control/store/stored_time.h"

#include <set>

namespace control::queues {

using contracts::Timestamp;

namespace {

using LetterKey = std::pair<std::string, std::string>;  // queue, entry id

Result<void> note_states(Queries& db, const std::vector<QueueState>& states) {
    if (Result<void> gone = run(db, "DELETE FROM queue_states", {}); !gone) return gone;
    for (const QueueState& one : states)
        if (Result<void> put =
                run(db,
                    "INSERT INTO queue_states (name, length, pending, lag, dead, looked_at) "
                    "VALUES ($1, $2, $3, $4, $5, $6)",
                    {one.name, one.length, one.pending, one.lag, one.dead, stored(one.looked_at)});
            !put)
            return put;
    return {};
}

Result<void> insert_letter(Queries& db, const DeadLetterRow& letter) {
    return run(db,
               "INSERT INTO dead_letters (queue, entry_id, failed_at, service, error, attempts, "
               "body) VALUES ($1, $2, $3, $4, $5, $6, $7)",
               {letter.queue, letter.entry_id, stored(letter.failed_at), letter.service,
                letter.error, letter.attempts, letter.body});
}

Result<void> delete_letter(Queries& db, const std::string& queue, const std::string& entry_id) {
    return run(db, "DELETE FROM dead_letters WHERE queue = $1 AND entry_id = $2",
               {queue, entry_id});
}

}  // namespace

Result<std::vector<QueueState>> all(Queries& db) {
    const auto rows = db.query(
        "SELECT name, length, pending, lag, dead, looked_at FROM queue_states ORDER BY name");
    if (!rows) return rows.fault();
    std::vector<QueueState> states;
    for (const Row& row : rows->rows)
        states.push_back({.name = row.text(0),
                          .length = row.integer(1),
                          .pending = row.integer(2),
                          .lag = row.integer(3),
                          .dead = row.integer(4),
                          .looked_at = time_of(row.integer(5))});
    return states;
}

Result<std::vector<DeadLetterRow>> letters(Queries& db, const std::string& queue,
                                           std::size_t limit) {
    const auto known = db.query("SELECT 1 FROM queue_states WHERE name = $1", {queue});
    if (!known) return known.fault();
    if (known->rows.empty())
        return fail(ErrorKind::not_found, "there is no queue \"" + queue + "\"", "name",
                    "orchestrator queue list shows them");
    const auto rows = db.query(
        "SELECT queue, entry_id, failed_at, service, error, attempts, body FROM dead_letters WHERE "
        "queue = $1 ORDER BY failed_at DESC, entry_id DESC LIMIT $2",
        {queue, static_cast<std::int64_t>(limit)});
    if (!rows) return rows.fault();
    std::vector<DeadLetterRow> letters;
    for (const Row& row : rows->rows)
        letters.push_back({.queue = row.text(0),
                           .entry_id = row.text(1),
                           .failed_at = time_of(row.integer(2)),
                           .service = row.text(3),
                           .error = row.text(4),
                           .attempts = row.integer(5),
                           .body = row.text(6)});
    return letters;
}

Result<void> note(Queries& db, const std::vector<QueueState>& states,
                  const std::vector<DeadLetterRow>& letters) {
    if (Result<void> noted = note_states(db, states); !noted) return noted;
    const auto rows = db.query("SELECT queue, entry_id FROM dead_letters");
    if (!rows) return rows.fault();
    std::set<LetterKey> known;
    for (const Row& row : rows->rows)
        known.emplace(row.text(0), row.text(1));
    for (const DeadLetterRow& one : letters)
        if (known.erase({one.queue, one.entry_id}) == 0)
            if (Result<void> put = insert_letter(db, one); !put) return put;
    for (const auto& [queue, entry_id] : known)  // those that are gone
        if (Result<void> gone = delete_letter(db, queue, entry_id); !gone) return gone;
    return {};
}

Result<void> order(Queries& db, const Order& order, Timestamp now) {
    const auto known = db.query("SELECT 1 FROM dead_letters WHERE queue = $1 AND entry_id = $2",
                                {order.queue, order.entry_id});
    if (!known) return known.fault();
    if (known->rows.empty())
        return fail(ErrorKind::not_found, "the queue has no such dead letter", "id",
                    "orchestrator queue show " + order.queue + " lists them");
    return run(
        db,
        "INSERT INTO dead_letter_orders (queue, entry_id, verb, asked_by, asked_at) VALUES "
        "($1, $2, $3, $4, $5) ON CONFLICT (queue, entry_id) DO UPDATE SET verb = "
        "excluded.verb, asked_by = excluded.asked_by, asked_at = excluded.asked_at",
        {order.queue, order.entry_id, std::string(order.verb == Verb::drop ? "drop" : "requeue"),
         order.asked_by, stored(now)});
}

Result<std::vector<Order>> orders(Queries& db, std::size_t limit) {
    const auto rows = db.query(
        "SELECT queue, entry_id, verb, asked_by FROM dead_letter_orders ORDER BY asked_at, queue, "
        "entry_id LIMIT $1",
        {static_cast<std::int64_t>(limit)});
    if (!rows) return rows.fault();
    std::vector<Order> orders;
    for (const Row& row : rows->rows)
        orders.push_back({.queue = row.text(0),
                          .entry_id = row.text(1),
                          .verb = row.text(2) == "drop" ? Verb::drop : Verb::requeue,
                          .asked_by = row.text(3)});
    return orders;
}

Result<void> finish(Queries& db, const Order& order) {
    if (Result<void> gone =
            run(db, "DELETE FROM dead_letter_orders WHERE queue = $1 AND entry_id = $2",
                {order.queue, order.entry_id});
        !gone)
        return gone;
    return delete_letter(db, order.queue, order.entry_id);
}

}  // namespace control::queues
