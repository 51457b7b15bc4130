#include "wrapper/settings.h"

#include <catch2/catch_test_macros.hpp>

#include <map>

using namespace wrapper;

namespace {

std::map<std::string, std::string> complete() {
    return {{"WORKER_ID", "w-1"},
            {"WORKER_TYPE", "po"},
            {"AGENT_TYPE", "claude"},
            {"REDIS_URL", "unix:///.worker/control/bus.sock"}};
}

contracts::Result<Settings> read(const std::map<std::string, std::string>& variables) {
    std::vector<std::string> entries;
    for (const auto& [name, value] : variables)
        entries.push_back(name + "=" + value);
    std::vector<const char*> pointers;
    for (const std::string& entry : entries)
        pointers.push_back(entry.c_str());
    pointers.push_back(nullptr);
    return read_settings(pointers.data());
}

}  // namespace

TEST_CASE("four variables are enough, the rest has defaults") {
    const auto settings = read(complete());
    REQUIRE(settings);
    CHECK(settings->worker_id == "w-1");
    CHECK(settings->redis.path == "/.worker/control/bus.sock");
    CHECK(settings->workspace == "/workspace");
    CHECK(settings->state_directory == "/.worker/state");
    CHECK(settings->agent_socket == "/.worker/run/agent.sock");
    CHECK(settings->shutdown_grace == std::chrono::seconds{30});
    CHECK(settings->session_idle == std::chrono::seconds{1800});
    CHECK(!settings->allowed.allows("project.list"));
    CHECK(settings->old_names.empty());
}

TEST_CASE("each wrong value is a fault that names its variable") {
    const std::pair<const char*, const char*> faults[] = {
        {"WORKER_ID", ""},
        {"WORKER_TYPE", "boss"},
        {"AGENT_TYPE", "human"},
        {"REDIS_URL", "ftp://x"},
        {"REDIS_URL", ""},
        {"API_URL", "gopher://x"},
        {"STATE_DIR", "relative"},
        {"AGENT_UID", "-5"},
        {"AGENT_UID", "many"},
        {"AGENT_COMMAND", "[1]"},
        {"AGENT_VERDICT", "mood"},
        {"RELAY_PORTS", "some"},
        {"SHUTDOWN_GRACE", "1.5"},
        {"SESSION_IDLE_SECONDS", "0"},
        {"LOG_LEVEL", "LOUD"},
        {"LOG_FORMAT", "yaml"},
        {"ALLOWED_COMMANDS", "Project.*"},
        {"RESULT_REMINDER", "maybe"},
    };
    for (const auto& [name, value] : faults) {
        auto variables = complete();
        variables[name] = value;
        const auto settings = read(variables);
        REQUIRE(!settings);
        CHECK(settings.error().kind == contracts::ErrorKind::fatal);
        CHECK(settings.error().message.find(name) != std::string::npos);
    }
}

TEST_CASE("all faults are named at once") {
    const auto settings = read({{"WORKER_TYPE", "boss"}, {"LOG_LEVEL", "LOUD"}});
    REQUIRE(!settings);
    for (const char* name : {"WORKER_ID", "WORKER_TYPE", "AGENT_TYPE", "REDIS_URL", "LOG_LEVEL"})
        CHECK(settings.error().message.find(name) != std::string::npos);
}

TEST_CASE("a custom agent needs its command") {
    auto variables = complete();
    variables["AGENT_TYPE"] = "custom";
    CHECK(read(variables).error().message.find("AGENT_COMMAND") != std::string::npos);
    variables["AGENT_COMMAND"] = "make test";
    CHECK(read(variables)->agent_command.back() == "make test");
}

TEST_CASE("older images' names are taken and remembered, the plain name wins") {
    auto variables = complete();
    variables.erase("WORKER_ID");
    variables["WORKER_WORKER_ID"] = "old";
    auto settings = read(variables);
    REQUIRE(settings);
    CHECK(settings->worker_id == "old");
    CHECK(settings->old_names == std::vector<std::string>{"WORKER_WORKER_ID"});
    variables["WORKER_ID"] = "new";
    CHECK(read(variables)->worker_id == "new");
}

TEST_CASE("only what is named for the agent goes to the agent") {
    auto variables = complete();
    variables["AGENT_ENV_COLOUR"] = "green";
    variables["AGENT_ENV_"] = "nothing";
    variables["ANTHROPIC_API_KEY"] = "key";
    variables["API_TOKEN"] = "secret";
    const auto settings = read(variables);
    REQUIRE(settings);
    CHECK(settings->agent_environment ==
          std::vector<std::string>{"ANTHROPIC_API_KEY=key", "COLOUR=green"});
}
