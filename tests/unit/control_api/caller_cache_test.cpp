// What is cached about a caller, and that nothing stays cached too long.
#include "control/api/caller_cache.h"

#include "served.h"
#include "tests/support/eventually.h"

#include <catch2/catch_test_macros.hpp>
#include <thread>

namespace control {

namespace {

// Counts reads, and pretends to commit when a test says so.
class Counted final : public Database {
public:
    explicit Counted(Database& inner) : inner_(inner) {}
    [[nodiscard]] Dialect dialect() const override { return inner_.dialect(); }
    [[nodiscard]] CommitSequence commits() const override { return inner_.commits() + begun; }
    using Database::query;
    Result<Rows> query(std::string_view sql, std::vector<Value> values) override {
        ++reads;
        return inner_.query(sql, std::move(values));
    }
    Result<void> transaction(const std::function<Result<void>(Transaction&)>& work) override {
        return inner_.transaction(work);
    }
    void transaction_async(std::function<Result<void>(Transaction&)> work,
                           std::function<void(Result<void>)> done) override {
        inner_.transaction_async(std::move(work), std::move(done));
    }

    int reads = 0;
    CommitSequence begun = 0;

private:
    Database& inner_;
};

struct World {
    Served served;
    Counted db{*served.db};
    CallerCache cache{db, served.clock};
    std::string token = served.token({.name = "ci", .scopes = {"project.list"}});

    // The number of queries to the store.
    int reads_of(const std::string& text) {
        db.reads = 0;
        (void)cache.find(text);
        return db.reads;
    }
};

}  // namespace

TEST_CASE("a token is looked up once, and again when anything was committed or time has passed") {
    World world;
    const Result<std::shared_ptr<const Caller>> first = world.cache.find(world.token);
    REQUIRE(first);
    CHECK((*first)->name == "token " + world.token.substr(5, 12));
    CHECK((*first)->allowed.allows("project.list"));
    CHECK(world.cache.find(world.token).value() == *first);
    CHECK(world.reads_of(world.token) == 0);

    world.served.add_user("u1", "100");
    CHECK(world.reads_of(world.token) == 1);
    CHECK(world.reads_of(world.token) == 0);
    world.served.clock.advance(CallerCache::kLongest - std::chrono::milliseconds(1));
    CHECK(world.reads_of(world.token) == 0);
    world.served.clock.advance(std::chrono::milliseconds(1));
    CHECK(world.reads_of(world.token) == 1);
}

TEST_CASE("while a group commits nothing is recalled and nothing is kept") {
    World world;
    CHECK(world.reads_of(world.token) == 1);
    world.db.begun = 1;
    CHECK(world.reads_of(world.token) == 1);
    CHECK(world.reads_of(world.token) == 1);
    world.db.begun = 2;
    CHECK(world.reads_of(world.token) == 1);
    CHECK(world.reads_of(world.token) == 0);
}

TEST_CASE("what is no good token is asked for each time, and is refused beside a known one") {
    World world;
    REQUIRE(world.cache.find(world.token));
    std::string guess = world.token;
    guess.back() = guess.back() == '0' ? '1' : '0';
    for (int i = 0; i < 2; ++i) {
        CHECK(world.reads_of(guess) == 1);
        const Result<std::shared_ptr<const Caller>> refused = world.cache.find(guess);
        REQUIRE_FALSE(refused);
        CHECK(refused.error().kind == ErrorKind::permission);
    }
    for (const std::string& text : {std::string(), std::string(60'000, 'a'), guess + "0"}) {
        CHECK_FALSE(world.cache.find(text));
        CHECK(world.reads_of(text) == 0);
    }
    CHECK(world.reads_of(world.token) == 0);
}

TEST_CASE("more tokens than are kept are believed all the same") {
    World world;
    std::vector<std::string> many;
    world.served.write([&](Transaction& tx) -> Result<void> {
        for (int i = 0; i < 1'100; ++i) {
            Result<std::string> made = tokens::create(
                tx, {.name = "t" + std::to_string(i), .scopes = {}}, world.served.clock.now());
            if (!made) return fail(std::move(made.error()));
            many.push_back(*std::move(made));
        }
        return {};
    });
    int asked = 0;
    for (int round = 0; round < 2; ++round)
        for (const std::string& token : many) {
            const Result<std::shared_ptr<const Caller>> caller = world.cache.find(token);
            REQUIRE(caller);
            REQUIRE((*caller)->token == token.substr(5, 12));
        }
    for (const std::string& token : many)
        asked += world.reads_of(token);
    CHECK(asked == 1'100 - 1'024);
}

TEST_CASE("a token with many scopes is believed, and is not kept") {
    World world;
    NewToken many{.name = "many"};
    for (int i = 0; i < 33; ++i)
        many.scopes.push_back("project.c" + std::to_string(i));
    const std::string token = world.served.token(many);
    CHECK(world.cache.find(token).value()->allowed.allows("project.c32"));
    CHECK(world.reads_of(token) == 1);
    many.scopes.pop_back();
    const std::string fewer = world.served.token(many);
    CHECK(world.cache.find(fewer));
    CHECK(world.reads_of(fewer) == 0);
}

TEST_CASE("a token's end is its end, although it is known") {
    World world;
    const std::string token = world.served.token(
        {.name = "short", .expires_at = world.served.clock.now() + std::chrono::milliseconds(50)});
    CHECK(world.cache.find(token));
    world.served.clock.advance(std::chrono::milliseconds(49));
    CHECK(world.reads_of(token) == 0);
    world.served.clock.advance(std::chrono::milliseconds(1));
    CHECK_FALSE(world.cache.find(token));
}

TEST_CASE("what another process revokes is refused soon") {
    World world;
    REQUIRE(world.cache.find(world.token));
    const Result<std::unique_ptr<Database>> other = open_sqlite(world.served.directory / "api.db");
    REQUIRE(other);
    REQUIRE((*other)->transaction([&](Transaction& tx) {
        return tokens::revoke(tx, world.token.substr(5, 12), world.served.clock.now());
    }));
    tests::eventually("the other's revocation", [&] {
        world.served.clock.advance(CallerCache::kLongest);
        return !world.cache.find(world.token);
    });
}

TEST_CASE("who was told that a token is revoked or narrowed finds it so, whoever asks meanwhile") {
    World world;
    const Served& served = world.served;
    std::mutex mutex;
    std::string asked_for = world.token;
    const auto wanted = [&] {
        const std::lock_guard lock(mutex);
        return asked_for;
    };
    std::vector<std::jthread> askers;
    askers.reserve(3);
    for (int i = 0; i < 3; ++i)
        askers.emplace_back([&](const std::stop_token& stopping) {
            while (!stopping.stop_requested()) {
                (void)served.ask_with(wanted(), {"GET", "/api/projects"});
            }
        });
    int wrong = 0;
    for (int round = 0; round < 100; ++round) {
        const std::string token = served.token({.name = "t", .scopes = {"project.list"}});
        {
            const std::lock_guard lock(mutex);
            asked_for = token;
        }
        const std::string prefix = token.substr(5, 12);
        const auto status = [&] {
            return served.ask_with(token, {"GET", "/api/projects"}).status;
        };
        wrong += status() == 200 ? 0 : 1;
        served.write([&](Transaction& tx) { return tokens::set_scopes(tx, prefix, {"respond"}); });
        wrong += status() == 403 ? 0 : 1;
        served.write(
            [&](Transaction& tx) { return tokens::revoke(tx, prefix, served.clock.now()); });
        wrong += status() == 401 ? 0 : 1;
    }
    CHECK(wrong == 0);
}

}  // namespace control
