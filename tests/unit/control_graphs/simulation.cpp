#include "tests/unit/control_graphs/simulation.h"

#include "contracts/base/id.h"
#include "control/store/projects.h"
#include "control/store/tasks.h"

#include <unistd.h>
#include <algorithm>
#include <cstdlib>

namespace tests {

using namespace control::graphs;
using control::ThreadStatus;
using namespace std::chrono_literals;
namespace threads = control::threads;

namespace {

constexpr std::chrono::milliseconds kLease{30'000};

TemporaryDirectory in_memory() {
    if (::access("/dev/shm", W_OK) == 0) ::setenv("TMPDIR", "/dev/shm", 1);
    return TemporaryDirectory();
}

// One run of a daemon process.
struct Daemon {
    DyingDatabase db;
    std::vector<Module> modules;
    Engine engine;
    Publisher publisher;
    Caller caller;
    Intake intake;

    Daemon(control::Database& store, Process& process, World& world, StillClock& clock,
           const std::string& name, const Module& module)
        : db(store, process),
          modules{module},
          engine(clock, silent_log(), {.instance = name, .lease = kLease},
                 {{.graph = module.graph, .writers = module.writers}}),
          publisher(db, world, clock, silent_log(), name, kLease),
          caller(db, engine, clock, silent_log(), {.instance = name, .lease = kLease},
                 module.calls),
          intake(db, engine, modules, clock, silent_log()) {}

    // Whether the transaction was committed.
    bool in_transaction(const std::function<control::Result<void>(control::Transaction&)>& work) {
        return db.transaction(work).has_value();
    }
    bool recover() {
        return in_transaction([&](control::Transaction& tx) -> control::Result<void> {
            auto released = engine.recover(tx);
            return released ? control::Result<void>() : control::fail(released.error());
        });
    }
    bool take_in(const Event& event) {
        return in_transaction([&](control::Transaction& tx) -> control::Result<void> {
            auto delivered = engine.deliver(tx, event);
            return delivered ? control::Result<void>() : control::fail(delivered.error());
        });
    }
};

class Simulation {
public:
    Simulation(SimulatedStore& store, const Scenario& scenario, Fate fate)
        : store_(store),
          scenario_(scenario),
          fate_(std::move(fate)),
          world_(fate_.seed, process_, clock_),
          chooser_(fate_.seed ^ 0x5eed),
          module_(scenario.module(world_)) {
        process_.die_at = fate_.die_at;
        process_.die_after = fate_.die_after;
        REQUIRE(module_.check());
        const std::string mark =
            fate_.thread.empty() ? contracts::make_uuid4() : std::to_string(fate_.seed);
        message_.stream = module_.opening()->name;
        message_.id = "1800000000000-0";
        message_.data = contracts::dump_json(scenario.message(store_, clock_, mark));
        const auto opening = module_.opening()->open(*store_.db, message_);
        REQUIRE(opening);
        REQUIRE(*opening);
        opening_ = **opening;
    }

    Run run() {
        Run result;
        for (int turn = 0; turn < 20'000 && !finished(); ++turn) {
            if (!daemon_ || process_.dead) {
                result.restarts += daemon_ ? 1 : 0;
                live_again();
                continue;
            }
            act();
            watch(result);
        }
        result.operations = process_.operations;
        result.published = world_.published();
        const auto thread = find();
        result.end = thread ? thread->status : ThreadStatus::running;
        result.fault += world_.fault();
        if (!finished()) result.fault += "it never came to an end; ";
        if (thread) look_back(*thread, result);
        return result;
    }

private:
    std::optional<control::Thread> find() {
        const auto thread = threads::find_subject(*store_.db, module_.graph.name, opening_.subject);
        REQUIRE(thread);
        return *thread;
    }

    bool finished() {
        if (world_.next_arrival() || store_.count("thread_outbox") > 0) return false;
        const auto thread = find();
        return thread &&
               (thread->status == ThreadStatus::completed ||
                thread->status == ThreadStatus::failed || thread->status == ThreadStatus::blocked);
    }

    void live_again() {
        process_.dead = false;
        daemon_.reset();
        const bool other = fate_.two_names && chooser_() % 3 == 0;
        daemon_.emplace(*store_.db, process_, world_, clock_, other ? "b" : "a", module_);
        if (!daemon_->recover()) return;
        // The message is delivered again until it was accepted.
        if (!started_)
            started_ = fate_.thread.empty() ? daemon_->intake.handle(message_).has_value()
                                            : start_as(fate_.thread);
    }

    // Starts a thread as the engine does, but with the same id in every run.
    bool start_as(const std::string& id) {
        return daemon_->in_transaction([&](control::Transaction& tx) -> control::Result<void> {
            control::Thread thread;
            thread.id = id;
            thread.graph = module_.graph.name;
            thread.subject = opening_.subject;
            thread.node = module_.graph.start;
            thread.state = contracts::dump_json(opening_.state);
            thread.created_at = thread.updated_at = thread.wake_at.emplace(clock_.now());
            auto inserted = threads::insert(tx, thread);
            return inserted ? control::Result<void>() : control::fail(inserted.error());
        });
    }

    void act() {
        switch (chooser_() % 4) {
            case 0:
                (void)daemon_->publisher.run_once();
                return;
            case 1:
                (void)daemon_->caller.run_once();
                return;
            case 2:
                (void)daemon_->engine.run_due(daemon_->db);
                return;
            default:
                if (const auto event = world_.next_event()) {
                    if (daemon_->take_in(*event)) world_.taken_in();
                } else {
                    pass_time();
                }
        }
    }

    void pass_time() {
        contracts::Timestamp next = clock_.now() + 15s;
        if (const auto arrival = world_.next_arrival()) next = std::min(next, *arrival);
        clock_.advance_to(next);
    }

    // Checks that the thread's status changes only as its state machine allows.
    void watch(Run& result) {
        const auto thread = find();
        if (!thread) return;
        if (thread->status != last_ && !control::may_become(last_, thread->status))
            result.fault += "from " + std::string(contracts::to_text(last_)) + " to " +
                            std::string(contracts::to_text(thread->status)) + "; ";
        if (thread->step < last_step_) result.fault += "a step was undone; ";
        last_ = thread->status;
        last_step_ = thread->step;
    }

    void look_back(const control::Thread& thread, Run& result) {
        const std::string mine = " AND thread_id = '" + thread.id + "'";
        if (store_.count("thread_inbox WHERE body IS NOT NULL" + mine) > 0)
            result.fault += "mail was left; ";
        if (store_.count("thread_waits WHERE active = 1" + mine) > 0)
            result.fault += "a wait was left; ";
        if (scenario_.fault) result.fault += scenario_.fault(store_, thread);
        auto steps = threads::steps(*store_.db, thread.id, 10'000);
        REQUIRE(steps);
        std::reverse(steps->begin(), steps->end());
        for (const control::ThreadStep& step : *steps)
            result.history.push_back(std::to_string(step.step) + " " + step.node + " " +
                                     step.event + " " + step.outcome);
    }

    SimulatedStore& store_;
    const Scenario& scenario_;
    Fate fate_;
    StillClock clock_;
    Process process_;
    World world_;
    std::mt19937_64 chooser_;
    Module module_;
    contracts::Entry message_;
    Opening opening_;
    bool started_ = false;
    std::optional<Daemon> daemon_;
    ThreadStatus last_ = ThreadStatus::running;
    std::int64_t last_step_ = 0;
};

}  // namespace

SimulatedStore::SimulatedStore() : directory(in_memory()) {
    auto opened = control::open_sqlite(directory / "store.db");
    REQUIRE(opened);
    db = std::move(*opened);
}

std::int64_t SimulatedStore::count(const std::string& table_and_condition) {
    const auto rows = db->query("SELECT count(*) FROM " + table_and_condition);
    INFO((rows ? "" : rows.error().describe()));
    REQUIRE(rows);
    return rows->rows[0].integer(0);
}

contracts::Task SimulatedStore::make_task(contracts::TaskType type, const StillClock& clock,
                                          const std::string& mark) {
    contracts::Project project;
    project.id = "project-" + mark;
    project.name = "p";
    contracts::Task task;
    task.id = "task-" + mark;
    task.project_id = project.id;
    task.type = type;
    task.spec = "do it";
    task.created_at = clock.now();
    REQUIRE(db->transaction([&](control::Transaction& tx) -> control::Result<void> {
        if (auto made = control::projects::insert(tx, project, clock.now()); !made) return made;
        return control::tasks::insert(tx, task);
    }));
    return task;
}

Run simulate(SimulatedStore& store, const Scenario& scenario, Fate fate) {
    return Simulation(store, scenario, std::move(fate)).run();
}

}  // namespace tests
