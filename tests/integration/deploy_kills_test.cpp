// From a task to a URL, with a conversation alongside, under fire: at seeded moments the daemon,
// redis-server, a developer, the Product Owner or a deployed program is killed. Every message is
// answered once, every notice delivered once, each project deployed once.
#include "contracts/base/id.h"
#include "contracts/streams/publisher.h"
#include "tests/integration/fire.h"
#include "tests/support/eventually.h"
#include "tests/support/http_request.h"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <cstdlib>
#include <map>
#include <random>
#include <set>
#include <utility>

using contracts::Json;
using contracts::text_at;
using namespace tests;
using namespace std::chrono_literals;

namespace {

constexpr const char* kDeploymentLabel = "com.codegen-orchestrator.deployment";
constexpr const char* kPage = "Hello, world!";

enum class Prey { daemon, redis, developer, owner, deployed };
using Kills = std::vector<std::pair<Prey, int>>;

Kills chosen_kills() {
    if (std::getenv("ORCH_SOAK") == nullptr)
        return {{Prey::daemon, 1},
                {Prey::redis, 1},
                {Prey::developer, 1},
                {Prey::owner, 1},
                {Prey::deployed, 2}};
    return {{Prey::daemon, 10},
            {Prey::redis, 10},
            {Prey::developer, 10},
            {Prey::owner, 10},
            {Prey::deployed, 10}};
}

std::size_t chosen_projects() {
    return std::getenv("ORCH_SOAK") == nullptr ? 1 : 5;
}

bool has_ended(const Json& task) {
    const std::string status = task.at("status");
    return status == "completed" || status == "failed";
}

// The progress of one project: developed, then deployed.
struct Journey {
    std::string project;
    std::vector<std::string> tasks;  // the last one is under way
    bool deploying = false;
    bool live = false;
    bool over = false;  // its development failed
};

class DeployUnderFire {
public:
    DeployUnderFire(Installation& house, std::uint32_t seed) : house_(house), random_(seed) {
        const Json user = ask("POST", "/api/users", {{"telegram_id", "local"}, {"is_admin", true}});
        user_ = text_at(user, "id");
    }

    void run() {
        std::vector<Prey> victims;
        for (const auto& [victim, times] : chosen_kills())
            victims.insert(victims.end(), static_cast<std::size_t>(times), victim);
        std::shuffle(victims.begin(), victims.end(), random_);
        for (const Prey victim : victims) {
            go_on();
            wait_a_moment();
            kill(victim);
        }
        kills_are_over_ = true;
        eventually(
            "every project is live, or could not be developed",
            [&] {
                go_on();
                return std::ranges::all_of(journeys_,
                                           [](const Journey& one) { return one.live || one.over; });
            },
            15min);
        eventually(
            "every message has its answer",
            [&] {
                const auto answers = replies({"answer", "error"});
                return std::ranges::all_of(
                    said_, [&](const std::string& message) { return answers.contains(message); });
            },
            5min);
    }

    [[nodiscard]] const std::vector<Journey>& journeys() const { return journeys_; }
    [[nodiscard]] const std::vector<std::string>& said() const { return said_; }
    [[nodiscard]] Json task(const std::string& id) { return ask("GET", "/api/tasks/" + id); }
    Json ask(const std::string& method, const std::string& target, const Json& body = {}) {
        const HttpResponse answer =
            http(house_.access().at("API_URL"),
                 {.method = method,
                  .target = target,
                  .headers = {{"Authorization", "Bearer " + house_.access().at("API_TOKEN")},
                              {"Content-Type", "application/json"}},
                  .body = body.is_null() ? std::string() : body.dump()});
        if (answer.status / 100 != 2) throw std::runtime_error(target + ": " + answer.body);
        return Json::parse(answer.body);
    }
    // The number of replies of these kinds, by the id that they refer to.
    std::map<std::string, int> replies(const std::set<std::string>& kinds) {
        std::map<std::string, int> counts;
        std::set<std::string> shown;  // Redis may deliver a reply twice; a messenger shows it once
        for (const Json& reply : house_.messages("chat:outbox:terminal"))
            if (kinds.contains(text_at(reply, "kind")) &&
                shown.insert(text_at(reply, "request_id")).second)
                ++counts[text_at(reply, "correlation_id")];
        return counts;
    }

private:
    // Starts each project's next step, and another project while there is room.
    void go_on() {
        bool developing = false;
        for (Journey& one : journeys_) {
            if (!one.live && !one.over) step(one);
            developing = developing || (!one.deploying && !one.over && !one.live);
        }
        if (!developing && !kills_are_over_ && journeys_.size() < most_projects_) begin();
    }

    void step(Journey& one) {
        const Json task = this->task(one.tasks.back());
        if (!has_ended(task)) return;
        const bool done = task.at("status") == "completed";
        if (one.deploying && done) one.live = true;
        if (!one.deploying && !done) one.over = true;
        if (one.live || one.over) return;
        // Also used after a kill made a deployment fail: the user asks again.
        const auto told = house_.orchestrator({"deploy", "start", "--project", one.project});
        if (told.exit_code != 0) return;  // the daemon died during the request: the next try works
        one.deploying = true;
        one.tasks.push_back(text_at(told.json.at("data"), "id"));
    }

    void begin() {
        const auto told = house_.orchestrator({"project", "create", "--name",
                                               "fire-" + std::to_string(journeys_.size()),
                                               "--start", "--spec", "Greets people by name."});
        if (told.exit_code != 0) return;
        const Json& task = told.json.at("data").at("task");
        journeys_.push_back(
            {.project = text_at(task, "project_id"), .tasks = {text_at(task, "id")}});
        speak();
    }

    void speak() {
        const std::string id = contracts::make_uuid4();
        contracts::Connection redis = house_.redis();
        const auto sent = contracts::publish_data(redis, "chat:inbox",
                                                  contracts::dump_json({{"version", "1"},
                                                                        {"request_id", id},
                                                                        {"correlation_id", id},
                                                                        {"user_id", user_},
                                                                        {"channel", "terminal"},
                                                                        {"address", "fire"},
                                                                        {"text", "how does it go?"},
                                                                        {"message_id", id}}));
        if (sent) said_.push_back(id);
    }

    // The seed chooses the delay; the machine decides what happens within it.
    void wait_a_moment() {
        const int ms = std::uniform_int_distribution<int>(50, 1500)(random_);
        stays("the daemon", [&] { return house_.daemon_runs(); }, std::chrono::milliseconds(ms));
    }

    void kill(Prey victim) {
        switch (victim) {
            case Prey::daemon:
                house_.kill_daemon();
                return house_.start();
            case Prey::redis:
                return kill_redis(house_);
            case Prey::developer:
                return kill_one_of("a developer or a tester", kTypeLabel, "developer");
            case Prey::owner:
                speak();
                return kill_one_of("a Product Owner", kTypeLabel, "po");
            case Prey::deployed:
                return kill_one_of("something deployed", kDeploymentLabel, {});
        }
    }

    // A container of this kind may never start again: all projects may be live already.
    void kill_one_of(std::string_view what, const std::string& label, const std::string& value) {
        eventually(
            what,
            [&] {
                go_on();
                const auto found = running_with(house_, label, value);
                if (found.empty())
                    return journeys_.size() == most_projects_ &&
                           std::ranges::all_of(
                               journeys_, [](const Journey& one) { return one.live || one.over; });
                const std::size_t last = found.size() - 1;
                return kill_init(
                    house_, found[std::uniform_int_distribution<std::size_t>(0, last)(random_)]);
            },
            15min);
    }

    Installation& house_;
    std::mt19937 random_;
    const std::size_t most_projects_ = chosen_projects();
    std::string user_;
    std::vector<Journey> journeys_;
    bool kills_are_over_ = false;
    std::vector<std::string> said_;  // ids of messages
};

std::string page_of(const std::string& url) {
    try {
        return http(url, {.target = "/"}).body;
    } catch (const std::exception& reason) {
        return reason.what();
    }
}

}  // namespace

TEST_CASE("kills: seeded ones over the road to a URL", "[kills]") {
    const std::uint32_t seed = chosen_seed();
    UNSCOPED_INFO("again with ORCH_TEST_SEED=" << seed);
    std::unique_ptr<Installation> house;
    try {
        house = std::make_unique<Installation>(
            InstallationOptions{.script = "greeter,all_is_well",
                                .environment = {{"BUILD_NETWORK", "none"}, {"SCAFFOLD", "0"}}});
    } catch (const NoDockerEngine& reason) {
        SKIP(reason.what());
    }
    house->start();
    DeployUnderFire fire(*house, seed);
    fire.run();
    UNSCOPED_INFO("again with ORCH_TEST_SEED=" << seed);

    // Each task has one notice of its end.
    std::map<std::string, int> told;
    std::set<std::string> notices;
    for (const Json& notice : house->messages("chat:notices")) {
        INFO(notice.dump());
        CHECK(notices.insert(text_at(notice, "request_id")).second);
        ++told[text_at(notice, "task_id")];
    }
    std::size_t live = 0;
    for (const Journey& one : fire.journeys()) {
        live += one.live;
        for (const std::string& id : one.tasks) {
            INFO(fire.task(id).dump());
            CHECK(told[id] == 1);
            int ends = 0;
            for (const Json& event : house->messages("task_progress:" + id))
                ends += event.at("type") == "completed" || event.at("type") == "failed";
            CHECK(ends == 1);
        }
    }
    for (const Journey& one : fire.journeys())
        for (const std::string& id : one.tasks)
            UNSCOPED_INFO(fire.task(id).dump());
    CHECK(live > 0);
    const auto answers = fire.replies({"answer", "error"});
    for (const std::string& message : fire.said()) {
        INFO(message);
        CHECK(answers.at(message) == 1);
    }
    // Each live project has one deployment, and it answers.
    const Json rows = fire.ask("GET", "/api/service_deployments?limit=500");
    std::map<std::string, std::string> urls;
    for (const Json& row : rows) {
        INFO(row.dump());
        if (row.at("status") == "active")
            CHECK(urls.emplace(text_at(row, "project_id"), text_at(row, "url")).second);
    }
    CHECK(urls.size() == live);
    for (const auto& [project, url] : urls)
        eventually(
            "it answers", [&] { return page_of(url).find(kPage) != std::string::npos; }, 2min);
    CHECK(running_with(*house, kDeploymentLabel).size() == live);
    for (const auto& [project, url] : urls)
        CHECK(house->orchestrator({"deploy", "stop", "--project", project}).exit_code == 0);
    CHECK(running_with(*house, kDeploymentLabel).empty());
}
