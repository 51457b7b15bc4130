// Hosts that workers were not allowed to reach, as rows; over every driver.
#include "control/store/egress_refusals.h"

#include "control/store/workers.h"
#include "drivers.h"

#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>

namespace control {

namespace {

using namespace std::chrono_literals;

constexpr contracts::Timestamp kFirstTime{std::chrono::milliseconds(1'768'046'400'000)};

// Commits `work` and returns its value.
template <class T>
T written(Database& db, const std::function<Result<T>(Transaction&)>& work) {
    std::optional<T> value;
    const Result<void> done = db.transaction([&](Transaction& tx) -> Result<void> {
        Result<T> result = work(tx);
        if (!result) return result.fault();
        value = *std::move(result);
        return {};
    });
    if (!done) FAIL(done.error().describe());
    return *std::move(value);
}

void add_worker(Database& db, const std::string& id, const std::string& task) {
    WorkerRow worker;
    worker.id = id;
    worker.request_id = "r-" + id;
    worker.config.name = "dev";
    worker.created_at = kFirstTime;
    worker.context = {{"task_id", task}};
    REQUIRE(written<bool>(db, [&](Transaction& tx) { return workers::insert(tx, worker); }));
}

bool add(Database& db, const std::string& worker, const std::string& host, std::int64_t count = 1,
         contracts::Timestamp at = kFirstTime) {
    const EgressRefusal refused{.id = worker + host,
                                .worker_id = worker,
                                .host = host,
                                .port = 443,
                                .reason = "is not allowed",
                                .count = count,
                                .created_at = at,
                                .last_at = at};
    return written<bool>(db, [&](Transaction& tx) { return egress_refusals::add(tx, refused); });
}

std::vector<EgressRefusal> listed(Database& db, std::vector<Filter> filters) {
    const Result<Page<EgressRefusal>> page =
        egress_refusals::list(db, {.limit = kMaxPage, .filters = std::move(filters)});
    if (!page) FAIL(page.error().describe());
    std::vector<EgressRefusal> all;
    for (const Stored<EgressRefusal>& one : page->items)
        all.push_back(one.entity);
    return all;
}

}  // namespace

TEMPLATE_TEST_CASE("refusals of one host are counted in one row, which has the worker's task", "",
                   STORE_DRIVERS) {
    TestType driver;
    const auto db = driver.open();
    add_worker(*db, "w1", "t1");
    add_worker(*db, "w2", "");
    CHECK(add(*db, "w1", "a.example", 3));
    CHECK(add(*db, "w1", "a.example", 2, kFirstTime + 5s));
    CHECK(add(*db, "w1", "b.example"));
    CHECK(add(*db, "w2", "a.example"));
    CHECK_FALSE(add(*db, "w3", "a.example"));

    const auto first = listed(*db, {{"worker_id", "w1"}, {"host", "a.example"}});
    REQUIRE(first.size() == 1);
    CHECK(first[0].count == 5);
    CHECK(first[0].task_id == "t1");
    CHECK(first[0].created_at == kFirstTime);
    CHECK(first[0].last_at == kFirstTime + 5s);
    CHECK(listed(*db, {{"task_id", "t1"}}).size() == 2);
    CHECK(listed(*db, {{"host", "a.example"}}).size() == 2);
    const auto of_worker = egress_refusals::of_worker(*db, "w1", 1);
    REQUIRE(of_worker);
    REQUIRE(of_worker->size() == 1);
    CHECK(of_worker->front().host == "a.example");
}

TEMPLATE_TEST_CASE("no worker fills the table, and its rows go with it", "", STORE_DRIVERS) {
    TestType driver;
    const auto db = driver.open();
    add_worker(*db, "w1", "t1");
    for (std::int64_t at = 0; at < egress_refusals::kMostOfOneWorker; ++at)
        CHECK(add(*db, "w1", "h" + std::to_string(at)));
    CHECK_FALSE(add(*db, "w1", "one-more"));
    CHECK(add(*db, "w1", "h7"));
    CHECK(listed(*db, {{"host", "h7"}})[0].count == 2);

    const Result<std::optional<WorkerRow>> worker = workers::find(*db, "w1");
    REQUIRE(worker);
    WorkerRow removed = **worker;
    removed.phase = WorkerPhase::removed;
    const auto pruned = written<std::int64_t>(*db, [&](Transaction& tx) -> Result<std::int64_t> {
        if (Result<void> updated = workers::update(tx, removed); !updated) return updated.fault();
        return workers::prune(tx, kFirstTime + 1h, 10);
    });
    CHECK(pruned == 1);
    CHECK(listed(*db, {}).empty());
}

}  // namespace control
