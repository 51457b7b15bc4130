// Tasks under fire: at seeded moments the wrapper, the daemon, redis-server or a container is
// killed. Every task ends once, no output is doubled, no container is left.
#include "tests/integration/fire.h"
#include "tests/support/eventually.h"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <map>
#include <random>
#include <set>
#include <utility>

using contracts::Json;
using namespace tests;
using namespace std::chrono_literals;

namespace {

constexpr int kTasksAtOnce = 3;

enum class Victim { wrapper, daemon, redis, container };
constexpr std::pair<Victim, int> kKills[] = {
    {Victim::wrapper, 8}, {Victim::daemon, 7}, {Victim::redis, 7}, {Victim::container, 8}};

class UnderFire {
public:
    UnderFire(Installation& house, std::uint32_t seed) : house_(house), random_(seed) {}

    // Keeps some tasks running, kills at random moments, then lets everything finish.
    void run() {
        std::vector<Victim> victims;
        for (const auto& [victim, times] : kKills)
            victims.insert(victims.end(), static_cast<std::size_t>(times), victim);
        std::shuffle(victims.begin(), victims.end(), random_);
        for (const Victim victim : victims) {
            begin_what_is_missing();
            wait_a_moment();
            kill(victim);
        }
        for (const std::string& task : tasks_)
            ended_[task] = house_.await_end(task, 10min);
    }

    [[nodiscard]] const std::map<std::string, Json>& ended() const { return ended_; }

private:
    bool has_ended(const std::string& task) {
        const auto told = house_.orchestrator({"engineering", "status", task});
        if (told.exit_code != 0) return false;
        const std::string status = told.json.at("data").at("status").get<std::string>();
        return status == "completed" || status == "failed";
    }

    void begin_what_is_missing() {
        int open = 0;
        for (const std::string& task : tasks_)
            if (!has_ended(task)) ++open;
        for (; open < kTasksAtOnce; ++open)
            tasks_.push_back(house_.begin_project("under-fire-" + std::to_string(tasks_.size()),
                                                  "Greets people by name."));
    }

    // The seed chooses the delay; the machine decides what happens within it.
    void wait_a_moment() {
        const int ms = std::uniform_int_distribution<int>(50, 1500)(random_);
        stays("the daemon", [&] { return house_.daemon_runs(); }, std::chrono::milliseconds(ms));
    }

    void kill(Victim victim) {
        switch (victim) {
            case Victim::wrapper:
            case Victim::container:
                return eventually(
                    "a worker to kill",
                    [&] {
                        begin_what_is_missing();
                        return kill_worker(victim);
                    },
                    1min);
            case Victim::redis:
                return kill_redis(house_);
            case Victim::daemon:
                house_.kill_daemon();
                return house_.start();
        }
    }

    bool kill_worker(Victim victim) {
        const auto containers = house_.containers();
        if (containers.empty()) return false;
        const auto& id = containers[std::uniform_int_distribution<std::size_t>(
            0, containers.size() - 1)(random_)];
        if (victim == Victim::container)
            return house_.engine().ask("POST", "/containers/" + id + "/kill").status == 204;
        return kill_init(house_, id);
    }

    Installation& house_;
    std::mt19937 random_;
    std::vector<std::string> tasks_;
    std::map<std::string, Json> ended_;
};

}  // namespace

TEST_CASE("kills: thirty over the road, and every task ends once", "[kills]") {
    const std::uint32_t seed = chosen_seed();
    UNSCOPED_INFO("again with ORCH_TEST_SEED=" << seed);
    std::unique_ptr<Installation> house;
    try {
        house = std::make_unique<Installation>(InstallationOptions{.script = "greeter"});
    } catch (const NoDockerEngine& reason) {
        SKIP(reason.what());
    }
    house->start();
    UnderFire fire(*house, seed);
    fire.run();
    UNSCOPED_INFO("again with ORCH_TEST_SEED=" << seed);

    std::multiset<std::string> outputs;
    for (const Json& output : house->messages("worker:developer:output"))
        outputs.insert(output.at("request_id").get<std::string>());
    const std::set<std::string> requests(outputs.begin(), outputs.end());
    CHECK(outputs.size() == requests.size());

    std::size_t completed = 0;
    for (const auto& [task_id, task] : fire.ended()) {
        INFO(task.dump());
        CHECK((task.at("status") == "completed" || task.at("status") == "failed"));
        if (task.at("status") == "completed") ++completed;
        int ends = 0;
        for (const Json& event : house->messages("task_progress:" + task_id))
            if (event.at("type") == "completed" || event.at("type") == "failed") ++ends;
        CHECK(ends == 1);
    }
    CHECK(completed > 0);
    eventually("no container is left", [&] { return house->containers().empty(); }, 2min);
    const std::string checked = run_successfully(
        {.argv = {"sqlite3", house->data() + "/orchestrator.db", "PRAGMA integrity_check"}});
    CHECK(checked == "ok\n");
}

TEST_CASE(
    "kills: a developer dies between its push and its result, and the next one completes it") {
    std::unique_ptr<Installation> house;
    try {
        house = std::make_unique<Installation>(InstallationOptions{.script = "greeter"});
    } catch (const NoDockerEngine& reason) {
        SKIP(reason.what());
    }
    house->start();
    const std::string task_id = house->begin_project("greeter", "Greets people by name.");
    const std::string pushed =
        "git --git-dir=$(echo " + house->data() + "/forge/*.git) log --format=%s task/" + task_id;
    eventually(
        "the push",
        [&] {
            const Finished log = run({.argv = {"/bin/sh", "-c", pushed}});
            return log.output.find("Add a greeter") != std::string::npos;
        },
        2min);
    for (const std::string& container : running_with(*house, kTypeLabel, "developer"))
        (void)kill_init(*house, container);
    const Json task = house->await_end(task_id);
    INFO(task.dump(2));
    REQUIRE(task.at("status") == "completed");
    CHECK(task.at("result").at("rounds") == 1);
}
