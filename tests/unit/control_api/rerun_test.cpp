// A store may roll a transaction back and run it again: the answer, and what is kept of it, come
// from the run that was committed.
#include "served.h"

#include <catch2/catch_test_macros.hpp>

namespace control {

namespace {

using contracts::Json;

// Runs each transaction, rolls it back, and runs it again.
class RunsTwice final : public Database {
public:
    explicit RunsTwice(Database& inner) : inner_(inner) {}
    [[nodiscard]] Dialect dialect() const override { return inner_.dialect(); }
    [[nodiscard]] CommitSequence commits() const override { return inner_.commits(); }
    using Database::query;
    Result<Rows> query(std::string_view sql, std::vector<Value> values) override {
        return inner_.query(sql, std::move(values));
    }
    Result<void> transaction(const std::function<Result<void>(Transaction&)>& work) override {
        (void)inner_.transaction([&](Transaction& tx) -> Result<void> {
            (void)work(tx);
            return fail(ErrorKind::transient, "rolled back, and run again");
        });
        return inner_.transaction(work);
    }
    void transaction_async(std::function<Result<void>(Transaction&)> work,
                           std::function<void(Result<void>)> done) override {
        done(transaction(work));
    }

private:
    Database& inner_;
};

}  // namespace

TEST_CASE("a request whose transaction is run again is answered as if it had run once") {
    const Served served;
    RunsTwice twice(*served.db);
    const Api api(
        twice, served.clock,
        contracts::Log(served.log, contracts::LogLevel::info, contracts::LogFormat::json, "test"));
    const HttpHandler door = api.handler_for(Caller::local());
    const Json body{{"name", "shop"},
                    {"description", std::string(100, 'd')},
                    {"modules", {"backend", "telegram"}}};
    const Ask create{"POST", "/api/projects", body, {{"Idempotency-Key", "once"}}};
    const HttpResponse made = served.ask(door, create);
    REQUIRE(made.status == 201);
    for (const auto& [name, value] : body.items())
        CHECK(json_of(made).at(name) == value);
    CHECK(json_of(served.ask(door, create)) == json_of(made));
    const std::string path = "/api/projects/" + json_of(made).at("id").get<std::string>();
    CHECK(json_of(served.ask(door, {"GET", path})) == json_of(made));

    const HttpResponse changed = served.ask(
        door, {"PATCH", path, {{"description", std::string(100, 'e')}}, {{"If-Match", "\"1\""}}});
    REQUIRE(changed.status == 200);
    CHECK(changed.header("ETag") == "\"2\"");
    CHECK(json_of(served.ask(door, {"GET", path})).at("description") == std::string(100, 'e'));
    CHECK(served.ask(door, {"PATCH", path, {{"name", "x"}}, {{"If-Match", "\"1\""}}}).status ==
          412);
    CHECK(served.ask(door, {"DELETE", path}).status == 204);
    CHECK(json_of(served.ask(door, {"GET", "/api/projects"})).empty());
}

}  // namespace control
