// Compares the organisation's repositories with our projects. The lists are made up here; the
// client that reads them has its own tests.
#include "control/scheduler/github_sync.h"

#include "control/store/incidents.h"
#include "control/store/outbox.h"
#include "control/store/projects.h"
#include "control/store/threads.h"
#include "tests/unit/control_scheduler/held_clock.h"
#include "tests/unit/control_store/drivers.h"

#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>

namespace control {

namespace {

using contracts::Project;
using contracts::ProjectStatus;

struct Organisation {
    std::unique_ptr<Database> db;
    HeldClock clock;
    std::vector<ListedRepository> listed;
    bool answers = true;
    bool leads = true;

    explicit Organisation(std::unique_ptr<Database> database) : db(std::move(database)) {}

    void add(const std::string& id, ProjectStatus status, std::optional<std::string> url = {}) {
        REQUIRE(db->transaction([&](Transaction& tx) {
                      Project project;
                      project.id = project.name = id;
                      project.status = status;
                      project.repository_url = std::move(url);
                      return projects::insert(tx, project, clock.now());
                  }).has_value());
    }
    Result<RepositorySync> sync() {
        clock.advance(std::chrono::minutes(5));
        return sync_repositories({.database = *db,
                                  .clock = clock,
                                  .owner = "acme",
                                  .list = [this]() -> Result<std::vector<ListedRepository>> {
                                      if (answers) return listed;
                                      return fail(ErrorKind::transient, "GitHub answers 502");
                                  },
                                  .repository_of =
                                      [](const Project& project) {
                                          return "repo-" + project.name;
                                      }},
                                 [this](Queries&) -> Result<void> {
                                     if (leads) return {};
                                     return fail(ErrorKind::conflict, "another one leads", "lease");
                                 });
    }
    Project project(const std::string& id) { return projects::find(*db, id).value().entity; }
    std::size_t projects_there() { return projects::list(*db, {.limit = 500})->items.size(); }
    std::size_t notices() {
        return threads::undelivered(*db, outbox::kUnclaimed, "publish", clock.now(), 100)->size();
    }
    std::size_t open_incidents() {
        const auto page = incidents::list(*db, {});
        REQUIRE(page.has_value());
        return static_cast<std::size_t>(std::ranges::count_if(page->items, [](const auto& one) {
            return one.entity.status == contracts::IncidentStatus::open;
        }));
    }
};

}  // namespace

TEMPLATE_TEST_CASE(
    "P2.3.2 github: repositories are known by their ids, and new ones become projects", "",
    STORE_DRIVERS) {
    const TestType driver;
    Organisation acme(driver.open());
    acme.add("shop", ProjectStatus::active);
    acme.add("brought", ProjectStatus::active, "https://github.com/acme/old.thing.git");
    acme.listed = {{"1", "acme/repo-shop", "https://github.com/acme/repo-shop"},
                   {"2", "acme/Old.Thing", "https://github.com/acme/Old.Thing"},
                   {"3", "acme/9 Lives.Web", "https://github.com/acme/x"},
                   {"4", "acme/history", "https://github.com/acme/history", true}};
    auto first = acme.sync();
    INFO((first ? "" : first.error().describe()));
    REQUIRE(first);
    CHECK(first->discovered == 1);
    CHECK(acme.project("shop").github_repo_id == "1");
    CHECK(acme.project("brought").github_repo_id == "2");
    CHECK(acme.projects_there() == 3);
    const auto page = projects::list(*acme.db, {.filters = {{"name", "r-9-lives-web"}}});
    REQUIRE(page);
    REQUIRE(page->items.size() == 1);
    CHECK(page->items[0].entity.status == ProjectStatus::discovered);
    CHECK_FALSE(page->items[0].entity.owner_id);
    CHECK(acme.sync()->discovered == 0);  // each only once
    // Renamed at GitHub, it is still the same repository.
    acme.listed[0].full_name = "acme/boutique";
    CHECK(acme.sync()->discovered == 0);
    CHECK(acme.project("shop").status == ProjectStatus::active);
}

TEMPLATE_TEST_CASE("github: three lists without it make a project missing, and one brings it back",
                   "", STORE_DRIVERS) {
    const TestType driver;
    Organisation acme(driver.open());
    acme.add("shop", ProjectStatus::active);
    acme.add("busy", ProjectStatus::developing);
    const std::vector<ListedRepository> all{{"1", "acme/repo-shop", "u1"},
                                            {"2", "acme/repo-busy", "u2"}};
    acme.listed = all;
    REQUIRE(acme.sync());
    acme.listed.clear();
    REQUIRE(acme.sync());
    REQUIRE(acme.sync());
    acme.listed = all;  // once listed again, its count restarts
    REQUIRE(acme.sync());
    acme.listed.clear();
    CHECK(acme.sync()->went_missing == 0);
    CHECK(acme.sync()->went_missing == 0);
    CHECK(acme.sync()->went_missing == 2);
    CHECK(acme.project("shop").status == ProjectStatus::missing);
    CHECK(acme.notices() == 2);
    CHECK(acme.sync()->went_missing == 0);
    CHECK(acme.notices() == 2);
    acme.listed = all;
    CHECK(acme.sync()->came_back == 2);
    CHECK(acme.project("shop").status == ProjectStatus::active);
    CHECK(acme.project("busy").status == ProjectStatus::scaffolded);  // its work is over
}

TEST_CASE("github: a list that fails is one incident and changes no project") {
    const SqliteDriver driver;
    Organisation acme(driver.open());
    acme.add("shop", ProjectStatus::active);
    acme.listed = {{"1", "acme/repo-shop", "u"}};
    REQUIRE(acme.sync());
    acme.answers = false;
    for (int i = 0; i < 5; ++i)
        CHECK_FALSE(acme.sync());
    CHECK(acme.project("shop").status == ProjectStatus::active);
    CHECK(acme.open_incidents() == 1);
    CHECK(acme.notices() == 1);
    acme.answers = true;
    REQUIRE(acme.sync());
    CHECK(acme.open_incidents() == 0);
    acme.leads = false;
    acme.listed.push_back({"2", "acme/new", "v"});
    CHECK_FALSE(acme.sync());
    CHECK(acme.projects_there() == 1);
}

}  // namespace control
