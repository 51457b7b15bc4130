// What is pruned, what is kept, and that a pass is bounded; over every driver.
#include "control/store/retention.h"

#include "control/store/api_keys.h"
#include "control/store/chats.h"
#include "control/store/conversations.h"
#include "control/store/idempotency.h"
#include "control/store/task_executions.h"
#include "control/store/threads.h"
#include "control/store/tokens.h"
#include "control/store/transcripts.h"
#include "control/store/workers.h"
#include "drivers.h"

#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>

namespace control {

namespace {

using std::chrono::days;

constexpr contracts::Timestamp kPrunedAt{std::chrono::milliseconds(1'768'046'400'000)};

std::int64_t count(Database& db, const std::string& table) {
    const Result<Rows> rows = db.query("SELECT COUNT(*) FROM " + table);
    REQUIRE(rows);
    return rows->rows.at(0).integer(0);
}

// Inserts one row of each kind, created at `at`.
Result<void> put_one_of_each(Transaction& tx, const std::string& name, contracts::Timestamp at) {
    contracts::TaskExecution execution;
    execution.id = name;
    execution.worker_id = "w";
    execution.created_at = at;
    if (Result<void> put = task_executions::insert(tx, execution); !put) return put;
    if (Result<void> put =
            idempotency::remember(tx, {"c", "r", name, "d"}, "{}", at - idempotency::kRemembered);
        !put)
        return put;
    Thread thread;
    thread.id = thread.subject = name;
    thread.graph = "g";
    thread.status = ThreadStatus::completed;
    thread.updated_at = at;
    if (Result<bool> put = threads::insert(tx, thread); !put) return fail(put.error());
    if (Result<void> put = threads::add_step(tx, name, {1, at, "n", "e", "o"}); !put) return put;
    if (Result<bool> put = threads::receive(tx, {"event:" + name, name, {}}, at); !put)
        return fail(put.error());
    if (Result<void> put = conversations::insert(
            tx, {.id = name, .user_id = "u", .text = "hello", .created_at = at});
        !put)
        return put;
    if (Result<bool> put = chats::see(tx, name, at); !put) return fail(put.error());
    WorkerRow worker;
    worker.id = worker.request_id = name;
    worker.created_at = at;
    worker.config.name = "w";
    if (Result<bool> put = workers::insert(tx, worker); !put) return fail(put.error());
    worker.phase = WorkerPhase::removed;
    if (Result<void> put = workers::update(tx, worker); !put) return put;
    if (Result<void> put = transcripts::keep(tx, name, {{.at = at, .text = "hello"}}, at); !put)
        return put;
    Result<std::string> token = tokens::create(tx, {.name = name, .expires_at = at}, at);
    if (!token) return fail(token.error());
    return {};
}

}  // namespace

TEMPLATE_TEST_CASE("what is older than its age goes, all else stays", "", STORE_DRIVERS) {
    const TestType driver;
    const auto db = driver.open();
    REQUIRE(db->transaction([](Transaction& tx) -> Result<void> {
        if (Result<void> put = put_one_of_each(tx, "old", kPrunedAt - days(100)); !put) return put;
        if (Result<void> put = put_one_of_each(tx, "new", kPrunedAt - days(1)); !put) return put;
        // An old row that is still in use.
        Thread waiting;
        waiting.id = waiting.subject = "waiting";
        waiting.graph = "g";
        waiting.status = ThreadStatus::waiting;
        waiting.updated_at = kPrunedAt - days(100);
        if (Result<bool> put = threads::insert(tx, waiting); !put) return fail(put.error());
        WorkerRow running;
        running.id = running.request_id = "running";
        running.created_at = kPrunedAt - days(100);
        running.config.name = "w";
        if (Result<bool> put = workers::insert(tx, running); !put) return fail(put.error());
        if (Result<bool> put =
                threads::receive(tx, {"event:mail", "waiting", "{}"}, kPrunedAt - days(100));
            !put)
            return fail(put.error());
        Result<std::string> token = tokens::create(tx, {.name = "good"}, kPrunedAt - days(100));
        if (!token) return fail(token.error());
        contracts::ApiKey old_key;
        old_key.id = old_key.name = "k";
        old_key.created_at = kPrunedAt - days(100);
        old_key.revoked_at = kPrunedAt - days(99);
        Result<std::string> key = api_keys::insert(tx, old_key, {.name = "local"});
        return key ? Result<void>() : Result<void>(fail(key.error()));
    }));
    const Result<std::int64_t> gone = forget_old_rows(*db, {}, kPrunedAt);
    REQUIRE(gone);
    CHECK(*gone == 9);  // includes the answer of the newer row, which expires after a day
    CHECK(count(*db, "task_executions") == 1);
    CHECK(count(*db, "threads") == 2);
    CHECK(count(*db, "thread_steps") == 1);
    CHECK(count(*db, "thread_inbox") == 2);
    CHECK(count(*db, "workers") == 2);
    CHECK(count(*db, "conversations") == 1);
    CHECK(count(*db, "chat_seen") == 1);
    CHECK(count(*db, "worker_transcripts") == 1);
    CHECK(count(*db, "tokens") == 3);
    CHECK(count(*db, "idempotency_keys") == 0);
    CHECK(forget_old_rows(*db, {}, kPrunedAt).value() == 0);
}

TEMPLATE_TEST_CASE("a pass takes no more than its bound from a table", "", STORE_DRIVERS) {
    const TestType driver;
    const auto db = driver.open();
    REQUIRE(db->transaction([](Transaction& tx) -> Result<void> {
        for (int i = 0; i < 25; ++i) {
            contracts::TaskExecution execution;
            execution.id = std::to_string(i);
            execution.worker_id = "w";
            execution.created_at = kPrunedAt - days(200) + days(i);
            if (Result<void> put = task_executions::insert(tx, execution); !put) return put;
        }
        return {};
    }));
    Retention keep;
    keep.at_once = 10;
    CHECK(forget_old_rows(*db, keep, kPrunedAt).value() == 10);
    CHECK_FALSE(task_executions::find(*db, "9"));
    CHECK(task_executions::find(*db, "10"));
    CHECK(forget_old_rows(*db, keep, kPrunedAt).value() == 10);
    CHECK(forget_old_rows(*db, keep, kPrunedAt).value() == 5);
    CHECK(forget_old_rows(*db, keep, kPrunedAt).value() == 0);
}

}  // namespace control
