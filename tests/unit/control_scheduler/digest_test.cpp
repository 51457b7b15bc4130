// Reminders and digests: each is sent once, when it is due, with the current contents.
#include "control/scheduler/digest.h"

#include "contracts/base/json.h"
#include "control/store/projects.h"
#include "control/store/reminders.h"
#include "control/store/tasks.h"
#include "control/store/threads.h"
#include "tests/support/temporary_directory.h"

#include <catch2/catch_test_macros.hpp>

using namespace control;
using namespace std::chrono_literals;
using contracts::Json;

namespace {

constexpr contracts::Timestamp kMorning{std::chrono::milliseconds(1'768'046'400'000)};

class HandClock final : public contracts::Clock {
public:
    [[nodiscard]] contracts::Timestamp now() const override { return time; }
    [[nodiscard]] contracts::Instant instant() const override { return {}; }
    contracts::Timestamp time = kMorning;
};

struct Post {
    tests::TemporaryDirectory directory{};
    HandClock clock{};
    std::unique_ptr<Database> db{};
    Lease lease{};

    Post() {
        auto opened = open_sqlite(directory / "a.db");
        REQUIRE(opened.has_value());
        db = std::move(*opened);
        write([&](Transaction& tx) -> Result<void> {
            auto held = leases::acquire(tx, "scheduler", "here", kMorning, 1000h);
            if (!held) return fail(held.error());
            lease = **held;
            return {};
        });
    }
    void write(const std::function<Result<void>(Transaction&)>& work) {
        const Result<void> done = db->transaction(work);
        if (!done) FAIL(done.error().describe());
    }
    void remind(const std::string& id, std::chrono::seconds in) {
        write([&](Transaction& tx) {
            return reminders::insert(tx, {.id = id,
                                          .user_id = "u-1",
                                          .text = "look at " + id,
                                          .due_at = clock.time + in,
                                          .created_at = clock.time});
        });
    }
    void run(const PeriodicTask& task) {
        const auto done = task.run_once(lease, {});
        if (!done) FAIL(done.error().describe());
    }
    // The notices that are still to be sent, oldest first.
    std::vector<Json> notices() {
        const auto rows = db->query("SELECT body FROM thread_outbox ORDER BY seq");
        REQUIRE(rows);
        std::vector<Json> found;
        for (const Row& row : rows->rows)
            found.push_back(contracts::parse_json(row.text(0)).value());
        return found;
    }
};

}  // namespace

TEST_CASE("a reminder is told once, to its user, when it is due, and over restarts") {
    Post post;
    post.remind("b", 7200s);
    post.remind("a", 3600s);
    post.run(reminders_task(*post.db, post.clock, std::chrono::seconds(10)));
    CHECK(post.notices().empty());
    post.clock.time += 3600s;
    for (int restarts = 0; restarts < 3; ++restarts)
        post.run(reminders_task(*post.db, post.clock, std::chrono::seconds(10)));
    REQUIRE(post.notices().size() == 1);
    CHECK(post.notices()[0].at("kind") == "reminder");
    CHECK(post.notices()[0].at("user_id") == "u-1");
    CHECK(post.notices()[0].at("text") == "look at a");
    post.clock.time += 240h;
    post.run(reminders_task(*post.db, post.clock, std::chrono::seconds(10)));
    CHECK(post.notices().size() == 2);
    CHECK(reminders::list(*post.db, {})->items.empty());
}

TEST_CASE("a user's reminders are bounded") {
    Post post;
    for (int i = 0; i < reminders::kMostOfOneUser; ++i)
        post.remind(std::to_string(i), 60s);
    const Result<void> one_more = post.db->transaction([&](Transaction& tx) {
        return reminders::insert(tx, {.id = "more",
                                      .user_id = "u-1",
                                      .text = "x",
                                      .due_at = kMorning,
                                      .created_at = kMorning});
    });
    REQUIRE_FALSE(one_more);
    CHECK(one_more.error().kind == ErrorKind::conflict);
}

TEST_CASE("a digest tells what happened since the last one, and what it cost") {
    Post post;
    post.write([&](Transaction& tx) -> Result<void> {
        contracts::Project project;
        project.id = "p-1";
        project.name = "shop";
        project.owner_id = "u-1";
        if (auto put = projects::insert(tx, project, kMorning); !put) return put;
        for (const auto& [id, status] : {std::pair{"t-1", contracts::TaskStatus::completed},
                                         std::pair{"t-2", contracts::TaskStatus::failed},
                                         std::pair{"t-3", contracts::TaskStatus::failed}}) {
            contracts::Task task;
            task.id = id;
            task.project_id = "p-1";
            task.status = status;
            task.created_at = kMorning;
            task.updated_at = kMorning + 1h;
            if (auto put = tasks::insert(tx, task); !put) return put;
        }
        Thread blocked;
        blocked.id = "f-3";
        blocked.graph = "engineering";
        blocked.subject = "t-3";
        blocked.node = "ask_person";
        blocked.status = ThreadStatus::blocked;
        blocked.state = "{}";
        blocked.reason = "which database?";
        if (const auto put = threads::insert(tx, blocked); !put) return fail(put.error());
        auto spent = model_calls::record(tx,
                                         {{.id = "c",
                                           .daemon = "d",
                                           .caller = {"w", "t-1", "p-1", "u-1"},
                                           .api = "messages",
                                           .model = "m",
                                           .began_at = kMorning + 1h}},
                                         {{.id = "c", .cost = 2 * kNanodollarsInDollar}});
        if (!spent) return fail(spent.error());
        Result<void> done = budgets::set(tx, {.scope = SpendingScope::project,
                                              .subject = "p-1",
                                              .cap = 5 * kNanodollarsInDollar,
                                              .set_by = "t"});
        return done ? digests::set(tx, "u-1", DigestFrequency::daily, kMorning) : done;
    });
    post.run(digest_task(*post.db, post.clock, std::chrono::seconds(60)));
    CHECK(post.notices().empty());
    post.clock.time += 25h;
    for (int restarts = 0; restarts < 2; ++restarts)
        post.run(digest_task(*post.db, post.clock, std::chrono::seconds(60)));
    REQUIRE(post.notices().size() == 1);
    CHECK(post.notices()[0].at("kind") == "digest");
    CHECK(post.notices()[0].at("text") ==
          "How things stand, and what happened since 2026-01-10T12:00:00Z:\n"
          "shop: 1 task built, 1 task failed\n"
          "Waits for your answer, shop: which database?\n"
          "Models cost $2.00 in 1 call\n"
          "Budget of project p-1: $3.00 of $5.00 are left");
    // The next digest begins where this one ended.
    post.clock.time += 25h;
    post.run(digest_task(*post.db, post.clock, std::chrono::seconds(60)));
    REQUIRE(post.notices().size() == 2);
    CHECK(post.notices()[1].at("text").get<std::string>().find("No task has ended.") !=
          std::string::npos);
}

TEST_CASE("a daemon that no longer leads tells nobody anything") {
    Post post;
    post.remind("a", 1s);
    post.clock.time += 1h;
    post.lease.fencing -= 1;
    CHECK_FALSE(
        reminders_task(*post.db, post.clock, std::chrono::seconds(10)).run_once(post.lease, {}));
    CHECK(post.notices().empty());
    CHECK(reminders::list(*post.db, {})->items.size() == 1);
}
