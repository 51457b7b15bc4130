// Two daemons with every role share one store, one bus and one directory of repositories.
#include "fleet.h"

#include "tests/support/eventually.h"

#include <catch2/catch_test_macros.hpp>
#include <cstdlib>
#include <map>
#include <random>
#include <set>

using namespace fleet_tests;
using namespace std::chrono_literals;

namespace {

constexpr std::size_t kTasksAtOnce = 3;
constexpr auto kBetweenKills = 1s;

std::chrono::seconds under_fire() {
    return std::getenv("ORCH_SOAK") != nullptr ? 120s : 20s;
}

std::uint32_t chosen_seed() {
    const char* seed = std::getenv("ORCH_TEST_SEED");
    return seed != nullptr ? static_cast<std::uint32_t>(std::stoul(seed)) : std::random_device{}();
}

bool has_ended(Fleet& fleet, std::size_t at, const std::string& task) {
    const Json row = fleet.ask(at, "GET", "/api/tasks/" + task);
    return row.at("status") == "completed" || row.at("status") == "failed";
}

// Kills and restarts a daemon every second while tasks are under way; returns the tasks.
std::vector<std::string> kill_daemons(Fleet& fleet, std::uint32_t seed) {
    std::mt19937 random(seed);
    std::vector<std::string> tasks;
    const auto end = std::chrono::steady_clock::now() + under_fire();
    while (std::chrono::steady_clock::now() < end) {
        const std::size_t victim = random() % Fleet::kSize;
        const std::size_t other = 1 - victim;
        fleet.daemon(victim).kill();
        std::size_t open = 0;
        for (const std::string& task : tasks)
            if (!has_ended(fleet, other, task)) ++open;
        for (; open < kTasksAtOnce; ++open)
            tasks.push_back(fleet.begin_task(other, "fleet-" + std::to_string(tasks.size())));
        fleet.daemon(victim).start();
        tests::stays(
            "both daemons", [&] { return fleet.daemon(0).runs() && fleet.daemon(1).runs(); },
            kBetweenKills);
    }
    return tasks;
}

// Every request to a worker has one output, and none reports that its worker died.
void check_outputs(Fleet& fleet, std::size_t tasks) {
    std::multiset<std::string> requests;
    for (const Json& output : fleet.messages("worker:developer:output")) {
        INFO(output.dump());
        CHECK(output.at("status") == "success");
        requests.insert(output.at("request_id").get<std::string>());
    }
    CHECK(requests.size() == 2 * tasks);  // a developer and a tester
    CHECK(std::set<std::string>(requests.begin(), requests.end()).size() == requests.size());
}

void check_workers(Fleet& fleet, std::size_t tasks) {
    const Json workers = fleet.ask(0, "GET", "/api/workers?limit=500");
    CHECK(workers.size() == 2 * tasks);
    std::set<std::string> owners;
    for (const Json& worker : workers) {
        INFO(worker.dump());
        CHECK(worker.value("cause", "") != "lost");
        owners.insert(worker.at("owner").get<std::string>());
    }
    CHECK(owners.size() == Fleet::kSize);
}

}  // namespace

TEST_CASE("two daemons, one of them killed every second: nothing is lost, nothing doubled") {
    const std::uint32_t seed = chosen_seed();
    UNSCOPED_INFO("again with ORCH_TEST_SEED=" << seed);
    if (!tests::PostgresServer::is_installed()) SKIP("PostgreSQL is not installed");
    Fleet fleet;
    const std::vector<std::string> tasks = kill_daemons(fleet, seed);
    UNSCOPED_INFO("again with ORCH_TEST_SEED=" << seed);
    for (const std::string& id : tasks) {
        const Json task = fleet.await_end(id);
        INFO(task.dump());
        REQUIRE(task.at("status") == "completed");
        CHECK(task.at("result").at("rounds") == 1);
        std::size_t ends = 0;
        for (const Json& event : fleet.messages("task_progress:" + id))
            if (event.at("type") == "completed" || event.at("type") == "failed") ++ends;
        CHECK(ends == 1);
        const std::string location = task.at("result").at("repository");
        CHECK(fleet.git(location.substr(location.rfind('/') + 1), {"show", "main:Makefile"})
                  .starts_with("test:"));
    }
    check_outputs(fleet, tasks.size());
    check_workers(fleet, tasks.size());
    CHECK(fleet.keys("*:dlq").empty());
}

TEST_CASE("a daemon that does not share the repositories leaves calls on them to the others") {
    if (!tests::PostgresServer::is_installed()) SKIP("PostgreSQL is not installed");
    Fleet fleet;
    fleet.daemon(1).stop();
    fleet.daemon(1).start({{"FORGE_DIR", fleet.daemon(1).data() + "/forge"}});
    CHECK(fleet.daemon(1).log().find("does not have the repositories") != std::string::npos);
    const Json daemons = fleet.ask(1, "GET", "/api/daemons");
    std::map<std::size_t, std::size_t> by_calls;
    for (const Json& daemon : daemons)
        ++by_calls[daemon.at("calls").size()];
    CHECK(by_calls == std::map<std::size_t, std::size_t>{{2, 1}, {5, 1}});
    const std::string task = fleet.begin_task(1, "elsewhere");
    CHECK(fleet.await_end(task).at("status") == "completed");
    for (const Json& worker : fleet.ask(0, "GET", "/api/workers"))
        CHECK(worker.at("owner") == tests::read_file(fleet.daemon(0).data() + "/installation"));
}
