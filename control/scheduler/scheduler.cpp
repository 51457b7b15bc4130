#include "control/scheduler/scheduler.h"

#include "control/metrics/metrics.h"

#include <algorithm>
#include <map>

namespace control {

using namespace std::chrono_literals;
using std::chrono::milliseconds;

namespace {

constexpr milliseconds kFirstRun{30'000};      // a start has other work to do
constexpr milliseconds kNextPart{1'000};       // between the runs of a task that has more to do
constexpr milliseconds kLookForOthers{1'000};  // for rows that another daemon changed

}  // namespace

// The values in /metrics; they outlive the scheduler, because the registry keeps asking for them.
struct Scheduler::Figures {
    std::atomic<bool> leads = false;
    struct Counts {
        std::atomic<std::int64_t> runs = 0;
        std::atomic<std::int64_t> failures = 0;
        std::atomic<std::int64_t> last_ms = 0;
    };
    std::map<std::string, Counts> tasks;
};

Scheduler::Scheduler(SchedulerNeeds needs, std::vector<PeriodicTask> tasks)
    : needs_(std::move(needs)),
      tasks_(std::move(tasks)),
      figures_(std::make_shared<Figures>()),
      keeper_(
          "scheduler lease", [this] { return keep_lease(); }, lease_wake_, needs_.log),
      runner_(
          "scheduler", [this](const std::stop_token& stop) { return run_due(stop); }, run_wake_,
          needs_.log) {
    needs_.metrics.gauge("orchestrator_scheduler_leads", "Whether this daemon runs periodic tasks.",
                         [figures = figures_] { return figures->leads ? 1.0 : 0.0; });
    for (const PeriodicTask& task : tasks_) {
        const auto add = [&](const char* name, const char* help,
                             std::atomic<std::int64_t> Figures::Counts::* value, double unit) {
            auto read = [figures = figures_, counts = &figures_->tasks[task.name], value, unit] {
                return static_cast<double>((counts->*value).load()) * unit;
            };
            if (std::string_view(name).ends_with("_total"))
                needs_.metrics.counter(name, help, {{"task", task.name}}, std::move(read));
            else
                needs_.metrics.gauge(name, help, {{"task", task.name}}, std::move(read));
        };
        add("orchestrator_periodic_runs_total", "Runs of periodic tasks on this daemon.",
            &Figures::Counts::runs, 1);
        add("orchestrator_periodic_failures_total", "Runs that failed.", &Figures::Counts::failures,
            1);
        add("orchestrator_periodic_last_seconds", "How long the last run took.",
            &Figures::Counts::last_ms, 0.001);
    }
}

Scheduler::~Scheduler() {
    stop();
}

Result<void> Scheduler::start() {
    keeper_.start();
    runner_.start();
    return {};
}

void Scheduler::stop() {
    runner_.stop();
    keeper_.stop();
    std::optional<Lease> held;
    {
        const std::scoped_lock lock(guard_);
        held = std::exchange(lease_, std::nullopt);
    }
    figures_->leads = false;
    if (!held) return;
    const Result<void> released =
        needs_.database.transaction([&](Transaction& tx) { return leases::release(tx, *held); });
    if (!released)
        needs_.log.warning("periodic tasks rest until the lease of this daemon is over",
                           {{"error", released.error().describe()}});
}

Result<void> Scheduler::health() const {
    if (Result<void> keeps = keeper_.health(); !keeps) return keeps;
    return runner_.health();
}

bool Scheduler::leads() const {
    return current_lease().has_value();
}

// A lease that could not be extended in time is no longer ours, whatever the store says later.
std::optional<Lease> Scheduler::current_lease() const {
    const std::scoped_lock lock(guard_);
    if (!lease_ || lease_->until <= needs_.clock.now()) return std::nullopt;
    return lease_;
}

Result<milliseconds> Scheduler::keep_lease() {
    std::optional<Lease> taken;
    const Result<void> asked = needs_.database.transaction([&](Transaction& tx) -> Result<void> {
        auto lease = leases::acquire(tx, kLease, needs_.daemon, needs_.clock.now(), needs_.lease);
        if (!lease) return lease.fault();
        taken = *lease;
        return {};
    });
    const bool led = leads();
    {
        const std::scoped_lock lock(guard_);
        if (asked) lease_ = taken;
    }
    figures_->leads = leads();
    if (!asked) return asked.fault();
    if (taken && !led) {
        needs_.log.info("this daemon runs the periodic tasks", {{"fencing", taken->fencing}});
        run_wake_.notify();
    }
    if (!taken && led) needs_.log.warning("another daemon runs the periodic tasks now");
    return needs_.lease / 3;
}

Result<void> Scheduler::declare(Queries& db, const std::string& name, milliseconds interval) {
    const contracts::Timestamp now = needs_.clock.now();
    return periodic_tasks::declare(db, name, interval, now + std::min(kFirstRun, interval), now);
}

// An interval was changed while tasks run: the row gets the new one, and the next run follows it.
Result<void> Scheduler::follow_interval(PeriodicTaskRow& row, milliseconds interval,
                                        const Lease& lease) {
    if (row.interval == interval) return {};
    Result<void> declared = needs_.database.transaction([&](Transaction& tx) -> Result<void> {
        if (Result<void> ours = leases::check(tx, lease); !ours) return ours;
        return declare(tx, row.name, interval);
    });
    if (!declared) return declared;
    auto changed = periodic_tasks::find(needs_.database, row.name);
    if (!changed) return changed.fault();
    if (*changed) row = **changed;
    return {};
}

Result<void> Scheduler::declare_tasks(const Lease& lease) {
    if (declared_under_ == lease.fencing) return {};
    std::vector<milliseconds> intervals;
    for (const PeriodicTask& task : tasks_)
        intervals.push_back(task.current_interval());
    Result<void> declared = needs_.database.transaction([&](Transaction& tx) -> Result<void> {
        if (Result<void> ours = leases::check(tx, lease); !ours) return ours;
        for (std::size_t i = 0; i < tasks_.size(); ++i)
            if (Result<void> done = declare(tx, tasks_[i].name, intervals[i]); !done) return done;
        return {};
    });
    if (declared) declared_under_ = lease.fencing;
    return declared;
}

Result<milliseconds> Scheduler::run_due(const std::stop_token& stop) {
    std::optional<Lease> lease = current_lease();
    if (!lease) return needs_.lease / 3;
    if (Result<void> declared = declare_tasks(*lease); !declared) return declared.fault();
    milliseconds rest = kLookForOthers;
    for (const PeriodicTask& task : tasks_) {
        Result<std::optional<PeriodicTaskRow>> row =
            periodic_tasks::find(needs_.database, task.name);
        if (!row) return row.fault();
        if (!*row) continue;
        const milliseconds interval = task.current_interval();
        if (Result<void> followed = follow_interval(**row, interval, *lease); !followed)
            return followed.fault();
        const contracts::Timestamp now = needs_.clock.now();
        // A clock that was set back does not delay a run for longer than the interval.
        const auto wait = std::min<milliseconds>((*row)->next_at - now, interval);
        if (wait > 0ms) {
            rest = std::min(rest, wait);
            continue;
        }
        lease = current_lease();
        if (stop.stop_requested() || !lease) return 0ms;
        if (Result<void> ran = run(task, std::move(**row), *lease, stop); !ran) return ran.fault();
    }
    return rest;
}

// The row records that a run is in progress before it begins, so that an interrupted one is
// recognised.
Result<void> Scheduler::run(const PeriodicTask& task, PeriodicTaskRow row, const Lease& lease,
                            const std::stop_token& stop) {
    Figures::Counts& counts = figures_->tasks[task.name];
    const contracts::Instant began = needs_.clock.instant();
    row.daemon = needs_.daemon;
    row.started_at = needs_.clock.now();
    row.ended_at.reset();
    row.next_at = *row.started_at + row.interval;
    ++row.runs;
    if (Result<void> written = write(row, lease); !written) return written;

    Result<PeriodicOutcome> outcome = task.run_once(lease, stop);

    counts.last_ms =
        std::chrono::duration_cast<milliseconds>(needs_.clock.instant() - began).count();
    ++counts.runs;
    row.ended_at = needs_.clock.now();
    row.outcome = outcome ? outcome->text : std::string();
    row.error = outcome ? std::string() : outcome.error().describe();
    if (outcome && outcome->is_more_due) row.next_at = *row.ended_at + kNextPart;
    if (!outcome) {
        ++counts.failures;
        ++row.failures;
        needs_.log.warning("a periodic task failed", {{"task", task.name}, {"error", row.error}});
    }
    return write(row, lease);
}

Result<void> Scheduler::write(const PeriodicTaskRow& row, const Lease& lease) {
    return needs_.database.transaction([&](Transaction& tx) -> Result<void> {
        if (Result<void> ours = leases::check(tx, lease); !ours) return ours;
        return periodic_tasks::update(tx, row);
    });
}

}  // namespace control
