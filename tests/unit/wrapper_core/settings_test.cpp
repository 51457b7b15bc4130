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

class Variables {
public:
    explicit Variables(const std::map<std::string, std::string>& variables) {
        for (const auto& [name, value] : variables)
            entries_.push_back(name + "=" + value);
        for (const std::string& entry : entries_)
            pointers_.push_back(entry.c_str());
        pointers_.push_back(nullptr);
    }
    [[nodiscard]] const char* const* list() const { return pointers_.data(); }

private:
    std::vector<std::string> entries_;
    std::vector<const char*> pointers_;
};

contracts::Result<Settings> read(const std::map<std::string, std::string>& variables) {
    return read_settings(Variables(variables).list());
}

bool has_line(const std::string& text, const std::string& line) {
    return ("\n" + text).find("\n" + line + "\n") != std::string::npos;
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
    CHECK(settings->result_linger == std::chrono::seconds{5});
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
        {"RESULT_LINGER_SECONDS", "-1"},
        {"AGENT_STDIN", "tty"},
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

TEST_CASE("what the worker tells its agent of itself cannot be asked for") {
    auto variables = complete();
    for (const char* name : {"HOME", "ALLOWED_COMMANDS", "ORCHESTRATOR_SOCKET", "WORKER_ID",
                             "WORKER_TYPE", "TASK_ID", "PROJECT_ID", "USER_ID", "USER", "LOGNAME"})
        variables[std::string("AGENT_ENV_") + name] = "canary";
    variables["AGENT_ENV_HOMES"] = "two";
    const auto settings = read(variables);
    REQUIRE(settings);
    CHECK(settings->agent_environment == std::vector<std::string>{"HOMES=two"});
    CHECK(settings->ignored_names.size() == 10);
    std::string told;
    REQUIRE(explain_settings(Variables(variables).list(), told));
    CHECK(has_line(told,
                   "AGENT_ENV_HOME=***  # environment; ignored: the worker sets this variable"));
    CHECK(told.find("canary") == std::string::npos);
}

TEST_CASE("a program whose exit code is the verdict reads nothing, unless it is said to") {
    auto variables = complete();
    variables.insert({{"AGENT_TYPE", "custom"}, {"AGENT_COMMAND", "make test"}});
    variables["AGENT_TYPE"] = "custom";
    CHECK(read(variables)->prompt_on_stdin);
    variables["AGENT_VERDICT"] = "exit_code";
    CHECK(!read(variables)->prompt_on_stdin);
    variables["AGENT_STDIN"] = "prompt";
    CHECK(read(variables)->prompt_on_stdin);
    variables["AGENT_VERDICT"] = "result_block";
    variables["AGENT_STDIN"] = "nothing";
    CHECK(!read(variables)->prompt_on_stdin);
}

TEST_CASE("each setting is explained: its value, where that is from, what it may be") {
    auto variables = complete();
    variables["SHUTDOWN_GRACE"] = "7";
    variables["AGENT_COMMAND"] = "one\ntwo";
    std::string told;
    REQUIRE(explain_settings(Variables(variables).list(), told));
    CAPTURE(told);
    CHECK(has_line(told, "WORKER_ID=w-1  # environment; required: the worker's own id"));
    CHECK(has_line(told, "WORKER_TYPE=po  # environment; po, developer"));
    CHECK(has_line(told, "STATE_DIR=/.worker/state  # default; an absolute path"));
    CHECK(has_line(told, "CONTROL_DIR=  # not set; an absolute path"));
    CHECK(has_line(told, "AGENT_UID=  # not set; a whole number from 0 to 4294967280"));
    CHECK(has_line(told, "SHUTDOWN_GRACE=7  # environment; a whole number from 0 to 3600"));
    CHECK(has_line(told, "RELAY_PORTS=fixed  # default; fixed, any"));
    CHECK(
        has_line(told, "AGENT_COMMAND=one two  # environment; a line for /bin/sh or a JSON array"));
    for (const char* name : {"AGENT_TYPE",
                             "TASK_ID",
                             "PROJECT_ID",
                             "USER_ID",
                             "SESSION_ID",
                             "TASK_BRANCH",
                             "MODEL_NAME",
                             "REDIS_URL",
                             "API_URL",
                             "API_TOKEN",
                             "ALLOWED_COMMANDS",
                             "WORKSPACE_DIR",
                             "AGENT_HOME",
                             "ORCHESTRATOR_SOCKET",
                             "ORCHESTRATOR_BIN",
                             "AGENT_VERDICT",
                             "RESULT_REMINDER",
                             "RESULT_LINGER_SECONDS",
                             "AGENT_STDIN",
                             "SESSION_IDLE_SECONDS",
                             "SESSION_TTL_SECONDS",
                             "LOG_LEVEL",
                             "LOG_FORMAT"})
        CHECK(("\n" + told).find("\n" + std::string(name) + "=") != std::string::npos);
}

TEST_CASE("an explanation holds no secret, also where there are faults") {
    auto variables = complete();
    variables["REDIS_URL"] = "redis://worker:canary-1@somewhere:6379";
    variables["API_URL"] = "http://u:canary-2@somewhere";
    variables["API_TOKEN"] = "canary-3";
    variables["ANTHROPIC_API_KEY"] = "canary-4";
    variables["AGENT_ENV_SECRET"] = "canary-5";
    std::string told;
    CHECK(explain_settings(Variables(variables).list(), told));
    CHECK(has_line(told,
                   "REDIS_URL=redis://***@somewhere:6379  # environment; "
                   "required: unix:// or redis://"));
    CHECK(has_line(told, "API_TOKEN=***  # environment; a secret"));
    CHECK(has_line(told, "ANTHROPIC_API_KEY=***  # environment; only for the agent"));
    CHECK(has_line(told, "SECRET=***  # environment; only for the agent"));
    variables["REDIS_URL"] = "ftp://worker:canary-1@somewhere:port";
    variables["AGENT_TYPE"] = "human";
    const auto faulty = explain_settings(Variables(variables).list(), told);
    REQUIRE_FALSE(faulty);
    const std::string why = faulty.error().describe();
    CHECK(why.find("REDIS_URL") != std::string::npos);
    CHECK(why.find("AGENT_TYPE") != std::string::npos);
    CHECK(told.find("AGENT_TYPE=human  # environment; claude, ") != std::string::npos);
    CHECK((told + why).find("canary") == std::string::npos);
}
