#include "control/scheduler/state_metrics.h"

#include "contracts/entities/entities.h"
#include "control/store/threads.h"
#include "control/store/workers.h"

#include <atomic>
#include <map>

namespace control {

namespace {

// One gauge: the rows of a table, by status if there is one.
struct Tally {
    std::string name;
    std::string status;
    std::atomic<std::int64_t> count = 0;
};
using Tallies = std::vector<std::unique_ptr<Tally>>;

struct Counted {
    const char* name;
    const char* help;
    const char* sql;  // columns: status and number, or only a number
    contracts::Choices statuses;
};
constexpr Counted kCounted[] = {
    {"orchestrator_flows", "Flows by their status.",
     "SELECT status, COUNT(*) FROM threads GROUP BY status", kThreadStatusNames},
    {"orchestrator_workers", "Workers by their state.",
     "SELECT state, COUNT(*) FROM workers GROUP BY state", kWorkerPhaseNames},
    {"orchestrator_tasks", "Tasks by their status.",
     "SELECT status, COUNT(*) FROM tasks GROUP BY status", contracts::kTaskStatusNames},
    {"orchestrator_incidents_open",
     "Incidents that are not resolved.",
     "SELECT '', COUNT(*) FROM incidents WHERE status <> 'resolved'",
     {}},
    {"orchestrator_effects_waiting",
     "Messages and calls that were decided and are not done yet.",
     "SELECT '', COUNT(*) FROM thread_outbox",
     {}},
};

void add(Metrics& metrics, const std::shared_ptr<Tallies>& tallies, const Counted& counted,
         std::string_view status) {
    auto tally = std::make_unique<Tally>();
    tally->name = counted.name;
    tally->status = status;
    metrics.gauge(
        counted.name, counted.help,
        status.empty() ? MetricLabels{} : MetricLabels{{"status", std::string(status)}},
        [tallies, tally = tally.get()] { return static_cast<double>(tally->count.load()); });
    tallies->push_back(std::move(tally));
}

Result<void> count_rows(Database& db, Tallies& tallies) {
    std::map<std::pair<std::string, std::string>, std::int64_t> found;
    for (const Counted& counted : kCounted) {
        const Result<Rows> rows = db.query(counted.sql, {});
        if (!rows) return rows.fault();
        for (const Row& row : rows->rows)
            found[{counted.name, row.text(0)}] = row.integer(1);
    }
    for (const std::unique_ptr<Tally>& tally : tallies)
        tally->count = found[{tally->name, tally->status}];
    return {};
}

}  // namespace

PeriodicTask state_metrics_task(Database& db, Metrics& metrics, std::chrono::seconds interval) {
    const auto tallies = std::make_shared<Tallies>();
    for (const Counted& counted : kCounted) {
        for (const std::string_view status : counted.statuses)
            add(metrics, tallies, counted, status);
        if (counted.statuses.empty()) add(metrics, tallies, counted, {});
    }
    return {.name = "state_metrics",
            .interval = interval,
            .run_once = [&db, tallies](const Lease&,
                                       const std::stop_token&) -> Result<PeriodicOutcome> {
                if (const Result<void> counted = count_rows(db, *tallies); !counted)
                    return counted.fault();
                return PeriodicOutcome{.text = "the rows were counted"};
            }};
}

}  // namespace control
