// The engine, the outbox and the engineering graph under a virtual clock, with the process killed
// before or after any of its operations on the store and the bus. A failing seed replays: its
// number is in the report.
#include "contracts/base/id.h"
#include "control/graphs/engineering/engineering.h"
#include "control/graphs/engineering/rows.h"
#include "control/graphs/engineering/state.h"
#include "control/store/projects.h"
#include "control/store/tasks.h"
#include "tests/unit/control_graphs/world.h"

#include "contracts/fields/write.h"

#include <unistd.h>
#include <cstdlib>

namespace {

using namespace control::graphs;
using control::ThreadStatus;
using tests::DyingDatabase;
using tests::Process;
using tests::StillClock;
using tests::World;
using namespace std::chrono_literals;
namespace threads = control::threads;

constexpr std::chrono::milliseconds kLease{30'000};

// One daemon's life.
struct Daemon {
    DyingDatabase db;
    Engine engine;
    Publisher publisher;
    Caller caller;

    Daemon(control::Database& store, Process& process, World& world, StillClock& clock,
           const std::string& name)
        : db(store, process),
          engine(clock, tests::silent_log(), {.instance = name, .lease = kLease}, graphs(),
                 engineering_writers()),
          publisher(db, world, clock, tests::silent_log(), name, kLease),
          caller(db, engine, clock, tests::silent_log(), name, world.calls()) {}

    static std::vector<Graph> graphs() {
        std::vector<Graph> all;
        EngineeringSettings settings;
        settings.platform_tries = 20;
        all.push_back(engineering_graph(settings));
        return all;
    }

    // Whether anything came of it.
    bool recover() {
        return db
            .transaction([&](control::Transaction& tx) -> control::Result<void> {
                auto released = engine.recover(tx);
                return released ? control::Result<void>() : control::fail(released.error());
            })
            .has_value();
    }
    bool take_in(const Event& event) {
        return db
            .transaction([&](control::Transaction& tx) -> control::Result<void> {
                auto delivered = engine.deliver(tx, event);
                return delivered ? control::Result<void>() : control::fail(delivered.error());
            })
            .has_value();
    }
};

// A process dies here, never the machine: what would wait for a disk need not.
tests::TemporaryDirectory in_memory() {
    if (::access("/dev/shm", W_OK) == 0) ::setenv("TMPDIR", "/dev/shm", 1);
    return tests::TemporaryDirectory();
}

struct Store {
    tests::TemporaryDirectory directory;
    std::unique_ptr<control::Database> db;

    Store() : directory(in_memory()) {
        auto opened = control::open_sqlite(directory / "store.db");
        REQUIRE(opened);
        db = std::move(*opened);
    }

    // A task with its project; its thread is started by hand, as by a message.
    std::string make_task(const StillClock& clock) {
        contracts::Project project;
        project.id = contracts::make_uuid7(clock.now());
        project.name = "p";
        contracts::Task task;
        task.id = contracts::make_uuid7(clock.now());
        task.project_id = project.id;
        task.spec = "do it";
        task.created_at = clock.now();
        REQUIRE(db->transaction([&](control::Transaction& tx) -> control::Result<void> {
            if (auto made = control::projects::insert(tx, project, clock.now()); !made) return made;
            return control::tasks::insert(tx, task);
        }));
        return task.id;
    }

    Json first_state(const std::string& task) {
        contracts::EngineeringMessage message;
        message.request_id = "request";
        message.correlation_id = "correlation";
        message.callback_stream = "answers";
        const auto row = control::tasks::find(*db, task);
        const auto project = control::projects::find(*db, row->entity.project_id);
        return contracts::write_message(begin_engineering(message, row->entity, project->entity));
    }

    std::int64_t count(const std::string& table_and_condition) {
        const auto rows = db->query("SELECT count(*) FROM " + table_and_condition);
        INFO((rows ? "" : rows.error().describe()));
        REQUIRE(rows);
        return rows->rows[0].integer(0);
    }
};

struct Run {
    ThreadStatus end = ThreadStatus::running;
    std::int64_t operations = 0;
    std::string fault;
    int restarts = 0;
};

class Simulation {
public:
    Simulation(Store& store, std::uint64_t seed, std::set<std::int64_t> die_at, bool die_after,
               bool two_names)
        : store_(store),
          world_(seed, process_, clock_),
          chooser_(seed ^ 0x5eed),
          two_names_(two_names) {
        process_.die_at = std::move(die_at);
        process_.die_after = die_after;
        task_ = store_.make_task(clock_);
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
        const auto thread = find();
        result.end = thread ? thread->status : ThreadStatus::running;
        result.fault += world_.fault();
        if (!finished()) result.fault += "it never came to an end; ";
        if (thread) leftovers(*thread, result);
        return result;
    }

private:
    std::optional<control::Thread> find() {
        const auto thread = threads::find_subject(*store_.db, "engineering", task_);
        REQUIRE(thread);
        return *thread;
    }

    bool finished() {
        if (world_.next_arrival() || store_.count("thread_outbox") > 0) return false;
        const auto thread = find();
        return thread && (thread->status == ThreadStatus::completed ||
                          thread->status == ThreadStatus::blocked);
    }

    void live_again() {
        process_.dead = false;
        daemon_.reset();
        const bool other = two_names_ && chooser_() % 3 == 0;
        daemon_.emplace(*store_.db, process_, world_, clock_, other ? "b" : "a");
        if (!daemon_->recover()) return;
        // The message comes again until it was taken in.
        if (!started_)
            started_ =
                daemon_->db
                    .transaction([&](control::Transaction& tx) -> control::Result<void> {
                        auto begun = daemon_->engine.start(tx, "engineering", task_,
                                                           store_.first_state(task_));
                        return begun ? control::Result<void>() : control::fail(begun.error());
                    })
                    .has_value();
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

    // The thread's status goes only where its state machine allows.
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

    void leftovers(const control::Thread& thread, Run& result) {
        const std::string mine = " AND thread_id = '" + thread.id + "'";
        if (store_.count("thread_inbox WHERE body IS NOT NULL" + mine) > 0)
            result.fault += "mail was left; ";
        if (store_.count("thread_waits WHERE active = 1" + mine) > 0)
            result.fault += "a wait was left; ";
        const auto task = control::tasks::find(*store_.db, task_)->entity.status;
        const bool agrees = thread.status == ThreadStatus::completed
                                ? task == contracts::TaskStatus::completed
                                : task == contracts::TaskStatus::failed;
        if (!agrees) result.fault += "the task says otherwise; ";
    }

    Store& store_;
    StillClock clock_;
    Process process_;
    World world_;
    std::mt19937_64 chooser_;
    bool two_names_;
    std::string task_;
    bool started_ = false;
    std::optional<Daemon> daemon_;
    ThreadStatus last_ = ThreadStatus::running;
    std::int64_t last_step_ = 0;
};

}  // namespace

TEST_CASE("without a fault the simulated road ends, and most often well") {
    Store store;
    int completed = 0;
    for (std::uint64_t seed = 1; seed <= 40; ++seed) {
        const Run run = Simulation(store, seed, {}, false, false).run();
        INFO("seed " << seed);
        CHECK(run.fault == "");
        CHECK(run.restarts == 0);
        completed += run.end == ThreadStatus::completed ? 1 : 0;
    }
    CHECK(completed > 20);
    CHECK(completed < 40);
}

TEST_CASE("killed at any one operation nothing is lost and nothing is done twice") {
    Store store;
    const std::uint64_t seed = 7;
    const std::int64_t operations = Simulation(store, seed, {}, false, false).run().operations;
    REQUIRE(operations > 30);
    for (std::int64_t at = 1; at <= operations; ++at)
        for (const bool after : {false, true}) {
            const Run run = Simulation(store, seed, {at}, after, false).run();
            INFO("seed " << seed << ", killed " << (after ? "after" : "before") << " operation "
                         << at);
            CHECK(run.fault == "");
            CHECK(run.restarts == 1);
        }
}

TEST_CASE("killed again and again at random, under one name or two, in 200 worlds") {
    Store store;
    for (std::uint64_t seed = 1; seed <= 200; ++seed) {
        std::mt19937_64 random(seed * 977);
        std::set<std::int64_t> die_at;
        for (std::int64_t at = 0; at < 4000;)
            die_at.insert(at += 1 + static_cast<std::int64_t>(random() % 20));
        const Run run = Simulation(store, seed, die_at, seed % 2 == 0, seed % 3 == 0).run();
        INFO("seed " << seed);
        CHECK(run.fault == "");
        CHECK(run.restarts > 0);
    }
}
