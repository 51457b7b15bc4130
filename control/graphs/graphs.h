// The role that moves threads along their graphs: it reads the streams of tasks, answers and
// commands, delivers the outbox, fires timers, makes calls, and sweeps up what got lost. Each of
// these is a thread with a bounded pass of its own.
//
// Any number of daemons may run it on one store and one bus; after a restart under the same
// instance name it goes on at once.
#pragma once

#include "control/bus/stream_reader.h"
#include "control/forge/forge.h"
#include "control/graphs/delivery/caller.h"
#include "control/jobs/loop.h"
#include "control/graphs/delivery/publisher.h"
#include "control/graphs/delivery/task_sweep.h"
#include "control/graphs/engineering/intake.h"
#include "control/graphs/engineering/settings.h"
#include "control/store/clock_steps.h"

namespace control::graphs {

struct GraphsSettings {
    std::string instance;  // this daemon's name: the same after a restart, no other daemon's
    EngineeringSettings engineering{};
    int calls_at_once = 2;
    std::chrono::milliseconds lease{30'000};
    std::chrono::milliseconds queued_for{30'000};  // before a task's message is sent in its place
    std::chrono::milliseconds sweep_every{10'000};
};

class Graphs {
public:
    // Borrows the database, the forge and the clock.
    Graphs(Database& db, contracts::RedisAddress redis, Forge& forge, const Clock& clock, Log log,
           GraphsSettings settings);
    ~Graphs();

    // Takes back what an earlier life held, then works until `stop`. A graph that does not hold
    // together: `fatal`.
    [[nodiscard]] Result<void> start();
    void stop();

    // For commands about threads.
    [[nodiscard]] Engine& engine() { return engine_; }

private:
    using Rest = Result<std::chrono::milliseconds>;

    [[nodiscard]] Result<void> follow_clock();
    [[nodiscard]] Rest publish();
    [[nodiscard]] Rest make_call();
    [[nodiscard]] Rest fire_timers();
    [[nodiscard]] Rest sweep();
    [[nodiscard]] Result<void> take_in(const contracts::Entry& entry);
    void wake_all();

    Database& db_;
    ClockSteps clock_;  // threads wait by it
    Log log_;
    GraphsSettings settings_;
    Engine engine_;
    std::unique_ptr<EffectBus> bus_;
    TaskSweep task_sweep_;
    Publisher publisher_;
    Caller caller_;
    EngineeringIntake intake_;
    Wake publish_wake_;
    Wake call_wake_;
    Wake timer_wake_;
    Wake sweep_wake_;
    std::stop_source stopping_;
    StreamReader reader_;
    std::vector<std::unique_ptr<Loop>> loops_;
};

}  // namespace control::graphs
