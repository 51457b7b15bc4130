// A deployment that an agent tests before its task ends: the agent's prompt, where it may go, and
// what follows from its verdict.
#include "control/graphs/deploy/criteria.h"
#include "control/graphs/deploy/qa_nodes.h"
#include "tests/unit/control_graphs/deployment.h"
#include "tests/unit/control_graphs/played_worker.h"

namespace {

using namespace deploying_tests;

DeploySettings with_qa() {
    DeploySettings settings;
    settings.qa.is_on = true;
    return settings;
}

// A live deployment and the agent that tests it, which is played by the test.
struct Tried : Deployment {
    tests::PlayedWorker worker{store, engine, clock, [this] {
                                   (void)run(1min);
                               }};

    explicit Tried(const DeploySettings& settings = with_qa())
        : Deployment(settings, "start", "a page that greets") {
        answers["deploy.start"] = [](const Json&) {
            return Json{{"url", "http://192.0.2.1:8100"}};
        };
        answers["deploy.fixed"] = [](const Json&) {
            return Json{{"status", "completed"}, {"commit", std::string(40, 'b')}};
        };
        (void)run(1min);
    }
    // Answers as the agent; returns the prompt that it answered.
    std::string agent_says(const std::string& status, const std::string& summary) {
        return worker.answer(worker.order(), task.id,
                             {{"status", status}, {"summary", summary}, {"data", Json::object()}});
    }
    std::vector<std::string> repairs() {
        std::vector<std::string> specs;
        const auto page = control::tasks::list(
            *store.db, {.limit = 100, .cursor = {}, .filters = {{"type", "engineering"}}});
        for (const auto& row : page.value().items)
            specs.push_back(row.entity.spec.value_or(""));
        return specs;
    }
};

}  // namespace

TEST_CASE("an agent tries what is live: it goes there and nowhere else, and its verdict is kept") {
    Tried tried;
    CHECK(tried.thread().status == ThreadStatus::waiting);
    CHECK(tried.task_now()["status"] == "running");
    const Json order = tried.worker.order();
    tried.worker.read_again();
    CHECK(order["context"]["egress"] == "192.0.2.1:8100");
    CHECK_FALSE(order["context"].contains("repository"));
    CHECK(order["config"].value("allowed_commands", Json::array()).empty());
    const std::string prompt = tried.agent_says("success", "it greets");
    CHECK(has(prompt, "http://192.0.2.1:8100"));
    CHECK(has(prompt, "a page that greets"));
    CHECK(tried.thread().status == ThreadStatus::completed);
    CHECK(tried.task_now()["result"]["qa"] == "it greets");
    CHECK(tried.repairs().empty());
}

TEST_CASE("what it finds is repaired twice, each time deployed and tried again; then a person's") {
    Tried tried;
    for (const std::size_t repairs : {1, 2}) {
        (void)tried.agent_says("failed", "no greeting");
        REQUIRE(tried.repairs().size() == repairs);
        CHECK(has(tried.repairs().front(), "no greeting"));
        CHECK(tried.count("deploy.start") == static_cast<std::int64_t>(repairs) + 1);
    }
    (void)tried.agent_says("failed", "no greeting");
    CHECK(tried.thread().status == ThreadStatus::blocked);
    REQUIRE(tried.notices("task_blocked").size() == 1);
    CHECK(has(tried.notices("task_blocked").front()["text"], "no greeting"));
    (void)tried.retry();
    (void)tried.run(1min);
    (void)tried.agent_says("success", "it greets");
    CHECK(tried.thread().status == ThreadStatus::completed);
    CHECK(tried.task_now()["result"]["commit"] == std::string(40, 'b'));
}

TEST_CASE("a deployment that is cancelled while it is tried gives the agent's worker back") {
    Tried tried;
    tried.worker.deliver("response", tried.worker.order()["request_id"],
                         {{"success", true}, {"worker_id", "w"}});
    tried.cancel();
    (void)tried.worker.next_on("worker:developer:w:input");
    CHECK(tried.worker.next_on("worker:commands")["worker_id"] == "w");
    CHECK(tried.thread().status == ThreadStatus::cancelled);
}

TEST_CASE("without the setting nobody tries it") {
    Tried tried{DeploySettings{}};
    CHECK(tried.thread().status == ThreadStatus::completed);
}

TEST_CASE("the address of a URL is what the agent may reach") {
    for (const auto& [url, place] :
         {std::pair("http://10.0.0.5:8100", "10.0.0.5:8100"),
          std::pair("http://[::1]:8100/", "[::1]:8100"), std::pair("http://[::1]", "[::1]:80"),
          std::pair("https://shop.example.org", "shop.example.org:443")})
        CHECK(deploying::reached_at(url) == place);
}
