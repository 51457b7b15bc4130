#include "control/store/idempotency.h"

namespace control::idempotency {

namespace {

std::int64_t milliseconds(contracts::Timestamp time) {
    return time.time_since_epoch().count();
}

}  // namespace

Result<std::optional<std::string>> recall(Queries& db, const Request& request,
                                          contracts::Timestamp now) {
    Result<Rows> found = db.query(
        "SELECT body_digest, answer FROM idempotency_keys "
        "WHERE caller = $1 AND route = $2 AND key = $3 AND expires_at > $4",
        {request.caller, request.route, request.key, milliseconds(now)});
    if (!found) return found.fault();
    if (found->rows.empty()) return std::nullopt;
    if (found->rows.front().text(0) != request.body_digest)
        return fail(ErrorKind::conflict, "was already used with a different body",
                    "Idempotency-Key", "use a new key for a new request");
    return found->rows.front().text(1);
}

Result<void> remember(Queries& db, const Request& request, const std::string& answer,
                      contracts::Timestamp now) {
    // More than one row is removed for each new one, so the table stays as large as a day's
    // requests.
    Result<Rows> forgotten = db.query(
        "DELETE FROM idempotency_keys WHERE (caller, route, key) IN (SELECT caller, route, key "
        "FROM idempotency_keys WHERE expires_at <= $1 ORDER BY expires_at LIMIT 16)",
        {milliseconds(now)});
    if (!forgotten) return forgotten.fault();
    Result<Rows> kept = db.query(
        "INSERT INTO idempotency_keys (caller, route, key, body_digest, answer, expires_at) "
        "VALUES ($1, $2, $3, $4, $5, $6) "
        "ON CONFLICT (caller, route, key) DO UPDATE SET body_digest = excluded.body_digest, "
        "answer = excluded.answer, expires_at = excluded.expires_at",
        {request.caller, request.route, request.key, request.body_digest, answer,
         milliseconds(now + kRemembered)});
    if (!kept) return kept.fault();
    return {};
}

}  // namespace control::idempotency
