#include "contracts/messages/developer.h"
#include "contracts/messages/engineering.h"
#include "contracts/messages/worker_command.h"

#include <catch2/catch_test_macros.hpp>

using namespace contracts;

namespace {

const Timestamp kEntryTime{std::chrono::milliseconds(1'768'046'400'123)};

Json minimal() {
    return {{"request_id", "r"}, {"task_id", "t"}, {"project_id", "p"}, {"user_id", "u"}};
}

}  // namespace

TEST_CASE("what older writers leave out of the base is filled in") {
    const auto one = read_message<EngineeringMessage>(minimal(), {kEntryTime});
    const auto other = read_message<EngineeringMessage>(minimal(), {kEntryTime});
    REQUIRE((one && other));
    CHECK(one->version == Version::v1);
    CHECK(one->timestamp == kEntryTime);
    CHECK(one->correlation_id.size() == 36);
    CHECK(one->correlation_id != other->correlation_id);
}

TEST_CASE("an identifier that is an integer is read as its digits") {
    Json document = minimal();
    document["task_id"] = 42;
    document["user_id"] = -7;
    document["project_id"] = 18446744073709551615U;
    const auto message = read_message<EngineeringMessage>(document);
    REQUIRE(message);
    CHECK(message->task_id == "42");
    CHECK(message->user_id == "-7");
    CHECK(message->project_id == "18446744073709551615");
}

TEST_CASE("a timestamp with fractions, an offset or no zone is taken") {
    Json document = minimal();
    for (const char* text : {"2026-01-10T12:00:00.123456", "2026-01-10T14:00:00.123+02:00",
                             "2026-01-10 12:00:00.123Z"}) {
        document["timestamp"] = text;
        const auto message = read_message<EngineeringMessage>(document);
        REQUIRE(message);
        CHECK(format_timestamp(message->timestamp) == "2026-01-10T12:00:00.123Z");
    }
}

TEST_CASE("a version that nobody knows is refused by name") {
    Json document = minimal();
    for (const auto& [version, shape] :
         {std::pair(Json("2"), "text of 1 byte"), std::pair(Json("1.0"), "text of 3 bytes"),
          std::pair(Json(1), "a number"), std::pair(Json(""), "text of 0 bytes"),
          std::pair(Json(1.5), "a fraction"), std::pair(Json(true), "true or false"),
          std::pair(Json::array({1, 2}), "an array of 2"),
          std::pair(Json::object(), "an object")}) {
        document["version"] = version;
        const auto message = read_message<EngineeringMessage>(document);
        REQUIRE(!message);
        CHECK(message.error().field == "version");
        CHECK(message.error().message == std::string("must be one of: 1, not ") + shape);
    }
}

TEST_CASE("every fault of a message is told at once, the first by its field") {
    const auto message = parse_message<EngineeringMessage>(R"({"request_id":"r","user_id":[]})");
    REQUIRE(!message);
    CHECK(message.error().field == "task_id");
    CHECK(message.error().message.find("project_id: is required") != std::string::npos);
    CHECK(message.error().message.find("user_id: must be a string") != std::string::npos);
}

TEST_CASE("a turn has a default and bounds") {
    Json document{{"request_id", "r"}, {"task_id", "t"}, {"project_id", "p"}, {"prompt", "do"}};
    CHECK(read_message<DeveloperWorkerInput>(document)->timeout == 1800);
    for (const int seconds : {0, -1, 86'401}) {
        document["timeout"] = seconds;
        const auto refused = read_message<DeveloperWorkerInput>(document);
        REQUIRE(!refused);
        CHECK(refused.error().field == "timeout");
    }
}

TEST_CASE("a worker command is told by its word") {
    const auto removed =
        parse_worker_command(R"({"command":"delete","request_id":"r","worker_id":"w"})");
    REQUIRE(removed);
    CHECK(std::get<DeleteWorker>(*removed).worker_id == "w");
    const auto asked =
        parse_worker_command(R"({"command":"status","request_id":"r","worker_id":"w"})");
    REQUIRE(asked);
    CHECK(std::holds_alternative<WorkerStatusQuery>(*asked));
    const auto created = parse_worker_command(
        R"({"command":"create","request_id":"r","config":{"name":"n","worker_type":"developer",
            "agent_type":"claude","instructions":"","allowed_commands":[],"capabilities":["git"]}})");
    REQUIRE(created);
    CHECK(std::get<CreateWorker>(*created).config.auth_mode == AuthMode::api_key);
    for (const char* text : {"{}", R"({"command":"dance"})", R"({"command":1})"}) {
        const auto refused = parse_worker_command(text);
        REQUIRE(!refused);
        CHECK(refused.error().field == "command");
    }
    for (const char* text : {"[]", "null", "3", "\"create\"", "", "{"})
        CHECK(!parse_worker_command(text));
    const auto nested = parse_worker_command(
        R"({"command":"create","request_id":"r","config":{"name":"N","worker_type":"developer",
            "agent_type":"claude","instructions":"","allowed_commands":[],"capabilities":["sudo"]}})");
    REQUIRE(!nested);
    CHECK(nested.error().field == "config.name");
    CHECK(nested.error().message.find("config.capabilities[0]") != std::string::npos);
}

TEST_CASE("JSON that nests too deep is refused and not recursed into") {
    const std::string deep = std::string(1'000'000, '[') + std::string(1'000'000, ']');
    const auto refused = parse_message<EngineeringMessage>(deep);
    REQUIRE(!refused);
    CHECK(refused.error().message.find("64 levels") != std::string::npos);
    CHECK(parse_json(std::string(64, '[') + std::string(64, ']')));
    CHECK(!parse_json(std::string(65, '[') + std::string(65, ']')));
    CHECK(parse_json('"' + std::string(1000, '[') + '"'));
}
