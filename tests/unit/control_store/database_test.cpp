// Tests that every driver of the store's port must pass.
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

TEMPLATE_TEST_CASE("the sequence of commits is odd while one is under way, and grows with each", "",
                   STORE_DRIVERS) {
    Notes<TestType> notes;
    CommitSequence before = notes.db->commits();
    CHECK(before % 2 == 0);
    for (const bool succeeds : {true, false}) {
        CommitSequence during = 0;
        const Result<void> outcome = notes.db->transaction([&](Transaction& tx) -> Result<void> {
            during = notes.db->commits();
            if (!succeeds) return fail(ErrorKind::invalid, "no");
            return note(tx, "a", 1);
        });
        CHECK(outcome.has_value() == succeeds);
        CHECK(during == before + 1);
        CHECK(notes.db->commits() == before + 2);
        before += 2;
    }
    CHECK(count(*notes.db) == 1);
    CHECK(notes.db->commits() == before);
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
    // The first keeps the writer busy until all others wait, so that they form one group.
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
    threads.reserve(kThreads);
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

TEMPLATE_TEST_CASE("texts of a megabyte and of every plane come back, and what is no text is told",
                   "", STORE_DRIVERS) {
    Notes<TestType> notes;
    const auto put = [&](const std::string& key, const std::string& more) {
        return notes.db->transaction([&](Transaction& tx) -> Result<void> {
            Result<Rows> rows =
                tx.query("INSERT INTO notes (id, value, more) VALUES ($1, 1, $2)", {key, more});
            if (!rows) return fail(std::move(rows.error()));
            return {};
        });
    };
    std::string large;
    while (large.size() < (1 << 20))
        large += "größer € 𝕏 \U0010ffff \x01\x7f\\x ";
    for (const std::string& text : {large, std::string(), std::string("\ufeff\ufffd"),
                                    std::string("''; DROP TABLE notes; -- $1 ?")}) {
        REQUIRE(put(std::to_string(text.size()), text));
        const Result<Rows> rows = notes.db->query("SELECT more FROM notes WHERE more = $1", {text});
        REQUIRE(rows);
        REQUIRE(rows->rows.size() == 1);
        CHECK(rows->rows[0].text(0) == text);
        CHECK_FALSE(rows->rows[0].is_null(0));
    }
    const std::int64_t before = count(*notes.db);
    for (const std::string& text :
         {std::string("a\0b", 3), std::string(1, '\0'), std::string("\xff"),
          std::string("\xc0\x80"), std::string("\xed\xa0\x80"), std::string("\xf4\x90\x80\x80"),
          std::string("ab\xe2\x82")}) {
        const Result<void> refused = put("bad", text);
        REQUIRE_FALSE(refused);
        CHECK(refused.error().kind == ErrorKind::invalid);
        const Result<Rows> asked = notes.db->query("SELECT id FROM notes WHERE id = $1", {text});
        REQUIRE_FALSE(asked);
        CHECK(asked.error().kind == ErrorKind::invalid);
    }
    CHECK(count(*notes.db) == before);
}

TEMPLATE_TEST_CASE("a statement that fails is undone alone, and its transaction goes on", "",
                   STORE_DRIVERS) {
    Notes<TestType> notes;
    const auto go_on = [](Transaction& tx) -> Result<void> {
        if (Result<void> noted = note(tx, "first", 1); !noted) return noted;
        const Result<void> again = note(tx, "first", 2);
        if (again || again.error().kind != ErrorKind::conflict)
            return fail(ErrorKind::fatal, "the key was not taken");
        for (const char* wrong : {"SELECT nothing FROM notes", "SELECT $1"})
            if (tx.query(wrong)) return fail(ErrorKind::fatal, "nonsense went through");
        if (tx.query("SELECT $1", {std::string("\0", 1)}))
            return fail(ErrorKind::fatal, "U+0000 went through");
        return note(tx, "last", 3);
    };
    const Result<void> done = notes.db->transaction(go_on);
    INFO((done ? std::string() : done.error().describe()));
    REQUIRE(done);
    CHECK(count(*notes.db) == 2);
    CHECK(notes.db->query("SELECT value FROM notes WHERE id = 'first'")->rows.at(0).integer(0) ==
          1);
    // The transaction's last statement failed, but the transaction reports success.
    REQUIRE(notes.db->transaction([](Transaction& tx) -> Result<void> {
        if (Result<void> noted = note(tx, "more", 1); !noted) return noted;
        CHECK_FALSE(note(tx, "last", 1));
        return {};
    }));
    CHECK(count(*notes.db) == 3);
}

TEMPLATE_TEST_CASE("each kind of broken constraint is told alike by every driver", "",
                   STORE_DRIVERS) {
    Notes<TestType> notes;
    const auto run = [&](const char* sql) {
        return notes.db->transaction([&](Transaction& tx) -> Result<void> {
            Result<Rows> rows = tx.query(sql);
            if (!rows) return fail(std::move(rows.error()));
            return {};
        });
    };
    for (const char* sql :
         {"CREATE TABLE pairs (a TEXT NOT NULL, b BIGINT, slot BIGINT, "
          "note TEXT REFERENCES notes (id), CONSTRAINT small CHECK (b < 9), UNIQUE (a, b))",
          "CREATE UNIQUE INDEX pairs_slot ON pairs (slot) WHERE slot IS NOT NULL",
          "INSERT INTO pairs (a, b, slot) VALUES ('x', 1, 1)"})
        REQUIRE(run(sql));
    const std::pair<const char*, const char*> cases[] = {
        {"INSERT INTO pairs (a, b) VALUES ('x', 1)", "pairs.a, pairs.b"},
        {"INSERT INTO pairs (a, slot) VALUES ('y', 1)", "pairs.slot"},
        {"INSERT INTO pairs (b) VALUES (1)", "pairs.a"},
        {"INSERT INTO pairs (a, b) VALUES ('y', 9)", "small"},
        {"INSERT INTO pairs (a, note) VALUES ('y', 'nowhere')", ""}};
    for (const auto& [sql, field] : cases) {
        const Result<void> refused = run(sql);
        REQUIRE_FALSE(refused);
        INFO(sql << ": " << refused.error().describe());
        CHECK(refused.error().kind == ErrorKind::conflict);
        CHECK(refused.error().field == field);
    }
}

TEMPLATE_TEST_CASE("counts, sums and truths are integers, and changes are counted", "",
                   STORE_DRIVERS) {
    Notes<TestType> notes;
    std::vector<std::int64_t> changed;
    REQUIRE(notes.db->transaction([&](Transaction& tx) -> Result<void> {
        changed.clear();
        for (const char* sql :
             {"INSERT INTO notes (id, value) VALUES ('a', 4000000000), ('b', 5000000000)",
              "UPDATE notes SET value = value + 1", "SELECT id FROM notes",
              "DELETE FROM notes WHERE id = 'c'",
              "INSERT INTO notes (id, value) VALUES ('a', 1) ON CONFLICT (id) DO NOTHING"}) {
            Result<Rows> rows = tx.query(sql);
            if (!rows) return fail(std::move(rows.error()));
            changed.push_back(rows->changed);
        }
        return {};
    }));
    CHECK(changed == std::vector<std::int64_t>{2, 2, 0, 0, 0});
    const Result<Rows> rows = notes.db->query(
        "SELECT COUNT(*), SUM(value), EXISTS (SELECT 1 FROM notes), MAX(more), 1 FROM notes");
    REQUIRE(rows);
    CHECK(rows->rows.at(0).optional_integer(0) == 2);
    CHECK(rows->rows.at(0).optional_integer(1) == 9'000'000'002);
    CHECK(rows->rows.at(0).optional_integer(2) == 1);
    CHECK(rows->rows.at(0).is_null(3));
    CHECK(rows->rows.at(0).optional_integer(4) == 1);
}

TEMPLATE_TEST_CASE("texts are ordered by their bytes", "", STORE_DRIVERS) {
    const TestType driver;
    const auto db = driver.open();
    REQUIRE(db->transaction([](Transaction& tx) -> Result<void> {
        for (const char* key : {"b", "B", "a-c", "ab", "a", "~", "Z", "é", "0"})
            if (Result<Rows> rows =
                    tx.query("INSERT INTO users (id, telegram_id, is_admin, created_at, version) "
                             "VALUES ($1, $2, 0, 1, 1)",
                             {key, key});
                !rows)
                return fail(std::move(rows.error()));
        return {};
    }));
    const Result<Rows> rows = db->query("SELECT id FROM users ORDER BY id");
    REQUIRE(rows);
    std::string order;
    for (const Row& row : rows->rows)
        order += row.text(0) + " ";
    CHECK(order == "0 B Z a a-c ab b ~ é ");
}

TEMPLATE_TEST_CASE("more statements than are kept prepared", "", STORE_DRIVERS) {
    Notes<TestType> notes;
    for (int round = 0; round < 2; ++round)
        for (int i = 0; i < 700; ++i)
            REQUIRE(notes.db->query("SELECT " + std::to_string(i) + " + $1", {std::int64_t{1}})
                        ->rows.at(0)
                        .integer(0) == i + 1);
}

}  // namespace control
