// A task with another provider's agent: the real codex in a worker, with its calls through the
// daemon's gate, which holds only the key of the model that it uses.
#include "contracts/base/id.h"
#include "tests/integration/installation.h"
#include "tests/support/eventually.h"

#include <sys/stat.h>
#include <catch2/catch_test_macros.hpp>

#include <filesystem>

using contracts::Json;
using namespace tests;

namespace {

// Waits for the message in `stream` for `request`.
Json answer(const Installation& house, const std::string& stream, const std::string& request) {
    Json found;
    eventually(
        "an answer to " + request + " on " + stream,
        [&] {
            for (Json& message : house.messages(stream))
                if (message.value("request_id", "") == request) found = std::move(message);
            return !found.is_null();
        },
        std::chrono::seconds{90});
    return found;
}

Json message(Json fields) {
    fields["request_id"] = contracts::make_uuid4();
    fields["correlation_id"] = contracts::make_uuid4();
    fields["timestamp"] = "2026-01-02T03:04:05Z";
    fields["version"] = "1";
    return fields;
}

// An installation whose daemon has only OpenAI's key, and one developer in it.
class CodexHouse {
public:
    // `secret`: the key that the upstream accepts; `given`: the key in the daemon's settings.
    CodexHouse(const std::string& secret, const std::string& given)
        : model_({.script = scripts_.write("script.json", kScript), .key = secret}),
          house_({.isolation = Isolation::processes,
                  .environment = {{"AGENTS_DIR", agents()},
                                  {"ANTHROPIC_API_KEY", ""},
                                  {"OPENAI_UPSTREAM", model_.url()},
                                  {"OPENAI_API_KEY", given}}}) {
        house_.start();
        Json create = message({{"command", "create"}, {"context", Json::object()}});
        create["config"] = {{"name", "developer"},
                            {"worker_type", "developer"},
                            {"agent_type", "codex"},
                            {"instructions", "Be brief."},
                            {"allowed_commands", Json::array()},
                            {"capabilities", Json::array()},
                            {"env_vars", {{"MODEL_NAME", "some-model"}}}};
        publish("worker:commands", create);
        const Json created = answer(house_, "worker:responses:developer", create["request_id"]);
        INFO(created.dump());
        REQUIRE(created.at("success") == true);
        worker_ = created.at("worker_id").get<std::string>();
    }
    Json run(const std::string& prompt) {
        const Json task =
            message({{"task_id", "t"}, {"project_id", "p"}, {"prompt", prompt}, {"timeout", 60}});
        publish("worker:developer:" + worker_ + ":input", task);
        return answer(house_, "worker:developer:output", task["request_id"]);
    }
    [[nodiscard]] const ModelServer& model() const { return model_; }
    [[nodiscard]] Installation& house() { return house_; }

private:
    // The agent runs a command that shows everything it was given, and then answers.
    static constexpr const char* kScript = R"({"rules":[{"turns":[
        {"tools":[{"name":"exec_command","input":{"cmd":"env"}}]},
        {"text":"{{output}}\n<result>{\"status\":\"success\",\"summary\":\"seen\"}</result>",
         "usage":{"input_tokens":100,"output_tokens":10}}]}]})";

    // Installs codex where the daemon's workers, which have their own users, can run it.
    std::string agents() {
        ::chmod(scripts_.text().c_str(), 0711);
        run_successfully({.argv = {std::string(ORCH_SOURCE_DIR) + "/ci/agent-binary", "codex",
                                   scripts_ / "agents/codex"}},
                         std::chrono::minutes{5});
        return scripts_ / "agents";
    }
    void publish(const std::string& stream, const Json& what) {
        REQUIRE(house_.redis().command({"XADD", stream, "*", "data", what.dump()}).has_value());
    }

    TemporaryDirectory scripts_;
    ModelServer model_;
    Installation house_;
    std::string worker_;
};

}  // namespace

TEST_CASE("codex in a worker reaches its model through the gate, and the key stays in the gate") {
    const std::string key = "openai-key-" + contracts::random_hex(8);
    CodexHouse codex(key, key);
    const Json output = codex.run("Look around.");
    INFO(output.dump());
    CHECK(output.at("status") == "success");
    CHECK(output.at("summary") == "seen");
    CHECK(output.at("usage").at("output_tokens") > 0);
    const auto requests = codex.model().requests();
    CHECK(requests.size() == 2);
    for (const Json& request : requests) {
        CHECK(request.at("path") == "/v1/responses");
        CHECK(request.at("key_ok") == true);
        CHECK(request.at("model") == "some-model");
    }
    // The agent printed its environment, and its answer quoted that output.
    CHECK(requests.at(1).at("body_bytes") > requests.at(0).at("body_bytes"));
    for (const Json& said : codex.house().messages("worker:lifecycle"))
        CHECK(said.dump().find(key) == std::string::npos);
    CHECK(output.dump().find(key) == std::string::npos);
    CHECK(codex.house().daemon_log().find(key) == std::string::npos);
    for (const auto& entry :
         std::filesystem::recursive_directory_iterator(codex.house().data() + "/workers"))
        if (entry.is_regular_file()) CHECK(read_file(entry.path()).find(key) == std::string::npos);
    CHECK(codex.house().stop().success());
}

TEST_CASE("a key that OpenAI's side refuses ends codex's turn as an error that says so") {
    CodexHouse codex("openai-key-right", "openai-key-wrong");
    const Json output = codex.run("Look around.");
    INFO(output.dump());
    CHECK(output.at("status") == "error");
    CHECK(output.at("error").get<std::string>().find("401 Unauthorized") != std::string::npos);
    CHECK(output.dump().find("openai-key") == std::string::npos);
}
