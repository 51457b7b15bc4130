// Secrets in a store: which key belongs to it, and what can be opened.
#include "control/vault/secrets.h"

#include "control/store/maintenance.h"
#include "control/store/project_secrets.h"
#include "control/store/projects.h"
#include "tests/support/postgres_server.h"
#include "tests/support/temporary_directory.h"

#include <unistd.h>
#include <algorithm>
#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>
#include <stdexcept>

namespace control {

namespace {

constexpr contracts::Timestamp kNow{std::chrono::milliseconds(1'768'046'400'123)};

std::unique_ptr<Database> opened(Result<std::unique_ptr<Database>> database) {
    if (!database) throw std::runtime_error(database.error().describe());
    return *std::move(database);
}

struct Sqlite {
    tests::TemporaryDirectory directory;
    std::string path = directory / "orchestrator.db";
    std::unique_ptr<Database> open() const { return opened(open_sqlite(path)); }
};

struct Postgres {
    std::string url = tests::shared_postgres().make_schema();
    std::unique_ptr<Database> open() const { return opened(open_postgres(url)); }
};

template <class Driver>
struct Store {
    Driver driver;
    tests::TemporaryDirectory directory;
    std::string key = directory / "secrets.key";
    std::unique_ptr<Database> db = driver.open();

    void must(const std::function<Result<void>(Transaction&)>& work) {
        const Result<void> done = db->transaction(work);
        INFO((done ? std::string() : done.error().describe()));
        REQUIRE(done);
    }
    Vault vault() const {
        Result<Vault> made = open_vault(*db, key);
        INFO((made ? std::string() : made.error().describe()));
        REQUIRE(made);
        return *std::move(made);
    }
    std::string refusal(const std::string& file) const {
        const Result<Vault> refused = open_vault(*db, file);
        REQUIRE_FALSE(refused);
        CHECK(refused.error().kind == ErrorKind::fatal);
        CHECK(refused.error().field == "SECRETS_KEY_FILE");
        CHECK_FALSE(refused.error().next_step.empty());
        return refused.error().describe();
    }
    void add_project(const std::string& id) {
        contracts::Project project;
        project.id = id;
        project.name = "shop";
        must([&](Transaction& tx) { return projects::insert(tx, project, kNow); });
    }
    void put(const Vault& vault, const std::string& project, const std::string& name,
             const std::string& value, contracts::Timestamp now = kNow) {
        must([&](Transaction& tx) {
            return project_secrets::put(tx, project, name, seal_secret(vault, project, name, value),
                                        now);
        });
    }
};

#define STORES Sqlite, Postgres
using Values = std::map<std::string, std::string>;

}  // namespace

TEMPLATE_TEST_CASE("secrets of one project open together, and of no other", "", STORES) {
    Store<TestType> store;
    const Vault vault = store.vault();
    for (const char* project : {"p1", "p2"})
        store.add_project(project);
    store.put(vault, "p1", "TOKEN", "one");
    store.put(vault, "p1", "_PASSWORD2", "two\n\"quoted\"");
    store.put(vault, "p2", "TOKEN", "three");
    store.put(vault, "p1", "TOKEN", "four", kNow + std::chrono::seconds(1));
    CHECK(open_secrets(*store.db, vault, "p1").value() ==
          Values{{"TOKEN", "four"}, {"_PASSWORD2", "two\n\"quoted\""}});
    CHECK(open_secrets(*store.db, vault, "p2").value() == Values{{"TOKEN", "three"}});
    CHECK(open_secrets(*store.db, vault, "nowhere")->empty());

    const auto listed = project_secrets::list(*store.db, "p1", {1});
    REQUIRE(listed);
    REQUIRE(listed->items.size() == 1);
    CHECK(listed->items[0].entity.name == "_PASSWORD2");
    const auto rest = project_secrets::list(*store.db, "p1", {1, listed->next});
    REQUIRE(rest);
    CHECK(rest->items.at(0).entity.name == "TOKEN");
    CHECK(rest->items[0].entity.created_at == kNow);
    CHECK(rest->items[0].entity.updated_at == kNow + std::chrono::seconds(1));
    CHECK(rest->next.empty());
}

TEMPLATE_TEST_CASE("a sealed value that somebody moved or changed does not open", "", STORES) {
    Store<TestType> store;
    const Vault vault = store.vault();
    for (const char* project : {"p1", "p2"})
        store.add_project(project);
    store.put(vault, "p1", "TOKEN", "canary");
    const char* moves[] = {
        "UPDATE project_secrets SET project_id = 'p2'",
        "UPDATE project_secrets SET name = 'OTHER'",
        "UPDATE project_secrets SET sealed = ''",
        "UPDATE project_secrets SET sealed = (SELECT sealed FROM secrets_check)",
    };
    for (const char* move : moves) {
        store.must([&](Transaction& tx) -> Result<void> {
            Result<Rows> cleared = tx.query("DELETE FROM project_secrets");
            REQUIRE(cleared);
            Result<void> put = project_secrets::put(
                tx, "p1", "TOKEN", seal_secret(vault, "p1", "TOKEN", "canary"), kNow);
            REQUIRE(put);
            REQUIRE(tx.query(move));
            return {};
        });
        Result<Values> found = open_secrets(*store.db, vault, "p1");
        if (found && found->empty()) found = open_secrets(*store.db, vault, "p2");
        INFO(move);
        REQUIRE_FALSE(found);
        CHECK(found.error().kind == ErrorKind::fatal);
        CHECK(found.error().message.find("canary") == std::string::npos);
        CHECK(found.error().message.find("the secret ") == 0);
    }
}

TEMPLATE_TEST_CASE("secrets go with their project", "", STORES) {
    Store<TestType> store;
    const Vault vault = store.vault();
    store.add_project("p1");
    store.put(vault, "p1", "TOKEN", "v");
    store.must([](Transaction& tx) { return projects::erase(tx, "p1"); });
    CHECK(store.db->query("SELECT name FROM project_secrets")->rows.empty());
    const Result<void> orphan = store.db->transaction(
        [](Transaction& tx) { return project_secrets::put(tx, "p1", "TOKEN", "s", kNow); });
    REQUIRE_FALSE(orphan);
    CHECK(orphan.error().kind == ErrorKind::conflict);
}

TEMPLATE_TEST_CASE("a project has a bounded number of secrets, and those it has can be set again",
                   "", STORES) {
    Store<TestType> store;
    store.add_project("p1");
    const auto put = [&](int number) {
        return store.db->transaction([&](Transaction& tx) {
            return project_secrets::put(tx, "p1", "S" + std::to_string(number), "s", kNow);
        });
    };
    store.must([](Transaction& tx) -> Result<void> {
        for (int i = 0; i < project_secrets::kMaxPerProject; ++i)
            REQUIRE(project_secrets::put(tx, "p1", "S" + std::to_string(i), "s", kNow));
        return {};
    });
    CHECK(put(7));
    const Result<void> more = put(1000);
    REQUIRE_FALSE(more);
    CHECK(more.error().kind == ErrorKind::conflict);
    store.must([](Transaction& tx) { return project_secrets::erase(tx, "p1", "S7"); });
    CHECK(put(1000));
    const Result<void> gone = store.db->transaction(
        [](Transaction& tx) { return project_secrets::erase(tx, "p1", "S7"); });
    REQUIRE_FALSE(gone);
    CHECK(gone.error().kind == ErrorKind::not_found);
}

TEMPLATE_TEST_CASE("a store knows its key from the first opening on", "", STORES) {
    Store<TestType> store;
    const std::string sealed = store.vault().seal("v", "here");
    CHECK(store.vault().open(sealed, "here"));
    const std::string right = tests::read_file(store.key);
    const std::string other = store.directory / "other.key";
    REQUIRE(Vault::make_key(other));
    CHECK(store.refusal(other).find("is not the one this store was sealed with") !=
          std::string::npos);
    // A lost key is not replaced by a new one, which could not open anything.
    const std::string missing = store.directory / "missing.key";
    CHECK(store.refusal(missing).find("does not exist") != std::string::npos);
    CHECK(::access(missing.c_str(), F_OK) != 0);
    store.directory.write("short.key", right.substr(1), 0600);
    CHECK(store.refusal(store.directory / "short.key").find("32 bytes") != std::string::npos);
    store.directory.write("copy.key", right, 0600);
    CHECK(open_vault(*store.db, store.directory / "copy.key"));
    // An empty store accepts an existing key.
    Store<TestType> empty;
    empty.key = store.key;
    CHECK(empty.vault().open(sealed, "here"));
    CHECK(tests::read_file(store.key) == right);
}

TEST_CASE("neither the database's files nor a copy of it hold a value") {
    Store<Sqlite> store;
    const std::string canary = "canary-4f1d9a77";
    {
        const Vault vault = store.vault();
        store.add_project("p1");
        for (int i = 0; i < 50; ++i)
            store.put(vault, "p1", "TOKEN", canary + std::string(i * 100, 'x'));
        REQUIRE(open_secrets(*store.db, vault, "p1")->at("TOKEN").starts_with(canary));
        const std::string copy = store.directory / "copy.db";
        const Result<void> copied = backup_sqlite(store.driver.path, copy);
        REQUIRE(copied);
        // An installation with the copy and the key can read the secrets; one without cannot.
        const std::unique_ptr<Database> restored = opened(open_sqlite(copy));
        CHECK(open_vault(*restored, store.key));
        CHECK_FALSE(open_vault(*restored, store.directory / "new.key"));
    }
    int files = 0;
    for (const auto* place : {&store.driver.directory, &store.directory})
        for (const auto& entry : std::filesystem::directory_iterator(place->path())) {
            INFO(entry.path());
            CHECK(tests::read_file(entry.path()).find(canary) == std::string::npos);
            CHECK(tests::read_file(entry.path()).find("the key of this store") ==
                  std::string::npos);
            ++files;
        }
    CHECK(files >= 4);
}

}  // namespace control
