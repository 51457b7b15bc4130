// The role that moves threads along the graphs of its modules: it reads their streams, workers'
// answers and people's commands, delivers the outbox, fires timers, makes calls, and finds what was
// lost. Each of these is a thread with bounded passes.
//
// Any number of daemons may run it on one store and one bus; after a restart with the same instance
// name it continues at once. A daemon that only makes the calls of its own roles (`deploy.*`,
// `provision.*`) runs it with `moves_threads` false.
#pragma once

#include "control/bus/stream_reader.h"
#include "control/graphs/delivery/caller.h"
#include "control/graphs/delivery/publisher.h"
#include "control/graphs/delivery/recall.h"
#include "control/graphs/intake/intake.h"
#include "control/graphs/intake/task_sweep.h"
#include "control/graphs/module.h"
#include "control/jobs/bell.h"
#include "control/jobs/loop.h"
#include "control/store/clock_steps.h"

namespace control::graphs {

struct GraphsSettings {
    std::string instance;  // this daemon's name: the same after a restart, and different from every
                           // other daemon's
    int calls_at_once = 2;
    std::chrono::milliseconds lease{30'000};
    std::chrono::milliseconds queued_for{30'000};  // before the sweep sends a task's message
    std::chrono::milliseconds sweep_every{10'000};
    // The calls that this daemon makes. Others stay in the outbox for other daemons.
    CallFilter calls{};
    bool moves_threads = true;  // false: this daemon reads no stream, fires no timer and sweeps
                                // nothing
};

// Borrowed from the daemon.
struct GraphsPorts {
    Database& database;
    contracts::RedisAddress redis;
    const Clock& clock;
    Log log;
    Bell* commands = nullptr;  // rings when there is a person's command; null: never
};

class Graphs {
public:
    Graphs(GraphsPorts ports, GraphsSettings settings, std::vector<Module> modules);
    ~Graphs();

    // Takes back what an earlier run held, then works until `stop`. If a module is inconsistent, or
    // a call of this daemon has no function: `fatal`, and nothing runs.
    [[nodiscard]] Result<void> start();
    void stop();
    // The reason why it cannot do its work at the moment.
    [[nodiscard]] Result<void> health() const;
    // The streams that it reads as a member of a group.
    [[nodiscard]] std::vector<std::string> streams() const;

    // For commands about threads.
    [[nodiscard]] Engine& engine() { return engine_; }

private:
    using Rest = Result<std::chrono::milliseconds>;

    void make_readers();
    void make_loops();
    [[nodiscard]] Result<void> check_calls() const;
    [[nodiscard]] Result<void> recover();
    [[nodiscard]] Result<void> follow_clock();
    [[nodiscard]] Rest publish();
    [[nodiscard]] Rest make_call();
    [[nodiscard]] Rest keep_leases();
    [[nodiscard]] Rest fire_timers();
    [[nodiscard]] Rest sweep();
    [[nodiscard]] Rest obey();
    [[nodiscard]] Result<void> take_in(const contracts::Entry& entry);
    void wake_all();

    Database& db_;
    contracts::RedisAddress redis_;
    ClockSteps clock_;  // threads wait by this clock
    Log log_;
    GraphsSettings settings_;
    std::vector<Module> modules_;
    Engine engine_;
    std::unique_ptr<EffectBus> bus_;
    Publisher publisher_;
    Caller caller_;
    Intake intake_;
    TaskSweep task_sweep_;
    Recall recall_;
    Wake publish_wake_;
    Wake call_wake_;
    Wake lease_wake_;
    Wake timer_wake_;
    Wake sweep_wake_;
    Wake command_wake_;
    std::stop_source stopping_;
    std::vector<std::unique_ptr<StreamReader>> readers_;  // one per group
    std::vector<std::unique_ptr<Loop>> loops_;
    std::optional<Bell::Listener> listener_;
};

}  // namespace control::graphs
