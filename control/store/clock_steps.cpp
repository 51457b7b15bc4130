#include "control/store/clock_steps.h"

#include "control/store/run.h"

#include <fstream>

namespace control {

using std::chrono::milliseconds;

namespace {

struct Mark {
    std::string boot;
    milliseconds ahead{};
};

Result<std::optional<Mark>> find_mark(Queries& db, const std::string& name) {
    Result<Rows> rows = db.query("SELECT boot, ahead_ms FROM clock_marks WHERE name = $1", {name});
    if (!rows) return rows.fault();
    if (rows->rows.empty()) return std::optional<Mark>();
    return std::optional(
        Mark{rows->rows.front().text(0), milliseconds(rows->rows.front().integer(1))});
}

Result<void> put_mark(Queries& db, const std::string& name, const Mark& mark) {
    return run(db,
               "INSERT INTO clock_marks (name, boot, ahead_ms) VALUES ($1, $2, $3) "
               "ON CONFLICT (name) DO UPDATE SET boot = $2, ahead_ms = $3",
               {name, mark.boot, std::int64_t{mark.ahead.count()}});
}

milliseconds steady_time(const contracts::Clock& clock) {
    return std::chrono::duration_cast<milliseconds>(clock.instant().time_since_epoch());
}

}  // namespace

ClockSteps::ClockSteps(const contracts::Clock& clock, std::string name, std::string boot)
    : clock_(clock), name_(std::move(name)), boot_(std::move(boot)) {}

Result<void> ClockSteps::settle(Database& db, const Shift& shift) {
    const milliseconds ahead = clock_.now().time_since_epoch() - steady_time(clock_);
    const std::int64_t before = ahead_;
    if (before != kUnknown && std::chrono::abs(ahead - milliseconds(before)) < kLeastStep)
        return {};
    // The mark may belong to another daemon of this machine that has already moved the times.
    const Result<void> settled = db.transaction([&](Transaction& tx) -> Result<void> {
        Result<std::optional<Mark>> mark = find_mark(tx, name_);
        if (!mark) return mark.fault();
        const bool known = *mark && !boot_.empty() && (*mark)->boot == boot_;
        const milliseconds step = known ? ahead - (*mark)->ahead : milliseconds(0);
        if (known && std::chrono::abs(step) < kLeastStep) return {};
        if (known)
            if (Result<void> shifted = shift(tx, step); !shifted) return shifted;
        return put_mark(tx, name_, {boot_, ahead});
    });
    if (settled) ahead_ = ahead.count();
    return settled;
}

contracts::Timestamp ClockSteps::now() const {
    const std::int64_t ahead = ahead_;
    if (ahead == kUnknown) return clock_.now();
    return contracts::Timestamp(steady_time(clock_) + milliseconds(ahead));
}

std::string ClockSteps::this_boot() {
    std::ifstream file("/proc/sys/kernel/random/boot_id");
    std::string boot;
    std::getline(file, boot);
    return boot;
}

}  // namespace control
