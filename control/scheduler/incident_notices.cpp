#include "control/scheduler/incident_notices.h"

#include "contracts/base/id.h"
#include "control/scheduler/admin_notice.h"
#include "control/store/run.h"

namespace control {

using contracts::Timestamp;

namespace {

constexpr std::size_t kMostNamed = 5;

constexpr const char* kTypes[] = {
    "server_unreachable", "disk_full",      "memory_full",          "load_high",    "docker_down",
    "clock_drift",        "reboot_pending", "certificate_expiring", "domain_failed"};

// Others of the type are reported by the code that opens them.
constexpr const char* kOfType =
    " FROM incidents WHERE type = $1 AND (type <> 'server_unreachable' OR subject = 'health') AND ";

struct Half {
    const char* state;
    const char* due;   // the condition for incidents to report
    const char* mark;  // the column that records the report
};
constexpr Half kNew{"open", "status = 'open' AND told_at IS NULL", "told_at"};
constexpr Half kOver{"over", "status = 'resolved' AND told_at IS NOT NULL AND end_told_at IS NULL",
                     "end_told_at"};

Result<bool> was_told_lately(Queries& db, const std::string& kind, Timestamp now) {
    const auto rows =
        db.query("SELECT 1 FROM notice_times WHERE kind = $1 AND told_at > $2",
                 {kind, std::int64_t{(now - kQuietBetweenNotices).time_since_epoch().count()}});
    if (!rows) return rows.fault();
    return !rows->rows.empty();
}

std::string words_of(const Half& half, const std::vector<Row>& rows) {
    std::string text;
    for (std::size_t i = 0; i < rows.size() && i < kMostNamed; ++i) {
        text.append(text.empty() ? "" : "\n");
        if (&half == &kOver) text.append("It is over: ");
        text.append(rows[i].text(1)).append(".");
        if (&half == &kNew && !rows[i].text(2).empty()) text.append(" ").append(rows[i].text(2));
    }
    if (rows.size() > kMostNamed)
        text.append("\nAnd ")
            .append(std::to_string(rows.size() - kMostNamed))
            .append(" more: orchestrator infra incidents");
    return text;
}

Result<void> tell_half(Queries& db, const std::string& type, const Half& half, Timestamp now) {
    const auto rows = db.query("SELECT id, title, description" + std::string(kOfType) + half.due +
                                   " ORDER BY created_at, id LIMIT 1000",
                               {type});
    if (!rows) return rows.fault();
    if (rows->rows.empty()) return {};
    const std::string kind = type + ":" + half.state;
    const Result<bool> lately = was_told_lately(db, kind, now);
    if (!lately) return lately.fault();
    if (*lately) return {};
    const std::int64_t at = now.time_since_epoch().count();
    for (const Row& row : rows->rows)
        if (Result<void> marked =
                run(db, "UPDATE incidents SET " + std::string(half.mark) + " = $1 WHERE id = $2",
                    {at, row.text(0)});
            !marked)
            return marked;
    if (Result<void> noted =
            run(db,
                "INSERT INTO notice_times (kind, told_at) VALUES ($1, $2) ON CONFLICT (kind) DO "
                "UPDATE SET told_at = excluded.told_at",
                {kind, at});
        !noted)
        return noted;
    return tell_admins(db,
                       {.key = kind + ":" + contracts::make_uuid4(),
                        .text = words_of(half, rows->rows),
                        .state = kind},
                       now);
}

}  // namespace

Result<void> tell_of_incidents(Queries& db, Timestamp now) {
    for (const char* type : kTypes)
        for (const Half* half : {&kNew, &kOver})
            if (Result<void> told = tell_half(db, type, *half, now); !told) return told;
    return {};
}

}  // namespace control
