// Whether the daemon is ready, which daemons exist, and work that no daemon picks up.
#include "control/store/daemons.h"
#include "served.h"

#include <catch2/catch_test_macros.hpp>

namespace control {

using contracts::Json;

namespace {

void announce(const Served& served, const std::string& name, std::vector<std::string> streams) {
    served.write([&](Transaction& tx) {
        return daemons::announce(tx, {.name = name,
                                      .host = "h",
                                      .roles = {"api", "graphs"},
                                      .streams = streams,
                                      .calls = {"forge."},
                                      .started_at = served.clock.now(),
                                      .seen_at = served.clock.now()});
    });
}

// The problem of each kind of work that has one, by its name.
std::map<std::string, std::string> problems(const Served& served) {
    std::map<std::string, std::string> found;
    for (const Json& work : json_of(served.ask({"GET", "/api/work"})))
        if (work.contains("problem"))
            found[work.at("work").get<std::string>()] = work.at("problem").get<std::string>();
    return found;
}

}  // namespace

TEST_CASE("a daemon is ready when its store and every part of it work") {
    HealthBoard health;
    const Served served({.health = &health});
    HttpResponse answer = served.ask({"GET", "/readyz"});
    CHECK(answer.status == 200);
    CHECK(json_of(answer) == Json{{"status", "ok"}, {"parts", {{"store", "ok"}}}});

    health.set("bus", {});
    health.set("role graphs", fail(ErrorKind::transient, "redis://:secret@host is away"));
    answer = served.ask({"GET", "/readyz"});
    CHECK(answer.status == 503);
    CHECK(json_of(answer) ==
          Json{{"status", "failing"},
               {"parts", {{"store", "ok"}, {"bus", "ok"}, {"role graphs", "failing"}}}});
    CHECK(answer.body.find("secret") == std::string::npos);
    CHECK(served.ask({"GET", "/livez"}).status == 200);
    CHECK(served.ask({"GET", "/health"}).status == 200);

    health.set("role graphs", {});
    CHECK(served.ask({"GET", "/readyz"}).status == 200);
}

TEST_CASE("daemons are listed as they announced themselves, the silent ones too") {
    Served served;
    announce(served, "old", {});
    served.clock.advance(std::chrono::minutes(1));
    announce(served, "young", {"engineering:queue"});
    const Json daemons = json_of(served.ask({"GET", "/api/daemons"}));
    REQUIRE(daemons.size() == 2);
    CHECK(daemons[0].at("name") == "old");
    CHECK(daemons[0].at("alive") == false);
    CHECK(daemons[1].at("alive") == true);
    CHECK(daemons[1].at("roles") == Json{"api", "graphs"});
    CHECK(daemons[1].at("streams") == Json{"engineering:queue"});
}

TEST_CASE("a new task that nobody would pick up comes with a warning, whatever its type") {
    Served served;
    served.add_project("p", "");
    CHECK(problems(served).at("deploy:queue") == "no daemon reads deploy:queue");
    const auto warning = [&](const char* type, const char* key) {
        const HttpResponse made = served.ask({"POST",
                                              "/api/tasks",
                                              {{"project_id", "p"}, {"spec", "s"}, {"type", type}},
                                              {{"Idempotency-Key", key}}});
        CHECK(made.status == 201);
        return json_of(made).value("warning", std::string());
    };
    CHECK(warning("deploy", "k1") ==
          "no daemon reads deploy:queue; start a daemon with the role graphs");
    CHECK(warning("engineering", "k2").starts_with("no daemon reads engineering:queue"));
    announce(served, "d", {"engineering:queue"});
    CHECK(warning("engineering", "k3").empty());
    CHECK(warning("engineering", "k2").empty());  // the same one, asked again: it is as it is now
    CHECK(warning("deploy", "k1").starts_with("no daemon reads deploy:queue"));
    CHECK_FALSE(problems(served).contains("engineering:queue"));
    served.clock.advance(std::chrono::minutes(1));
    CHECK(warning("engineering", "k4").starts_with("no daemon reads engineering:queue"));
}

}  // namespace control
