// Each dialect's migrations: the same steps, and an upgrade from each step with rows in place.
#include "control/store/postgres/migrate.h"
#include "control/store/sqlite/migrate.h"
#include "control/store/tokens.h"
#include "drivers.h"

#include <algorithm>
#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>
#include <map>
#include <set>
#include <thread>

namespace control {

namespace {

constexpr contracts::Timestamp kMigratedAt{std::chrono::milliseconds(1'768'046'400'123)};

struct SqliteSchema {
    using Connection = SqliteConnection;
    static constexpr const char* kTables =
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' "
        "AND name NOT LIKE '%_fts%' AND name <> 'schema_migrations' ORDER BY name";
    tests::TemporaryDirectory directory;
    std::string path = directory / "test.db";
    [[nodiscard]] std::unique_ptr<Connection> connect() const {
        auto connection = Connection::open(path, Connection::Access::read_write);
        REQUIRE(connection);
        return std::move(*connection);
    }
    [[nodiscard]] std::unique_ptr<Database> open() const { return opened(open_sqlite(path)); }
    static std::span<const Migration> known() { return sqlite_migrations(); }
    [[nodiscard]] static std::vector<std::string> columns(Connection& db,
                                                          const std::string& table) {
        std::vector<std::string> names;
        const auto rows =
            db.query("SELECT name || ' ' || type FROM pragma_table_info($1)", {table});
        REQUIRE(rows);
        for (const Row& row : rows->rows)
            names.push_back(row.text(0));
        return names;
    }
};

struct PostgresSchema {
    using Connection = PostgresConnection;
    static constexpr const char* kTables =
        "SELECT table_name::text FROM information_schema.tables WHERE table_schema = "
        "current_schema() AND table_name NOT IN ('schema_migrations', 'store_writers') "
        "ORDER BY table_name COLLATE \"C\"";
    std::string url = tests::shared_postgres().make_schema();
    [[nodiscard]] std::unique_ptr<Connection> connect() const {
        auto connection = Connection::open(url, Connection::Access::read_write);
        REQUIRE(connection);
        return std::move(*connection);
    }
    [[nodiscard]] std::unique_ptr<Database> open() const { return opened(open_postgres(url)); }
    static std::span<const Migration> known() { return postgres_migrations(); }
    [[nodiscard]] static std::vector<std::string> columns(Connection& db,
                                                          const std::string& table) {
        std::vector<std::string> names;
        const auto rows = db.query(
            "SELECT column_name || ' ' || CASE data_type WHEN 'bigint' THEN 'INTEGER' ELSE 'TEXT' "
            "END FROM information_schema.columns WHERE table_schema = current_schema() AND "
            "table_name = $1 AND data_type <> 'tsvector' ORDER BY ordinal_position",
            {table});
        REQUIRE(rows);
        for (const Row& row : rows->rows)
            names.push_back(row.text(0));
        return names;
    }
};

#define SCHEMAS SqliteSchema, PostgresSchema

// Inserts a row into each table of the schema so far; values in every column name their place.
template <class Schema>
std::map<std::string, std::vector<std::string>> fill(typename Schema::Connection& db) {
    std::map<std::string, std::vector<std::string>> rows;
    const auto tables = db.query(Schema::kTables, {});
    REQUIRE(tables);
    std::vector<std::string> names;
    for (const Row& row : tables->rows)
        names.push_back(row.text(0));
    // Tables that others refer to come first.
    std::ranges::sort(names, {}, [](const std::string& name) {
        const bool referred_to = name == "projects" || name == "servers" ||
                                 name == "rag_documents" || name == "tokens" || name == "workers";
        return referred_to ? 0 : name == "tasks" ? 2 : 1;
    });
    for (const std::string& table : names) {
        std::string sql = "INSERT INTO " + table + " (";
        std::string places;
        std::vector<Value> values;
        for (const std::string& column : Schema::columns(db, table)) {
            const std::string name = column.substr(0, column.find(' '));
            if (name == "seq") continue;
            sql.append(values.empty() ? "\"" : ", \"").append(name).append("\"");
            const bool refers = name == "project_id" || name == "server_id" ||
                                name == "document_id" ||
                                (name == "worker_id" && table == "egress_refusals");
            const bool is_token = name == "token" && table.starts_with("web_");
            if (column.ends_with("TEXT"))
                values.emplace_back(refers || name == "id" ? "one"
                                    : is_token             ? "tokens.prefix"
                                                           : table + "." + name);
            else
                values.emplace_back(std::int64_t{1});  // some tables allow only this id
            places.append(places.empty() ? "$" : ", $").append(std::to_string(values.size()));
        }
        const auto inserted = db.query(sql + ") VALUES (" + places + ")", values);
        INFO(table << (inserted ? "" : ": " + inserted.error().describe()));
        REQUIRE(inserted);
        for (const Value& value : values)
            rows[table].push_back(
                std::holds_alternative<std::string>(value) ? std::get<std::string>(value) : "1");
    }
    return rows;
}

template <class Schema>
bool has(typename Schema::Connection& db, const std::string& table,
         const std::vector<std::string>& values) {
    const auto rows = db.query("SELECT * FROM " + table, {});
    REQUIRE(rows);
    REQUIRE(rows->rows.size() == 1);
    std::multiset<std::string> there;
    for (std::size_t i = 0; i < rows->rows[0].size(); ++i)
        there.insert(rows->rows[0].text(i).empty() ? std::to_string(rows->rows[0].integer(i))
                                                   : rows->rows[0].text(i));
    return std::ranges::all_of(values, [&](const std::string& value) {
        const auto found = there.find(value);
        if (found == there.end()) return false;
        there.erase(found);
        return true;
    });
}

}  // namespace

TEST_CASE("both dialects have the same steps and end with the same columns") {
    const auto sqlite = sqlite_migrations();
    const auto postgres = postgres_migrations();
    REQUIRE(sqlite.size() == postgres.size());
    for (std::size_t i = 0; i < sqlite.size(); ++i) {
        CHECK(sqlite[i].number == postgres[i].number);
        CHECK(sqlite[i].name == postgres[i].name);
    }
    const SqliteSchema one;
    const PostgresSchema other;
    const auto left = one.connect();
    const auto right = other.connect();
    REQUIRE(migrate(*left, sqlite));
    REQUIRE(migrate(*right, postgres));
    const auto tables = left->query(SqliteSchema::kTables, {});
    REQUIRE(tables->rows.size() == right->query(PostgresSchema::kTables, {})->rows.size());
    for (const Row& table : tables->rows) {
        INFO(table.text(0));
        CHECK(SqliteSchema::columns(*left, table.text(0)) ==
              PostgresSchema::columns(*right, table.text(0)));
    }
}

TEMPLATE_TEST_CASE("from every earlier schema a filled database comes up with its rows", "",
                   SCHEMAS) {
    const auto known = TestType::known();
    for (std::size_t steps = 1; steps <= known.size(); ++steps) {
        INFO("from " << known[steps - 1].name);
        const TestType schema;
        std::map<std::string, std::vector<std::string>> rows;
        {
            const auto connection = schema.connect();
            REQUIRE(migrate(*connection, known.first(steps)));
            rows = fill<TestType>(*connection);
        }
        {
            const auto database = schema.open();
            const auto ledger = database->query("SELECT COUNT(*) FROM schema_migrations");
            CHECK(ledger->rows.at(0).integer(0) == static_cast<std::int64_t>(known.size()));
            CHECK(database->transaction([](Transaction& tx) -> Result<void> {
                auto token = tokens::create(tx, {.name = "t", .scopes = {"*"}}, kMigratedAt);
                if (!token) return fail(std::move(token.error()));
                Result<Rows> gone = tx.query("DELETE FROM tokens WHERE name = 't'");
                if (!gone) return fail(std::move(gone.error()));
                return {};
            }));
        }
        const auto connection = schema.connect();
        CHECK(rows.size() >= 5);
        for (const auto& [table, values] : rows) {
            INFO(table);
            CHECK(has<TestType>(*connection, table, values));
        }
    }
}

TEMPLATE_TEST_CASE(
    "a newer schema, a changed step and a step that fails are refused, and harm "
    "nothing",
    "", SCHEMAS) {
    const TestType schema;
    const auto connection = schema.connect();
    constexpr Migration kFirst{1, "0001_a", "CREATE TABLE a (id TEXT PRIMARY KEY);"};
    constexpr Migration kSecond{2, "0002_b",
                                "CREATE TABLE b (id TEXT REFERENCES a (id)); "
                                "INSERT INTO a VALUES ('x'); INSERT INTO b VALUES ('x');"};
    const Migration both[] = {kFirst, kSecond};
    REQUIRE(migrate(*connection, both));
    REQUIRE(migrate(*connection, both));
    const Migration older[] = {kFirst};
    const Result<void> newer = migrate(*connection, older);
    REQUIRE_FALSE(newer);
    CHECK(newer.error().kind == ErrorKind::fatal);
    CHECK(newer.error().describe().find("0002_b, which this version does not know") !=
          std::string::npos);
    const Migration changed[] = {{1, "0001_a", "CREATE TABLE a (id BIGINT);"}, kSecond};
    CHECK(migrate(*connection, changed).error().kind == ErrorKind::fatal);
    for (const char* broken : {"CREATE TABLE d (id TEXT); CREATE TABLE d (id TEXT);",
                               "CREATE TABLE d (id TEXT); COMMIT;", "DELETE FROM a;",
                               "CREATE TABLE d (id TEXT); nonsense"}) {
        const Migration steps[] = {kFirst, kSecond, {3, "0003_bad", broken}, {4, "0004_c", ""}};
        const Result<void> outcome = migrate(*connection, steps);
        REQUIRE_FALSE(outcome);
        INFO(outcome.error().describe());
        CHECK(outcome.error().message.starts_with("migration 0003_bad"));
        CHECK(connection->query("SELECT number FROM schema_migrations", {})->rows.size() == 2);
        CHECK(connection->query("SELECT id FROM a", {})->rows.size() == 1);
        if (connection->query("SELECT id FROM d", {})) (void)connection->script("DROP TABLE d");
    }
    REQUIRE(migrate(*connection, both));
}

TEMPLATE_TEST_CASE("daemons that start together on an empty database migrate it once", "",
                   SCHEMAS) {
    const TestType schema;
    std::vector<std::string> faults(6);
    {
        std::vector<std::jthread> starters;
        for (std::string& fault : faults)
            starters.emplace_back([&] {
                try {
                    (void)schema.open();
                } catch (const std::exception& error) {
                    fault = error.what();
                }
            });
    }
    for (const std::string& fault : faults)
        CHECK(fault.empty());
    const auto database = schema.open();
    CHECK(database->query("SELECT COUNT(*) FROM schema_migrations")->rows.at(0).integer(0) ==
          static_cast<std::int64_t>(TestType::known().size()));
}

}  // namespace control
