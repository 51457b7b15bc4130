#include "control/store/leases.h"

#include "control/store/run.h"

namespace control::leases {

namespace {

std::int64_t count_of(contracts::Timestamp time) {
    return time.time_since_epoch().count();
}

}  // namespace

// One statement, so that the row orders two daemons that ask at the same moment. A holder whose
// lease has expired gets a new number, because others may have considered the lease free.
Result<std::optional<Lease>> acquire(Queries& db, const std::string& name,
                                     const std::string& holder, contracts::Timestamp now,
                                     std::chrono::milliseconds length) {
    Result<Rows> taken = db.query(
        "INSERT INTO leases (name, holder, fencing, until) VALUES ($1, $2, 1, $3) "
        "ON CONFLICT (name) DO UPDATE SET "
        "fencing = CASE WHEN leases.holder = excluded.holder AND leases.until > $4 "
        "THEN leases.fencing ELSE leases.fencing + 1 END, "
        "holder = excluded.holder, until = excluded.until "
        "WHERE leases.holder = excluded.holder OR leases.until <= $4 "
        "RETURNING fencing",
        {name, holder, count_of(now + length), count_of(now)});
    if (!taken) return taken.fault();
    if (taken->rows.empty()) return std::nullopt;
    return Lease{name, holder, taken->rows.front().integer(0), now + length};
}

Result<void> check(Queries& db, const Lease& lease) {
    Result<std::optional<Lease>> current = find(db, lease.name);
    if (!current) return current.fault();
    if (*current && (*current)->fencing == lease.fencing && (*current)->holder == lease.holder)
        return {};
    return fail(ErrorKind::conflict, "the lease of " + lease.name + " has passed to another daemon",
                "lease");
}

Result<void> release(Queries& db, const Lease& lease) {
    return run(db, "UPDATE leases SET until = 0 WHERE name = $1 AND holder = $2 AND fencing = $3",
               {lease.name, lease.holder, lease.fencing});
}

Result<std::optional<Lease>> find(Queries& db, const std::string& name) {
    Result<Rows> rows =
        db.query("SELECT holder, fencing, until FROM leases WHERE name = $1", {name});
    if (!rows) return rows.fault();
    if (rows->rows.empty()) return std::nullopt;
    const Row& row = rows->rows.front();
    return Lease{name, row.text(0), row.integer(1),
                 contracts::Timestamp(std::chrono::milliseconds(row.integer(2)))};
}

}  // namespace control::leases
