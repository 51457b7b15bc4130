// What every driver of the store's port does.
#include "drivers.h"

#include <atomic>
#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>
#include <condition_variable>
#include <mutex>
#include <thread>

namespace control {

namespace {

Result<void> note(Queries& db, const std::string& key, std::int64_t value) {
    Result<Rows> rows = db.query("INSERT INTO notes (id, value) VALUES ($1, $2)", {key, value});
    if (!rows) return fail(std::move(rows.error()));
    return {};
}

std::int64_t count(Database& db) {
    const Result<Rows> rows = db.query("SELECT COUNT(*) FROM notes");
    return rows ? rows->rows.at(0).integer(0) : -1;
}

template <class Driver>
struct Notes {
    Driver driver;
    std::unique_ptr<Database> db = driver.open();
    Notes() {
        const Result<void> made = db->transaction([](Transaction& tx) -> Result<void> {
            for (const char* sql :
                 {"CREATE TABLE notes (id TEXT PRIMARY KEY, value BIGINT NOT NULL, more TEXT)",
                  "CREATE TABLE marks (id TEXT PRIMARY KEY, note TEXT REFERENCES notes (id) "
                  "DEFERRABLE INITIALLY DEFERRED)"})
                if (Result<Rows> rows = tx.query(sql); !rows) return fail(std::move(rows.error()));
            return {};
        });
        REQUIRE(made);
    }
};

}  // namespace

TEMPLATE_TEST_CASE("values come back as they went in", "", STORE_DRIVERS) {
    Notes<TestType> notes;
    std::string odd = "Ünïcödé 'quoted' \"and\" \\ % _ \n";
    odd += std::string(100'000, 'x');
    const Result<void> written = notes.db->transaction([&](Transaction& tx) -> Result<void> {
        for (const std::int64_t number : {INT64_MIN, std::int64_t{-1}, std::int64_t{0}, INT64_MAX})
            if (Result<void> noted = note(tx, std::to_string(number), number); !noted) return noted;
        Result<Rows> rows = tx.query("INSERT INTO notes (id, value, more) VALUES ($1, $2, $3)",
                                     {odd, std::int64_t{1}, Value{}});
        if (!rows) return fail(std::move(rows.error()));
        CHECK(rows->changed == 1);
        return {};
    });
    REQUIRE(written);
    const Result<Rows> rows = notes.db->query("SELECT id, value, more FROM notes ORDER BY value");
    REQUIRE(rows);
    REQUIRE(rows->rows.size() == 5);
    CHECK(rows->rows.front().integer(1) == INT64_MIN);
    CHECK(rows->rows.back().integer(1) == INT64_MAX);
    CHECK(rows->rows[3].text(0) == odd);
    CHECK(rows->rows[3].is_null(2));
    CHECK_FALSE(rows->rows[3].optional_text(2));
    CHECK(rows->rows[3].optional_integer(1) == 1);
    CHECK(rows->rows[3].size() == 3);
}

TEMPLATE_TEST_CASE("a transaction that fails leaves nothing, and its error is the caller's", "",
                   STORE_DRIVERS) {
    Notes<TestType> notes;
    const Result<void> outcome = notes.db->transaction([](Transaction& tx) -> Result<void> {
        REQUIRE(note(tx, "a", 1));
        return fail(ErrorKind::permission, "not this one", "a");
    });
    REQUIRE_FALSE(outcome);
    CHECK(outcome.error().kind == ErrorKind::permission);
    CHECK(outcome.error().field == "a");
    CHECK(count(*notes.db) == 0);
}

TEMPLATE_TEST_CASE("an exception ends its transaction and no other", "", STORE_DRIVERS) {
    Notes<TestType> notes;
    const Result<void> outcome = notes.db->transaction([](Transaction& tx) -> Result<void> {
        REQUIRE(note(tx, "a", 1));
        throw std::runtime_error("thrown");
    });
    REQUIRE_FALSE(outcome);
    CHECK(outcome.error().kind == ErrorKind::fatal);
    CHECK(notes.db->transaction([](Transaction& tx) { return note(tx, "b", 1); }));
    CHECK(count(*notes.db) == 1);
}

TEMPLATE_TEST_CASE("a broken constraint is a conflict that names its columns", "", STORE_DRIVERS) {
    Notes<TestType> notes;
    const auto put = [&](const std::string& key) {
        return notes.db->transaction([&](Transaction& tx) { return note(tx, key, 1); });
    };
    REQUIRE(put("a"));
    const Result<void> twice = put("a");
    REQUIRE_FALSE(twice);
    CHECK(twice.error().kind == ErrorKind::conflict);
    CHECK(twice.error().field == "notes.id");

    const Result<void> dangling = notes.db->transaction([](Transaction& tx) -> Result<void> {
        Result<Rows> rows = tx.query("INSERT INTO marks (id, note) VALUES ('m', 'nowhere')");
        if (!rows) return fail(std::move(rows.error()));
        return {};
    });
    REQUIRE_FALSE(dangling);
    CHECK(dangling.error().kind == ErrorKind::conflict);
    const Result<Rows> marks = notes.db->query("SELECT id FROM marks");
    REQUIRE(marks);
    CHECK(marks->rows.empty());
}

TEMPLATE_TEST_CASE("a wrong statement is fatal, in a transaction and outside", "", STORE_DRIVERS) {
    Notes<TestType> notes;
    for (const char* wrong : {"SELEC 1", "SELECT nothing FROM notes", "", "SELECT 1; SELECT 2",
                              "SELECT $2 || $1", "SELECT ?", "SELECT $1"}) {
        const Result<Rows> rows = notes.db->query(wrong);
        REQUIRE_FALSE(rows);
        CHECK(rows.error().kind == ErrorKind::fatal);
        CHECK_FALSE(notes.db->transaction([&](Transaction& tx) -> Result<void> {
            Result<Rows> inside = tx.query(wrong);
            if (!inside) return fail(std::move(inside.error()));
            return {};
        }));
    }
    CHECK(notes.db->query("SELECT CAST($1 AS TEXT)", {"fine"}));
}

TEMPLATE_TEST_CASE("the database itself is for reading, and reads see the last commit", "",
                   STORE_DRIVERS) {
    Notes<TestType> notes;
    CHECK_FALSE(notes.db->query("INSERT INTO notes (id, value) VALUES ('a', 1)"));
    const Result<void> outcome = notes.db->transaction([&](Transaction& tx) -> Result<void> {
        REQUIRE(note(tx, "a", 1));
        CHECK(tx.query("SELECT id FROM notes")->rows.size() == 1);
        CHECK(count(*notes.db) == 0);
        return {};
    });
    REQUIRE(outcome);
    CHECK(count(*notes.db) == 1);
}

TEMPLATE_TEST_CASE("a transaction inside a transaction is refused and harms nobody", "",
                   STORE_DRIVERS) {
    Notes<TestType> notes;
    Result<void> inner;
    CHECK(notes.db->transaction([&](Transaction& tx) -> Result<void> {
        inner = notes.db->transaction([](Transaction& again) { return note(again, "b", 2); });
        return note(tx, "a", 1);
    }));
    REQUIRE_FALSE(inner);
    CHECK(inner.error().kind == ErrorKind::fatal);
    CHECK(count(*notes.db) == 1);
}

TEMPLATE_TEST_CASE("among transactions that commit together, one that fails takes none with it", "",
                   STORE_DRIVERS) {
    Notes<TestType> notes;
    std::mutex mutex;
    std::condition_variable changed;
    bool may_go = false;
    int ended = 0;
    std::vector<std::string> failed;
    // The first holds the writer until all others wait, so that they are one group.
    notes.db->transaction_async(
        [&](Transaction&) -> Result<void> {
            std::unique_lock lock(mutex);
            changed.wait(lock, [&] { return may_go; });
            return {};
        },
        [](const Result<void>&) {});
    constexpr int kCallers = 100;
    for (int i = 0; i < kCallers; ++i)
        notes.db->transaction_async(
            [i](Transaction& tx) -> Result<void> {
                if (Result<void> noted = note(tx, "k" + std::to_string(i), i); !noted) return noted;
                if (i % 5 == 0) return fail(ErrorKind::conflict, "on purpose");
                if (i % 5 == 1) return note(tx, "k" + std::to_string(i), i);  // the key is taken
                return {};
            },
            [&, i](const Result<void>& outcome) {
                const std::lock_guard lock(mutex);
                if (!outcome) failed.push_back(std::to_string(i));
                ++ended;
                changed.notify_all();
            });
    std::unique_lock lock(mutex);
    may_go = true;
    changed.notify_all();
    changed.wait(lock, [&] { return ended == kCallers; });
    CHECK(failed.size() == 40);
    CHECK(count(*notes.db) == 60);
}

TEMPLATE_TEST_CASE("many threads write and read at once and none loses anything", "",
                   STORE_DRIVERS) {
    Notes<TestType> notes;
    constexpr int kThreads = 8;
    constexpr int kEach = 50;
    std::atomic<int> trouble = 0;
    std::vector<std::jthread> threads;
    for (int t = 0; t < kThreads; ++t)
        threads.emplace_back([&, t] {
            for (int i = 0; i < kEach; ++i) {
                const std::string key = std::to_string(t) + "." + std::to_string(i);
                if (!notes.db->transaction([&](Transaction& tx) { return note(tx, key, t); }))
                    ++trouble;
                const Result<Rows> found =
                    notes.db->query("SELECT value FROM notes WHERE id = $1", {key});
                if (!found || found->rows.size() != 1 || found->rows[0].integer(0) != t) ++trouble;
            }
        });
    threads.clear();
    CHECK(trouble == 0);
    CHECK(count(*notes.db) == kThreads * kEach);
}

TEMPLATE_TEST_CASE("what waits when the database is closed is still done, and is there again", "",
                   STORE_DRIVERS) {
    Notes<TestType> notes;
    std::atomic<int> done = 0;
    for (int i = 0; i < 200; ++i)
        notes.db->transaction_async([i](Transaction& tx) { return note(tx, std::to_string(i), i); },
                                    [&](const Result<void>& outcome) { done += outcome ? 1 : 0; });
    notes.db.reset();
    CHECK(done == 200);
    notes.db = notes.driver.open();
    CHECK(count(*notes.db) == 200);
}

}  // namespace control
