#include "control/redis/worker_acl.h"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>

using namespace control;
using contracts::WorkerType;

namespace {

bool grants(const std::vector<std::string>& rules, std::string_view text) {
    return std::any_of(rules.begin(), rules.end(), [&](const std::string& rule) {
        return rule.find(text) != std::string::npos;
    });
}

}  // namespace

TEST_CASE("an identifier that a rule could read as more than itself is refused by name") {
    for (const std::string bad :
         {"a b", "a*", "a?", "[a]", "a)", "(a", "a\\", "a~", "a\n", "ä", "%"}) {
        const auto worker = worker_acl({.worker_id = bad});
        REQUIRE(!worker);
        CHECK(worker.error().field == "worker_id");
        const auto task = worker_acl({.worker_id = "w-1", .task_id = bad});
        REQUIRE(!task);
        CHECK(task.error().field == "task_id");
    }
    CHECK(!worker_acl({.worker_id = ""}));
}

TEST_CASE("the rules begin from nothing and never give a whole category") {
    const auto rules = worker_acl({.worker_id = "w-1", .allowed_commands = {"*"}});
    REQUIRE(rules);
    CHECK(rules->front() == "reset");
    CHECK(!grants(*rules, "@"));
    CHECK(!grants(*rules, "allkeys"));
    CHECK(!grants(*rules, "&"));
}

TEST_CASE("the shared developer stream is for developers without a task") {
    const auto any = worker_acl({.worker_id = "w-1"});
    const auto own = worker_acl({.worker_id = "w-1", .task_id = "t-1"});
    REQUIRE((any && own));
    CHECK(grants(*any, "~worker:developer:input"));
    CHECK(!grants(*own, "~worker:developer:input"));
    CHECK(grants(*own, "%W~task_progress:t-1"));
    CHECK(!grants(*any, "task_progress"));
}

TEST_CASE("what a worker may publish follows from its allowed commands") {
    WorkerAccess access{.worker_id = "w-1", .type = WorkerType::po};
    CHECK(!grants(*worker_acl(access), "engineering:queue"));
    access.allowed_commands = {"engineering.*"};
    const auto engineering = worker_acl(access);
    CHECK(grants(*engineering, "%W~engineering:queue"));
    CHECK(grants(*engineering, "%R~task_progress:*"));
    CHECK(!grants(*engineering, "deploy:queue"));
    access.allowed_commands = {"*"};
    CHECK(grants(*worker_acl(access), "%W~deploy:queue"));
}
