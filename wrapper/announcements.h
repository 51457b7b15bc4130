// What the worker publishes about itself, as commands for Redis: its heartbeat, its status hash,
// its lifecycle events, the progress of its task, and the current conversation.
#pragma once

#include "contracts/messages/worker.h"
#include "wrapper/assignment.h"

#include <vector>

namespace wrapper {

inline constexpr std::chrono::seconds kHeartbeatEvery{10};
inline constexpr std::chrono::seconds kHeartbeatTtl{30};

class Announcements {
public:
    // Borrows both.
    Announcements(const Settings& settings, const contracts::Clock& clock)
        : settings_(settings), clock_(clock), started_at_(clock.now()) {}

    [[nodiscard]] contracts::OwnedCommand heartbeat() const;
    // The status hash. `task`: the current task, or null.
    [[nodiscard]] contracts::OwnedCommand status(contracts::WorkerStatus status,
                                                 const Task* task) const;
    // The event `started` or `stopped`.
    [[nodiscard]] contracts::OwnedCommand lifecycle(contracts::LifecycleEvent event) const;
    // The event `completed` or `failed`, with the receipt of what ran. `assignment`: null when
    // nothing ran.
    [[nodiscard]] contracts::OwnedCommand ended(const Task& task, const Outcome& outcome,
                                                const Assignment* assignment) const;
    // The event `failed`: a message that we cannot process is in the dead letters, with the reason.
    [[nodiscard]] contracts::OwnedCommand refused(const contracts::Entry& entry,
                                                  const contracts::Error& reason) const;
    [[nodiscard]] contracts::OwnedCommand progress(const Task& task,
                                                   const Progress& progress) const;
    [[nodiscard]] contracts::OwnedCommand session(Session session) const;

private:
    [[nodiscard]] contracts::WorkerLifecycleEvent event_of(contracts::LifecycleEvent kind) const;

    const Settings& settings_;
    const contracts::Clock& clock_;
    contracts::Timestamp started_at_;
};

}  // namespace wrapper
