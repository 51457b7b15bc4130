// An invalid entry on a worker's own stream goes to that stream's dead letters with its reason, and
// the worker continues with the next entry.
#include "contracts/base/id.h"
#include "tests/integration/installation.h"
#include "tests/support/eventually.h"

#include <catch2/catch_test_macros.hpp>

using contracts::Json;
using namespace tests;

namespace {

// Waits for the message in `stream` for `request`.
Json answer(const Installation& house, const std::string& stream, const std::string& request) {
    Json found;
    eventually("an answer to " + request + " on " + stream, [&] {
        for (Json& message : house.messages(stream))
            if (message.value("request_id", "") == request) found = std::move(message);
        return !found.is_null();
    });
    return found;
}

void publish(contracts::Connection& redis, const std::string& stream, const std::string& data) {
    REQUIRE(redis.command({"XADD", stream, "*", "data", data}).has_value());
}

Json command(const std::string& name, const std::string& request) {
    return {{"command", name},
            {"request_id", request},
            {"correlation_id", contracts::make_uuid4()},
            {"timestamp", "2026-01-02T03:04:05Z"},
            {"version", "1"}};
}

}  // namespace

TEST_CASE("worker stream: what is no message goes to its dead letters, and the worker goes on") {
    Installation house({.isolation = Isolation::processes});
    house.start();
    contracts::Connection redis = house.redis();
    Json create = command("create", contracts::make_uuid4());
    create["config"] = {{"name", "developer"},
                        {"worker_type", "developer"},
                        {"agent_type", "custom"},
                        {"instructions", "Be brief."},
                        {"allowed_commands", Json::array()},
                        {"capabilities", Json::array()},
                        {"env_vars", {{"AGENT_COMMAND", "true"}, {"AGENT_VERDICT", "exit_code"}}}};
    create["context"] = Json::object();
    publish(redis, "worker:commands", create.dump());
    const Json created = answer(house, "worker:responses:developer", create["request_id"]);
    INFO(created.dump());
    REQUIRE(created.at("success") == true);
    const std::string worker = created.at("worker_id").get<std::string>();

    const std::string input = "worker:developer:" + worker + ":input";
    publish(redis, input, "{ not json");
    publish(redis, input, R"({"request_id":"half","task_id":"t"})");
    const std::string request = contracts::make_uuid4();
    publish(redis, input,
            Json{{"request_id", request},
                 {"task_id", "t"},
                 {"project_id", "p"},
                 {"prompt", "Do it."},
                 {"timeout", 60},
                 {"timestamp", "2026-01-02T03:04:05Z"},
                 {"version", "1"}}
                .dump());
    CHECK(answer(house, "worker:developer:output", request).at("status") == "success");

    const auto dead = house.messages(input + ":dlq");
    REQUIRE(dead.size() == 2);
    CHECK(dead[0].at("original_message") == "{ not json");
    CHECK_FALSE(dead[0].at("error_context").at("error").get<std::string>().empty());
    CHECK(dead[1].at("error_context").at("error").get<std::string>().find("project_id") !=
          std::string::npos);

    Json remove = command("delete", contracts::make_uuid4());
    remove["worker_id"] = worker;
    publish(redis, "worker:commands", remove.dump());
    CHECK(answer(house, "worker:responses:developer", remove["request_id"]).at("success") == true);
    CHECK(house.stop().success());
}
