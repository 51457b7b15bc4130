// Every way in which a message or the environment of a worker can be wrong: the field is named.
#include "contracts/messages/po.h"
#include "tests/support/messages/message_checks.h"
#include "wrapper/settings.h"
#include "wrapper/task.h"

#include <map>

using namespace wrapper;
using contracts::ErrorKind;
using contracts::WorkerType;

namespace {

constexpr std::size_t kCases = 1200;

void check_refused(const tests::MessageKind& kind, WorkerType type) {
    std::size_t named = 0;
    for (const tests::BadMessage& bad : tests::bad_messages(kind, kCases)) {
        contracts::Entry entry{.stream = "in", .id = "1-0", .data = bad.text, .raw = {}};
        const auto task = read_task(entry, type);
        CAPTURE(kind.name, bad.text, bad.field);
        REQUIRE_FALSE(task);
        REQUIRE(task.error().kind == ErrorKind::invalid);
        REQUIRE(task.error().field == bad.field);
        REQUIRE_FALSE(task.error().message.empty());
        named += bad.field.empty() ? 0 : 1;
    }
    CHECK(named > kCases / 2);
}

using Variables = std::map<std::string, std::string>;

// The environment that our own daemon gives a worker.
Variables complete() {
    return {{"WORKER_ID", "w-1"},
            {"WORKER_TYPE", "developer"},
            {"AGENT_TYPE", "claude"},
            {"REDIS_URL", "unix:///.worker/control/bus.sock"},
            {"API_URL", "unix:///.worker/control/api.sock"},
            {"ALLOWED_COMMANDS", "project.get,engineering.*"},
            {"STATE_DIR", "/.worker/state"},
            {"SHUTDOWN_GRACE", "30"},
            {"LOG_LEVEL", "INFO"}};
}

contracts::Result<Settings> read(const Variables& variables) {
    std::vector<std::string> entries;
    for (const auto& [name, value] : variables)
        entries.push_back(name + "=" + value);
    std::vector<const char*> pointers;
    pointers.reserve(entries.size() + 1);
    for (const std::string& entry : entries)
        pointers.push_back(entry.c_str());
    pointers.push_back(nullptr);
    return read_settings(pointers.data());
}

using WrongValues = std::map<std::string, std::vector<std::string>>;

// By variable: values that it must not accept.
WrongValues wrong_values() {
    const std::vector<std::string> no_path = {"relative", "./here", "../up", "~", " /blank", "a/b"};
    const std::vector<std::string> no_choice = {"x", "CLAUDE", " po", "fixed ", "0x1", "2", "\xff"};
    const std::vector<std::string> no_number = {
        "x", "1.5", "1e3", "0x10", " 1", "1 ", "+1", "--1", "\xff", "99999999999999999999", "-1"};
    WrongValues wrong = {
        {"WORKER_ID", {"", std::string(256, 'w'), std::string(5000, 'w')}},
        {"REDIS_URL",
         {"", "redis", "redis://", "http://h:1", "rediss://h", "redis://h:0", "redis://h:65536",
          "redis://h:x", "redis://h/x", "redis://[::1", "redis://u@h", "redis://u:%zz@h", "unix://",
          "unix://relative", "unix:///p?x=1", "unix:///p?db=x", "unix:///%0"}},
        {"API_URL", {"x", "https://h", "ftp://h", "//h", "/path", "HTTP://h", "unix:/p"}},
        {"ALLOWED_COMMANDS",
         {"Project.*", "project.", ".get", "a b", "**", "*.get", "a.b.c", "[", "[1]", "[\"a.b\"",
          "{\"a\":1}", "a;b", "\xff"}},
        {"AGENT_COMMAND",
         {"[", "[]", "[1]", "[\"\"]", "[\"a\",null]", "[\"a\"", "[[\"a\"]]", "[\"a\\u0000b\"]"}},
        {"LOG_LEVEL", {"LOUD", "INFO ", "1"}},
        {"LOG_FORMAT", {"yaml", "JSON ", "1"}}};
    for (const char* name : {"STATE_DIR", "CONTROL_DIR", "WORKSPACE_DIR", "AGENT_HOME",
                             "ORCHESTRATOR_SOCKET", "ORCHESTRATOR_BIN"})
        wrong[name] = no_path;
    for (const char* name :
         {"WORKER_TYPE", "AGENT_TYPE", "RELAY_PORTS", "AGENT_VERDICT", "RESULT_REMINDER"})
        wrong[name] = no_choice;
    for (const char* name :
         {"AGENT_UID", "SHUTDOWN_GRACE", "SESSION_IDLE_SECONDS", "SESSION_TTL_SECONDS"})
        wrong[name] = no_number;
    return wrong;
}

}  // namespace

TEST_CASE("a developer's bad message is refused and its field named, in a thousand ways") {
    check_refused(tests::kind_of<contracts::DeveloperWorkerInput>("DeveloperWorkerInput"),
                  WorkerType::developer);
}

TEST_CASE("a product owner's bad message is refused and its field named, in a thousand ways") {
    check_refused(tests::kind_of<contracts::POWorkerInput>("POWorkerInput"), WorkerType::po);
}

TEST_CASE("each wrong variable is named, and no other") {
    REQUIRE(read(complete()));
    const WrongValues all = wrong_values();
    for (const auto& [name, values] : all)
        for (const std::string& value : values) {
            Variables variables = complete();
            variables[name] = value;
            const auto settings = read(variables);
            CAPTURE(name, value);
            REQUIRE_FALSE(settings);
            CHECK(settings.error().kind == ErrorKind::fatal);
            REQUIRE(settings.error().message.starts_with(name + " "));
            for (const auto& [other, unused] : all)
                CHECK(settings.error().message.find("; " + other + " ") == std::string::npos);
        }
}

TEST_CASE("any number of wrong variables is named at once, in a thousand mixtures") {
    tests::Random random(20260110);
    const WrongValues all = wrong_values();
    for (std::size_t round = 0; round < kCases; ++round) {
        Variables variables = complete();
        std::vector<std::string> wrong;
        for (const auto& [name, values] : all) {
            if (tests::below(random, 4) != 0) continue;
            variables[name] = values[tests::below(random, values.size())];
            wrong.push_back(name);
        }
        const auto settings = read(variables);
        CAPTURE(round, wrong);
        REQUIRE(settings.has_value() == wrong.empty());
        if (settings) continue;
        REQUIRE(settings.error().kind == ErrorKind::fatal);
        const std::string message = "; " + settings.error().message;
        for (const std::string& name : wrong)
            REQUIRE(message.find("; " + name + " ") != std::string::npos);
    }
}

TEST_CASE("an explanation shows no password of an address that is none") {
    for (const char* url : {"redis:/worker:canary@host:1", "worker:canary@host", "u:canary@h://x",
                            "redis://u:canary@x@h:port"}) {
        const std::string entry = std::string("REDIS_URL=") + url;
        const char* variables[] = {entry.c_str(), nullptr};
        std::string told;
        const auto explained = explain_settings(variables, told);
        CAPTURE(told);
        REQUIRE_FALSE(explained);
        CHECK((told + explained.error().describe()).find("canary") == std::string::npos);
        CHECK(told.find("REDIS_URL=") != std::string::npos);
    }
}

TEST_CASE("a variable's name begins no line of an explanation") {
    const char* variables[] = {"AGENT_ENV_A\nAPI_TOKEN=x", nullptr};
    std::string told;
    CHECK_FALSE(explain_settings(variables, told));
    CHECK(told.find("A API_TOKEN=***") != std::string::npos);
}
