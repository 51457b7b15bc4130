// The scheduler role: periodic tasks of the whole platform, each run by one of the daemons that
// have the role. A lease in the store decides which daemon runs them; its fencing number keeps a
// slow daemon from writing results beside its successor's.
//
// Thread: one loop keeps the lease, so that a long run does not lose it; another one runs what is
// due, one task at a time.
#pragma once

#include "contracts/base/log.h"
#include "control/jobs/loop.h"
#include "control/role/role.h"
#include "control/scheduler/periodic.h"
#include "control/store/periodic_tasks.h"

#include <atomic>
#include <mutex>
#include <optional>

namespace control {

class Metrics;

struct SchedulerNeeds {
    std::string daemon;  // this daemon's name, different from any other's
    Database& database;
    const contracts::Clock& clock;
    contracts::Log log;
    Metrics& metrics;
    std::chrono::milliseconds lease{15'000};  // how long a daemon that died keeps the lead
};

class Scheduler final : public Role {
public:
    // The name of the lease.
    static constexpr const char* kLease = "scheduler";

    Scheduler(SchedulerNeeds needs, std::vector<PeriodicTask> tasks);
    ~Scheduler() override;

    [[nodiscard]] contracts::Result<void> start() override;
    // Waits for the current run, and releases the lease.
    void stop() override;
    [[nodiscard]] contracts::Result<void> health() const override;

    [[nodiscard]] bool leads() const;

    // The passes of the two loops: they return how long nothing will be due.
    [[nodiscard]] Result<std::chrono::milliseconds> keep_lease();
    [[nodiscard]] Result<std::chrono::milliseconds> run_due(const std::stop_token& stop);

private:
    [[nodiscard]] std::optional<Lease> current_lease() const;
    [[nodiscard]] Result<void> declare(Queries& db, const std::string& name,
                                       std::chrono::milliseconds interval);
    [[nodiscard]] Result<void> follow_interval(PeriodicTaskRow& row,
                                               std::chrono::milliseconds interval,
                                               const Lease& lease);
    [[nodiscard]] Result<void> declare_tasks(const Lease& lease);
    [[nodiscard]] Result<void> run(const PeriodicTask& task, PeriodicTaskRow row,
                                   const Lease& lease, const std::stop_token& stop);
    [[nodiscard]] Result<void> write(const PeriodicTaskRow& row, const Lease& lease);

    SchedulerNeeds needs_;
    std::vector<PeriodicTask> tasks_;
    struct Figures;
    std::shared_ptr<Figures> figures_;
    mutable std::mutex guard_;  // guards the lease
    std::optional<Lease> lease_;
    std::int64_t declared_under_ = 0;  // the runner's: the lease's number
    Wake lease_wake_;
    Wake run_wake_;
    Loop keeper_;
    Loop runner_;
};

}  // namespace control
