// Specific to PostgreSQL: several daemons, lost connections, and commits whose answers are
// lost.
#include "commit_relay.h"
#include "control/store/postgres/connection.h"
#include "control/store/postgres/parameters.h"
#include "drivers.h"
#include "tests/support/eventually.h"

#include <atomic>
#include <catch2/catch_test_macros.hpp>
#include <latch>
#include <thread>

namespace control {

namespace {

using tests::CommitRelay;
using tests::Loss;

Result<void> note(Queries& db, const std::string& key) {
    Result<Rows> rows =
        db.query("INSERT INTO thread_waits (key, thread_id, active) VALUES ($1, 'n', 1)", {key});
    if (!rows) return fail(std::move(rows.error()));
    return {};
}

Result<std::int64_t> count(Queries& db) {
    Result<Rows> rows = db.query("SELECT COUNT(*) FROM thread_waits");
    if (!rows) return fail(std::move(rows.error()));
    return rows->rows.at(0).integer(0);
}

// A caller in its own thread, and the result of its transaction.
struct Caller {
    std::atomic<int> runs = 0;
    Result<void> outcome = fail(ErrorKind::fatal, "it was not called");
};

void insert_through(const std::string& url, CommitRelay& relay, Loss loss, Caller& caller,
                    const std::function<void()>& meanwhile) {
    const auto db = opened(open_postgres(url));
    relay.lose(loss);
    std::jthread thread([&] {
        caller.outcome = db->transaction([&](Transaction& tx) {
            ++caller.runs;
            return note(tx, "a");
        });
    });
    meanwhile();
    thread.join();
    CHECK(relay.has_lost());
    CHECK(count(*db).value() == 1);
    // The database works as before.
    CHECK(db->transaction([](Transaction& tx) { return note(tx, "b"); }));
    CHECK(count(*db).value() == 2);
}

std::string through(const CommitRelay& relay, const std::string& url) {
    const std::string key = "host=";
    const std::size_t begin = url.find(key) + key.size();
    std::string result = url;
    return result.replace(begin, url.find('&', begin) - begin, relay.directory());
}

std::string socket_of(const std::string& url) {
    const std::size_t begin = url.find("host=") + 5;
    return url.substr(begin, url.find('&', begin) - begin) + "/.s.PGSQL.5432";
}

Result<void> raise(Queries& db, const std::string& state) {
    Result<Rows> rows = db.query("DO $body$ BEGIN RAISE EXCEPTION 'told to' USING ERRCODE = '" +
                                 state + "'; END $body$");
    if (!rows) return fail(std::move(rows.error()));
    return {};
}

}  // namespace

TEST_CASE("a commit that never arrived is made again, once") {
    const PostgresDriver driver;
    CommitRelay relay(socket_of(driver.url()));
    Caller caller;
    insert_through(through(relay, driver.url()), relay, Loss::before, caller, [] {});
    CHECK(caller.outcome);
    CHECK(caller.runs == 2);
}

TEST_CASE("a commit whose answer was lost is known to have happened, and is not made again") {
    const PostgresDriver driver;
    CommitRelay relay(socket_of(driver.url()));
    Caller caller;
    insert_through(through(relay, driver.url()), relay, Loss::answer, caller, [] {});
    CHECK(caller.outcome);
    CHECK(caller.runs == 1);
}

TEST_CASE("a commit that is still on its way when it is asked about is waited for") {
    const PostgresDriver driver;
    CommitRelay relay(socket_of(driver.url()));
    Caller caller;
    insert_through(through(relay, driver.url()), relay, Loss::late, caller, [&] {
        tests::eventually("somebody waiting for the row", [] {
            return tests::shared_postgres().sql(
                       "SELECT COUNT(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND "
                       "query LIKE '%store_writers%RETURNING number'") == "1\n";
        });
        relay.release();
    });
    CHECK(caller.outcome);
    CHECK(caller.runs == 1);
}

TEST_CASE(
    "a connection that goes in the middle of a transaction is made again, and so is the "
    "transaction") {
    const PostgresDriver driver;
    const auto db = driver.open();
    int runs = 0;
    const Result<void> outcome = db->transaction([&](Transaction& tx) -> Result<void> {
        if (Result<void> noted = note(tx, "a"); !noted) return noted;
        if (++runs > 1) return {};
        Result<Rows> rows = tx.query("SELECT pg_terminate_backend(pg_backend_pid())");
        CHECK_FALSE(rows);
        return note(tx, "b");
    });
    INFO((outcome ? "" : outcome.error().describe()));
    CHECK(outcome);
    CHECK(runs == 2);
    CHECK(count(*db).value() == 1);
}

TEST_CASE("connections that went while nobody used them are not noticed by anybody") {
    const PostgresDriver driver;
    const auto db = driver.open();
    REQUIRE(count(*db).value() == 0);
    for (int round = 0; round < 3; ++round) {
        tests::shared_postgres().sql(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE application_name = 'orchestratord'");
        CHECK(count(*db).value() == round);
        CHECK(db->transaction([&](Transaction& tx) { return note(tx, std::to_string(round)); }));
    }
    CHECK(count(*db).value() == 3);
}

TEST_CASE(
    "two daemons whose transactions cannot both be true: one is run again and sees the "
    "other's") {
    const PostgresDriver driver;
    const std::unique_ptr<Database> daemons[] = {driver.open(), driver.open()};
    std::latch both_have_looked(2);
    std::atomic<int> runs = 0;
    const auto insert_if_empty = [&](Database& db, const std::string& key) {
        bool first = true;
        return db.transaction([&, first](Transaction& tx) mutable -> Result<void> {
            ++runs;
            Result<std::int64_t> there = count(tx);
            if (!there) return fail(std::move(there.error()));
            if (std::exchange(first, false)) both_have_looked.arrive_and_wait();
            return *there == 0 ? note(tx, key) : Result<void>();
        });
    };
    Result<void> outcomes[2];
    {
        std::jthread one([&] { outcomes[0] = insert_if_empty(*daemons[0], "a"); });
        std::jthread other([&] { outcomes[1] = insert_if_empty(*daemons[1], "b"); });
    }
    for (const Result<void>& outcome : outcomes)
        CHECK(outcome);
    CHECK(count(*daemons[0]).value() == 1);
    CHECK(runs == 3);
}

TEST_CASE("two daemons that wait for each other's rows both come through") {
    const PostgresDriver driver;
    const std::unique_ptr<Database> daemons[] = {driver.open(), driver.open()};
    REQUIRE(daemons[0]->transaction([](Transaction& tx) -> Result<void> {
        if (Result<void> noted = note(tx, "a"); !noted) return noted;
        return note(tx, "b");
    }));
    std::latch both_hold_one(2);
    const auto touch = [&](Database& db, const char* left, const char* right) {
        bool first = true;
        return db.transaction([&, first](Transaction& tx) mutable -> Result<void> {
            for (const char* key : {left, right}) {
                Result<Rows> rows =
                    tx.query("UPDATE thread_waits SET active = active + 1 WHERE key = $1", {key});
                if (!rows) return fail(std::move(rows.error()));
                if (std::exchange(first, false)) both_hold_one.arrive_and_wait();
            }
            return {};
        });
    };
    Result<void> outcomes[2];
    {
        std::jthread one([&] { outcomes[0] = touch(*daemons[0], "a", "b"); });
        std::jthread other([&] { outcomes[1] = touch(*daemons[1], "b", "a"); });
    }
    for (const Result<void>& outcome : outcomes)
        CHECK(outcome);
    const Result<Rows> rows = daemons[0]->query("SELECT SUM(active) FROM thread_waits");
    CHECK(rows->rows.at(0).integer(0) == 6);
}

TEST_CASE("a rollback that repeats itself ends as transient") {
    const PostgresDriver driver;
    const auto db = driver.open();
    int runs = 0;
    const Result<void> outcome = db->transaction([&](Transaction& tx) {
        ++runs;
        return raise(tx, "40001");
    });
    REQUIRE_FALSE(outcome);
    CHECK(outcome.error().kind == ErrorKind::transient);
    CHECK(outcome.error().message.find("told to") != std::string::npos);
    CHECK(runs > 4);
    runs = 0;
    CHECK(db->transaction(
        [&](Transaction& tx) { return ++runs < 3 ? raise(tx, "40P01") : note(tx, "a"); }));
    CHECK(count(*db).value() == 1);
}

TEST_CASE("what the server says becomes what the store says") {
    const PostgresDriver driver;
    const auto db = driver.open();
    const std::pair<const char*, ErrorKind> states[] = {
        {"53100", ErrorKind::transient}, {"53200", ErrorKind::transient},
        {"53300", ErrorKind::transient}, {"55P03", ErrorKind::transient},
        {"57014", ErrorKind::transient}, {"58030", ErrorKind::transient},
        {"22003", ErrorKind::invalid},   {"22P02", ErrorKind::invalid},
        {"23514", ErrorKind::conflict},  {"42501", ErrorKind::fatal},
        {"42P01", ErrorKind::fatal},     {"25006", ErrorKind::fatal},
        {"XX000", ErrorKind::fatal}};
    for (const auto& [state, kind] : states) {
        const Result<void> outcome =
            db->transaction([&](Transaction& tx) { return raise(tx, state); });
        REQUIRE_FALSE(outcome);
        INFO(state << ": " << outcome.error().describe());
        CHECK(outcome.error().kind == kind);
    }
    CHECK(db->transaction([](Transaction& tx) { return note(tx, "a"); }));
}

TEST_CASE("a database that cannot be used says what to do, and never its password") {
    const PostgresDriver driver;
    auto& server = tests::shared_postgres();
    server.sql("CREATE DATABASE bytes ENCODING 'SQL_ASCII' TEMPLATE template0");
    const auto says = [&](std::string url, const char* from, const char* to) {
        url.replace(url.find(from), std::string(from).size(), to);
        const Result<std::unique_ptr<Database>> database = open_postgres(url);
        REQUIRE_FALSE(database);
        CHECK(database.error().kind == ErrorKind::fatal);
        CHECK(database.error().describe().find("s3cret") == std::string::npos);
        CHECK(database.error().describe().find('\n') == std::string::npos);
        return database.error().describe();
    };
    const std::string url = driver.url() + "&password=s3cret";
    CHECK(says(url, "/postgres?", "/nowhere?").find("DATABASE_URL: ") != std::string::npos);
    CHECK(says(url, "user=test", "user=nobody").find("check its user") != std::string::npos);
    CHECK(says(url, "/postgres?", "/bytes?").find("ENCODING 'UTF8'") != std::string::npos);
    CHECK(says(url, "&options=", "&options=-cdefault_transaction_read_only%3Don%20")
              .find("accepts writes") != std::string::npos);
    for (const char* other : {"mysql://host/db", "orchestrator.db", "sqlite:x"}) {
        const auto database = open_database(other, "/nowhere");
        REQUIRE_FALSE(database);
        CHECK(database.error().field == "DATABASE_URL");
    }
}

TEST_CASE("values are counted as they appear, and not in quotes or comments") {
    CHECK(count_parameters("SELECT 1").value() == 0);
    CHECK(count_parameters("SELECT $1, $2, $1").value() == 2);
    CHECK(count_parameters("SELECT '$1', \"$2\", $1 -- $7\n, $2 /* $9 */").value() == 2);
    CHECK(count_parameters("SELECT 'it''s $4', $1").value() == 1);
    CHECK(count_parameters("DO $body$ x $body$").value() == 0);
    for (const char* wrong : {"SELECT $2", "SELECT $0", "SELECT $2, $1", "SELECT $1, $3",
                              "SELECT $99999999999999999999"})
        CHECK_FALSE(count_parameters(wrong));
}

}  // namespace control
