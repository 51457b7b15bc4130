#include "control/scheduler/deployment_health.h"

#include "control/store/health_hours.h"
#include "control/store/incidents.h"
#include "control/store/outbox.h"
#include "control/store/projects.h"
#include "control/store/retention.h"
#include "control/store/servers.h"
#include "control/store/service_deployments.h"
#include "control/store/threads.h"
#include "tests/support/temporary_directory.h"

#include <catch2/catch_test_macros.hpp>
#include <set>

using namespace control;

namespace {

// The machine's clock plus an offset.
class MovedClock final : public contracts::Clock {
public:
    [[nodiscard]] contracts::Timestamp now() const override {
        return contracts::SystemClock().now() + later_;
    }
    [[nodiscard]] contracts::Instant instant() const override {
        return contracts::SystemClock().instant() + later_;
    }
    void advance(std::chrono::milliseconds time) { later_ += time; }

private:
    std::chrono::milliseconds later_{0};
};

// A store with one server, one project and one deployment, and URLs that answer on demand.
struct Watch {
    tests::TemporaryDirectory directory;
    std::unique_ptr<Database> db;
    MovedClock clock;
    std::set<std::string> silent;
    std::vector<std::string> asked;
    std::optional<contracts::Timestamp> certificate_until{};
    bool leads = true;

    Watch() {
        auto opened = open_sqlite(directory / "a.db");
        REQUIRE(opened.has_value());
        db = std::move(*opened);
        REQUIRE(db->transaction([&](Transaction& tx) -> Result<void> {
                      contracts::Server server;
                      server.id = server.handle = server.name = server.provider_id = "s";
                      server.ip_address = "127.0.0.1";
                      if (auto put = servers::insert(tx, server, clock.now()); !put) return put;
                      contracts::Project project;
                      project.id = "p";
                      project.name = "p";
                      return projects::insert(tx, project, clock.now());
                  }).has_value());
        add("d", "active", "http://a");
    }

    void add(const std::string& id, const std::string& status, std::optional<std::string> url) {
        REQUIRE(db->transaction([&](Transaction& tx) {
                      return service_deployments::insert(tx,
                                                         {.id = id,
                                                          .project_id = "p",
                                                          .server_id = "s",
                                                          .service_name = "web",
                                                          .port = 1,
                                                          .status = status,
                                                          .url = std::move(url),
                                                          .deployed_at = clock.now()},
                                                         clock.now());
                  }).has_value());
    }
    Result<DeploymentHealth> look() {
        return check_deployments({.database = *db,
                                  .clock = clock,
                                  .ask = [&](const std::string& url) -> Result<UrlAnswer> {
                                      asked.push_back(url);
                                      if (silent.contains(url))
                                          return fail(ErrorKind::upstream, "no answer");
                                      return UrlAnswer{.certificate_until = certificate_until};
                                  },
                                  .at_once = 1},
                                 [&](Queries&) -> Result<void> {
                                     if (leads) return {};
                                     return fail(ErrorKind::conflict, "another one leads", "lease");
                                 },
                                 {});
    }
    contracts::ServiceDeployment row(const std::string& id = "d") {
        return service_deployments::find(*db, id).value().entity;
    }
    // The notices to administrators, oldest first.
    std::vector<contracts::Json> notices() {
        std::vector<contracts::Json> all;
        const auto effects =
            threads::undelivered(*db, outbox::kUnclaimed, "publish", clock.now(), 100);
        REQUIRE(effects);
        for (const OutboxEffect& effect : *effects) {
            CHECK(effect.target == "chat:notices");
            CHECK(effect.lease_until <= clock.now());
            all.push_back(contracts::parse_json(effect.body).value());
        }
        return all;
    }
    void look_until(bool up) {
        silent.clear();
        if (!up) silent.insert("http://a/");
        for (std::int64_t i = 0; i < std::max(kMissesUntilDown, kHitsUntilUp); ++i)
            CHECK(look());
    }
    std::vector<contracts::Incident> incidents() {
        std::vector<contracts::Incident> all;
        auto page = incidents::list(*db, {});
        REQUIRE(page.has_value());
        for (auto& one : page->items)
            all.push_back(std::move(one.entity));
        return all;
    }
};

}  // namespace

TEST_CASE("three misses bring a deployment down with one incident, two hits bring it up") {
    Watch watch;
    CHECK(watch.look().value().asked == 1);
    CHECK(watch.asked == std::vector<std::string>{"http://a/"});
    CHECK(watch.row().last_health_check);
    watch.silent = {"http://a/"};
    CHECK(watch.look().value().went_down == 0);
    CHECK(watch.look().value().went_down == 0);
    CHECK(watch.row().status == "active");
    CHECK(watch.incidents().empty());
    CHECK(watch.look().value().went_down == 1);
    CHECK(watch.row().status == "failed");
    CHECK(watch.row().error == "no answer");
    for (int i = 0; i < 5; ++i)
        CHECK(watch.look().value().went_down == 0);
    REQUIRE(watch.incidents().size() == 1);
    CHECK(watch.incidents()[0].type == contracts::IncidentType::service_down);
    CHECK(watch.incidents()[0].subject == "d");
    CHECK(watch.incidents()[0].details["url"] == "http://a/");

    watch.silent.clear();
    CHECK(watch.look().value().came_up == 0);
    CHECK(watch.row().status == "failed");
    CHECK(watch.look().value().came_up == 1);
    CHECK(watch.row().status == "active");
    CHECK_FALSE(watch.row().error);
    REQUIRE(watch.incidents().size() == 1);
    CHECK(watch.incidents()[0].status == contracts::IncidentStatus::resolved);
    CHECK(watch.incidents()[0].resolved_at);

    // A later failure is a new incident.
    watch.silent = {"http://a/"};
    for (int i = 0; i < 3; ++i)
        (void)watch.look();
    CHECK(watch.incidents().size() == 2);
}

TEST_CASE("a miss between hits starts the count anew") {
    Watch watch;
    for (int i = 0; i < 4; ++i) {
        watch.silent = {"http://a/"};
        (void)watch.look();
        (void)watch.look();
        watch.silent.clear();
        (void)watch.look();
    }
    CHECK(watch.row().status == "active");
    CHECK(watch.incidents().empty());
}

TEST_CASE("what was stopped, or never had a URL, is not asked; its incident ends") {
    Watch watch;
    watch.add("stopped", "stopped", "http://b");
    watch.add("never", "failed", std::nullopt);
    watch.silent = {"http://a/"};
    for (int i = 0; i < 3; ++i)
        CHECK(watch.look().value().asked == 1);
    CHECK(watch.incidents().size() == 1);
    REQUIRE(watch.db
                ->transaction([](Transaction& tx) -> Result<void> {
                    auto row = service_deployments::find(tx, "d");
                    row->entity.status = "stopped";
                    return service_deployments::update(tx, *row);
                })
                .has_value());
    CHECK(watch.look().value().asked == 0);
    CHECK(watch.incidents()[0].status == contracts::IncidentStatus::resolved);
}

TEST_CASE("a daemon that does not lead any more writes nothing") {
    Watch watch;
    watch.leads = false;
    CHECK(watch.look().error().kind == ErrorKind::conflict);
    CHECK_FALSE(watch.row().last_health_check);
}

TEST_CASE("the path that a project names is what is asked") {
    Watch watch;
    REQUIRE(watch.db
                ->transaction([](Transaction& tx) {
                    return service_deployments::set_health_path(tx, "d", "/health");
                })
                .has_value());
    (void)watch.look();
    CHECK(watch.asked == std::vector<std::string>{"http://a/health"});
}

TEST_CASE("admins are told when a deployment goes down, and when it comes back") {
    Watch watch;
    watch.look_until(true);
    CHECK(watch.notices().empty());
    watch.look_until(false);
    watch.look_until(false);
    REQUIRE(watch.notices().size() == 1);
    const contracts::Json down = watch.notices()[0];
    CHECK(down["kind"] == "incident");
    CHECK(down.value("user_id", "") == "");
    CHECK(down["project_id"] == "p");
    CHECK(down["data"]["state"] == "down");
    CHECK(down["text"].get<std::string>().find("http://a/: no answer") != std::string::npos);
    const auto since = watch.row().health_since;
    CHECK(since);
    watch.look_until(true);
    watch.look_until(true);
    REQUIRE(watch.notices().size() == 2);
    CHECK(watch.notices()[1]["data"]["state"] == "up");
    CHECK(watch.row().health_since >= since);
}

TEST_CASE("one notice of a kind an hour, and what holds after it is told then") {
    Watch watch;
    for (int i = 0; i < 5; ++i) {
        watch.look_until(false);
        watch.look_until(true);
    }
    CHECK(watch.notices().size() == 2);
    watch.look_until(false);
    watch.clock.advance(std::chrono::minutes(50));
    (void)watch.look();
    CHECK(watch.notices().size() == 2);
    watch.clock.advance(std::chrono::minutes(20));
    (void)watch.look();
    REQUIRE(watch.notices().size() == 3);
    CHECK(watch.notices()[2]["data"]["state"] == "down");
    (void)watch.look();
    CHECK(watch.notices().size() == 3);
}

TEST_CASE("each look is counted by the hour, and the row says how large a share was answered") {
    Watch watch;
    for (int i = 0; i < 3; ++i)
        CHECK(watch.look());
    CHECK(watch.row().uptime_day == 1000);
    watch.silent = {"http://a/"};
    CHECK(watch.look());
    CHECK(watch.row().uptime_day == 750);
    CHECK(watch.row().uptime_week == 750);
    watch.silent.clear();
    watch.clock.advance(std::chrono::hours(26));
    CHECK(watch.look());
    CHECK(watch.row().uptime_day == 1000);  // yesterday's miss is outside the last day
    CHECK(watch.row().uptime_week == 800);
    const auto hours = health_hours::since(*watch.db, "d", {});
    REQUIRE(hours);
    REQUIRE(hours->size() >= 2);
    CHECK(hours->back().hits == 1);
    watch.clock.advance(std::chrono::hours(24 * 8));
    CHECK(forget_old_rows(*watch.db, {}, watch.clock.now()).value() >= 2);
    CHECK(health_hours::since(*watch.db, "d", {}).value().empty());
}

TEST_CASE("a certificate that ends within a week is one incident, until one lasts longer") {
    Watch watch;
    watch.add("e", "active", "https://e");
    const auto open = [&] {
        std::set<std::string> subjects;
        for (const auto& one : watch.incidents())
            if (one.type == contracts::IncidentType::certificate_expiring &&
                one.status == contracts::IncidentStatus::open)
                subjects.insert(*one.subject);
        return subjects;
    };
    const auto ends_in = [&](int days) {
        watch.certificate_until = watch.clock.now() + std::chrono::days(days);
    };
    ends_in(10);
    CHECK(watch.look());
    CHECK(open().empty());
    CHECK(watch.row("e").certificate_until);
    ends_in(6);
    CHECK(watch.look());
    CHECK(watch.look());
    CHECK(open() == std::set<std::string>{"d", "e"});
    CHECK(watch.incidents().size() == 2);
    ends_in(10);  // between the thresholds the state is kept
    CHECK(watch.look());
    CHECK(open().size() == 2);
    watch.certificate_until.reset();  // the https server gave no date; http has none
    CHECK(watch.look());
    CHECK(open() == std::set<std::string>{"e"});
    ends_in(60);
    CHECK(watch.look());
    CHECK(open().empty());
}
