// A thousand deployments, checked over real connections on one core.
#include "control/http/client.h"
#include "control/http/server.h"
#include "control/scheduler/deployment_health.h"
#include "control/store/projects.h"
#include "control/store/servers.h"
#include "control/store/service_deployments.h"
#include "tests/support/temporary_directory.h"

#include <sched.h>
#include <catch2/catch_test_macros.hpp>
#include <thread>

namespace control {

namespace {

using namespace std::chrono_literals;

void add_thousand(Database& db, const contracts::Clock& clock, const std::string& url) {
    REQUIRE(db.transaction([&](Transaction& tx) -> Result<void> {
                  contracts::Server server;
                  server.id = server.handle = server.name = server.provider_id = "s";
                  server.ip_address = "127.0.0.1";
                  if (auto put = servers::insert(tx, server, clock.now()); !put) return put;
                  contracts::Project project;
                  project.id = project.name = "p";
                  if (auto put = projects::insert(tx, project, clock.now()); !put) return put;
                  for (int i = 0; i < 1000; ++i) {
                      const auto put = service_deployments::insert(tx,
                                                                   {.id = "d" + std::to_string(i),
                                                                    .project_id = "p",
                                                                    .server_id = "s",
                                                                    .service_name = "web",
                                                                    .port = 1,
                                                                    .status = "active",
                                                                    .url = url,
                                                                    .deployed_at = clock.now()},
                                                                   clock.now());
                      if (!put) return put;
                  }
                  return {};
              }).has_value());
}

// While the object lives, this thread and those it starts share one core.
class OneCore {
public:
    OneCore() {
        REQUIRE(::sched_getaffinity(0, sizeof all_, &all_) == 0);
        cpu_set_t one;
        CPU_ZERO(&one);
        for (int core = 0; CPU_COUNT(&one) == 0; ++core)
            if (CPU_ISSET(core, &all_)) CPU_SET(core, &one);
        REQUIRE(::sched_setaffinity(0, sizeof one, &one) == 0);
    }
    ~OneCore() { (void)::sched_setaffinity(0, sizeof all_, &all_); }

private:
    cpu_set_t all_{};
};

}  // namespace

TEST_CASE("a thousand deployments are asked on one core within the interval") {
    const OneCore core;
    tests::TemporaryDirectory directory;
    const auto db = open_sqlite(directory / "a.db").value();
    const contracts::SystemClock clock;
    HttpServer server;
    const auto door = server.listen_tcp(
        "127.0.0.1", 0, [](const HttpRequest&, HttpReply reply) { reply({200, {}, "well"}); });
    REQUIRE(door);
    add_thousand(*db, clock, "http://127.0.0.1:" + std::to_string((*door)->port()));
    const std::jthread serving([&] { server.run(); });
    HttpClient client;
    const auto began = std::chrono::steady_clock::now();
    const auto health =
        check_deployments({.database = *db,
                           .clock = clock,
                           .ask = [&client](const std::string& url) -> Result<UrlAnswer> {
                               const auto answer = client.perform({.url = url});
                               if (!answer) return fail(answer.error());
                               return UrlAnswer{};
                           }},
                          [](Queries&) { return Result<void>(); }, {});
    const auto took = std::chrono::steady_clock::now() - began;
    server.stop();
    REQUIRE(health);
    CHECK(health->asked == 1000);
    CHECK(service_deployments::find(*db, "d999")->entity.uptime_day == 1000);
    WARN("1000 deployments were asked in "
         << std::chrono::duration_cast<std::chrono::milliseconds>(took).count() << " ms");
    CHECK(took < 120s);
}

}  // namespace control
