// The real program against a real Redis and a fake API server that fails on request.
#include "contracts/fields/read.h"
#include "contracts/messages/engineering.h"
#include "contracts/streams/names.h"
#include "contracts/streams/publisher.h"
#include "tests/fakes/agent_peer.h"
#include "tests/fakes/api_server.h"
#include "tests/support/eventually.h"
#include "tests/support/http_request.h"
#include "tests/support/programs.h"
#include "tests/support/redis_server.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <fstream>
#include <set>
#include <sstream>

namespace {

using contracts::Connection;
using contracts::Json;
using namespace std::chrono_literals;
namespace names = contracts::names;

Json parsed(const std::string& text) {
    auto document = contracts::parse_json(text);
    CAPTURE(text);
    REQUIRE(document);
    return *document;
}

Connection dial(const tests::RedisServer& redis) {
    auto address = contracts::RedisAddress::parse(redis.url());
    auto connection = Connection::dial(*address);
    REQUIRE(connection);
    return std::move(*connection);
}

// The messages of a stream, in order.
std::vector<Json> messages(const tests::RedisServer& redis, std::string_view stream) {
    Connection connection = dial(redis);
    const auto reply = connection.command({"XRANGE", stream, "-", "+"});
    REQUIRE(reply);
    std::vector<Json> found;
    for (std::size_t i = 0; i < reply->view().size(); ++i) {
        const contracts::ReplyView fields = reply->view()[i][1];
        REQUIRE(fields.size() == 2);
        CHECK(fields[0].text() == "data");
        found.push_back(parsed(std::string(fields[1].text())));
    }
    return found;
}

struct Machine {
    tests::ApiServer api;
    tests::RedisServer redis;

    explicit Machine(tests::ApiServerOptions options = {}, bool durable = false)
        : api(std::move(options)), redis(tests::RedisOptions{.durable = durable}) {}

    [[nodiscard]] tests::ChildOptions command(std::vector<std::string> arguments) const {
        arguments.insert(arguments.begin(), tests::program("orchestrator"));
        return {.argv = std::move(arguments),
                .environment = {{"API_URL", api.url()},
                                {"REDIS_URL", redis.url()},
                                {"ORCHESTRATOR_SOCKET", "/nonexistent/agent.sock"},
                                {"USER_ID", "u1"}},
                .inherit_environment = false};
    }
    [[nodiscard]] tests::Finished run(std::vector<std::string> arguments) const {
        return tests::run(command(std::move(arguments)));
    }
    Json succeed(std::vector<std::string> arguments) const {
        const tests::Finished finished = run(std::move(arguments));
        CAPTURE(finished.output, finished.error_output);
        REQUIRE(finished.end.exit_code == 0);
        return parsed(finished.output)["data"];
    }
    std::string project() const {
        return succeed({"project", "create", "--name", "blog"})["id"].get<std::string>();
    }
};

}  // namespace

TEST_CASE("no core is left of a program that holds a token") {
    const tests::TemporaryDirectory directory;
    const std::string spec = directory / "spec";
    REQUIRE(::mkfifo(spec.c_str(), 0600) == 0);
    const contracts::UniqueFd writer(::open(spec.c_str(), O_RDWR | O_CLOEXEC));
    // The command waits for the rest of its input.
    tests::ChildProcess reading({.argv = {tests::program("orchestrator"), "engineering", "start",
                                          "--project", "p1", "--spec-file", spec},
                                 .environment = {{"API_URL", "unix:///nonexistent/api.sock"}}});
    const std::string limits = "/proc/" + std::to_string(reading.pid()) + "/limits";
    const auto core_limit = [&] {
        std::ifstream file(limits);
        for (std::string line; std::getline(file, line);)
            if (line.starts_with("Max core file size")) return line.substr(18);
        return std::string();
    };
    tests::eventually("a core of one byte is all that is allowed", [&] {
        std::istringstream words(core_limit());
        std::string soft, hard;
        words >> soft >> hard;
        return soft == "1" && hard == "1";
    });
    reading.kill();
}

TEST_CASE("a project, its engineering and its tasks go the whole way") {
    const Machine machine;
    const Json made = machine.succeed({"project", "create", "--name", "blog", "--modules",
                                       "backend,telegram", "--spec", "a blog"});
    const std::string id = made["project"]["id"];
    const std::string task = made["task"]["id"];
    const auto queued = messages(machine.redis, names::kEngineeringQueue);
    REQUIRE(queued.size() == 1);
    const auto message = contracts::read_message<contracts::EngineeringMessage>(queued[0]);
    REQUIRE(message);
    CHECK(message->task_id == task);
    CHECK(message->project_id == id);
    CHECK(message->user_id == "u1");

    CHECK(machine.succeed({"project", "list"}).size() == 1);
    CHECK(machine.succeed({"project", "get", id})["name"] == "blog");
    CHECK(machine.succeed({"project", "tasks", id})[0]["id"] == task);
    CHECK(machine.succeed({"engineering", "status", task})["spec"] == "a blog");
    CHECK(machine.succeed({"engineering", "cancel", task})["status"] == "cancelled");
    CHECK(messages(machine.redis, names::kGraphCommands).at(0)["task_id"] == task);
    machine.succeed({"deploy", "start", "--project", id});
    CHECK(messages(machine.redis, names::kDeployQueue).size() == 1);
    machine.succeed({"diagnose", "redis"});
    machine.succeed({"diagnose", "api"});

    CHECK(machine.run({"project", "get", "nobody"}).end.exit_code == 3);
    CHECK(machine.run({"project", "create", "--name", "blog"}).end.exit_code == 5);
    CHECK(machine.run({"project", "list", "--limit", "0"}).end.exit_code == 2);
}

TEST_CASE("a connection that breaks after the POST is completed, not doubled") {
    const Machine machine;
    const std::string id = machine.project();
    machine.api.faults({{"drop", {{"times", 1}, {"method", "POST"}}}});
    const Json task = machine.succeed(
        {"engineering", "start", "--project", id, "--spec", "x", "--request-id", "r-1"});
    CHECK(machine.api.count("POST", "/api/tasks") == 2);
    CHECK(machine.succeed({"project", "tasks", id}).size() == 1);
    const auto queued = messages(machine.redis, names::kEngineeringQueue);
    REQUIRE(queued.size() == 1);
    CHECK(queued[0]["task_id"] == task["id"]);
    CHECK(queued[0]["request_id"] == "r-1");
}

TEST_CASE("a command that gave up is completed by the same command again") {
    const Machine machine;
    const std::string id = machine.project();
    machine.api.faults({{"drop", {{"times", 3}, {"method", "POST"}}}});
    const std::vector<std::string> command{"engineering", "start", "--project",    id,
                                           "--spec",      "x",     "--request-id", "r-1"};
    const tests::Finished gave_up = machine.run(command);
    CHECK(gave_up.end.exit_code == 75);
    CHECK(parsed(gave_up.output)["details"]["request_id"] == "r-1");
    CHECK(machine.api.count("POST", "/api/tasks") == 3);
    CHECK(messages(machine.redis, names::kEngineeringQueue).empty());

    const Json task = machine.succeed(command);
    CHECK(machine.succeed({"project", "tasks", id}).size() == 1);
    const auto queued = messages(machine.redis, names::kEngineeringQueue);
    REQUIRE(queued.size() == 1);
    CHECK(queued[0]["task_id"] == task["id"]);
    // Repeated, it gives the same task, and a message that consumers recognise by the task.
    CHECK(machine.succeed(command)["id"] == task["id"]);
    CHECK(machine.succeed({"project", "tasks", id}).size() == 1);
}

TEST_CASE("a project with its first task survives a break at every request") {
    for (const int breaks : {1, 2}) {
        const Machine machine;
        machine.api.faults({{"drop", {{"times", breaks}, {"method", "POST"}}}});
        const Json made =
            machine.succeed({"project", "create", "--name", "blog", "--spec", "a blog"});
        CHECK(machine.succeed({"project", "list"}).size() == 1);
        CHECK(machine.succeed({"project", "tasks", made["project"]["id"]}).size() == 1);
        CHECK(messages(machine.redis, names::kEngineeringQueue).size() == 1);
    }
}

TEST_CASE("Redis that is away after the POST leaves a task that the same command completes") {
    Machine machine({}, true);
    const std::string id = machine.project();
    machine.redis.kill();
    const std::vector<std::string> command{"deploy", "start",        "--project",
                                           id,       "--request-id", "r-1"};
    const tests::Finished gave_up = machine.run(command);
    CHECK(gave_up.end.exit_code == 75);
    CHECK(parsed(gave_up.output)["message"].get<std::string>().find(
              "was created, but its message") != std::string::npos);
    machine.redis.start();
    const Json task = machine.succeed(command);
    CHECK(machine.succeed({"project", "tasks", id}).size() == 1);
    CHECK(messages(machine.redis, names::kDeployQueue).at(0)["task_id"] == task["id"]);
}

TEST_CASE(
    "a Redis that asks for a password says where it goes, and the command can be sent again") {
    const Machine machine;
    const std::string project = machine.project();
    Connection admin = dial(machine.redis);
    REQUIRE(admin.command({"CONFIG", "SET", "requirepass", "pw"}));
    const std::vector<std::string> start{"engineering", "start",  "--project",
                                         project,       "--spec", "x"};
    const Json refused = parsed(machine.run(start).output)["details"];
    CHECK(refused["field"] == "REDIS_URL");
    const std::string next_step = refused["next_step"];
    const std::string key = refused["request_id"];
    CHECK(next_step.find("redis://:password@host") != std::string::npos);
    CHECK(next_step.ends_with("--request-id " + key));
    CHECK(parsed(machine.run({"diagnose", "redis"}).output)["details"]["field"] == "REDIS_URL");

    tests::ChildOptions again = machine.command(start);
    again.argv.insert(again.argv.end(), {"--request-id", key});
    for (auto& [name, value] : again.environment)
        if (name == "REDIS_URL") value = "unix://:pw@" + machine.redis.socket();
    const tests::Finished finished = tests::run(again);
    CAPTURE(finished.output);
    CHECK(finished.end.exit_code == 0);
    REQUIRE(admin.command({"CONFIG", "SET", "requirepass", ""}));
    CHECK(messages(machine.redis, names::kEngineeringQueue).size() == 1);
    CHECK(machine.succeed({"project", "tasks", project}).size() == 1);
}

TEST_CASE("a busy API is tried three times") {
    const Machine machine;
    machine.api.faults({{"fail", {{"status", 503}, {"times", 2}}}});
    machine.succeed({"project", "list"});
    CHECK(machine.api.requests().size() == 3);
    machine.api.faults({{"fail", {{"status", 503}, {"times", 100}}}});
    CHECK(machine.run({"project", "list"}).end.exit_code == 75);
    CHECK(machine.api.requests().size() == 6);
    machine.api.faults({{"fail", {{"status", 500}, {"times", 100}}}});
    CHECK(machine.run({"project", "list"}).end.exit_code == 1);
    CHECK(machine.api.requests().size() == 7);
}

TEST_CASE("an API that answers with nonsense is an error and no crash") {
    const Machine machine;
    machine.api.faults({{"garbage", {{"times", 1}}}});
    CHECK(machine.run({"project", "list"}).end.exit_code == 1);
    for (const Json& value : {Json(), Json(7), Json::object(), Json{{"id", Json::array()}}}) {
        machine.api.faults({{"body", {{"times", 2}, {"value", value}}}});
        CHECK(machine.run({"project", "list"}).end.exit_code == 1);
        CHECK(machine.run({"project", "get", "p"}).end.exit_code == 1);
    }
}

TEST_CASE("the token goes over TCP, and a wrong one is permission") {
    const Machine machine({.tcp = true, .token = "secret"});
    tests::ChildOptions command = machine.command({"project", "list"});
    CHECK(tests::run(command).end.exit_code == 4);
    command.environment["API_TOKEN"] = "wrong";
    const tests::Finished refused = tests::run(command);
    CHECK(refused.end.exit_code == 4);
    CHECK(refused.output.find("wrong") == std::string::npos);
    command.environment["API_TOKEN"] = "secret";
    CHECK(tests::run(command).end.exit_code == 0);
    CHECK(machine.api.requests().back()["headers"]["Authorization"] == "Bearer secret");
}

TEST_CASE("pages follow one another to the end") {
    const Machine machine;
    Json rows = Json::array();
    for (int i = 0; i < 7; ++i)
        rows.push_back({{"id", "p" + std::to_string(i)}, {"name", "a"}, {"status", "draft"}});
    machine.api.put("projects", rows);
    std::vector<std::string> command{"project", "list", "--limit", "3"};
    std::set<std::string> seen;
    int pages = 0;
    for (bool more = true; more; ++pages) {
        const Json page = parsed(machine.run(command).output);
        for (const Json& row : page["data"])
            seen.insert(row["id"]);
        more = page.contains("next_cursor");
        if (more) command = {"project", "list", "--limit", "3", "--cursor", page["next_cursor"]};
    }
    CHECK(pages == 3);
    CHECK(seen.size() == 7);
}

TEST_CASE("a waiting command ends with its task, told by an event") {
    Machine machine;
    const std::string id = machine.project();
    const std::string task =
        machine.succeed({"deploy", "start", "--project", id})["id"].get<std::string>();
    tests::ChildProcess waiting(machine.command({"deploy", "wait", task}));
    tests::eventually("the wait asking for the task",
                      [&] { return machine.api.count("GET", "/api/tasks/" + task) >= 1; });
    CHECK(waiting.running());
    machine.api.put("tasks", Json::array({{{"id", task},
                                           {"project_id", id},
                                           {"type", "deploy"},
                                           {"status", "completed"},
                                           {"result", {{"deployed_url", "http://x"}}},
                                           {"created_at", "2026-01-10T12:00:00Z"}}}));
    Connection connection = dial(machine.redis);
    REQUIRE(contracts::publish_data(connection, names::task_progress(task),
                                    R"({"type":"completed","request_id":"r"})"));
    CHECK(waiting.must_end().exit_code == 0);
    CHECK(parsed(waiting.output())["data"]["result"]["deployed_url"] == "http://x");
    CHECK(waiting.error_output().empty());  // without a terminal nothing is shown
}

TEST_CASE("Ctrl-C leaves the task running and says how to come back to it") {
    const Machine machine;
    const std::string id = machine.project();
    const std::string task =
        machine.succeed({"deploy", "start", "--project", id})["id"].get<std::string>();
    tests::ChildProcess waiting(machine.command({"deploy", "wait", task}));
    tests::eventually("the wait asking for the task",
                      [&] { return machine.api.count("GET", "/api/tasks/" + task) >= 1; });
    const int signal = GENERATE(SIGINT, SIGTERM);  // `timeout` sends SIGTERM
    waiting.send(signal);
    CHECK(waiting.must_end().exit_code == 128 + signal);
    const Json said = parsed(waiting.output());
    CHECK(said["error"] == "Interrupted");
    CHECK(said["message"] == "task " + task + " goes on");
    CHECK(said["details"]["next_step"] ==
          "orchestrator deploy wait " + task + " waits for it again");
    CHECK(machine.succeed({"deploy", "status", task})["status"] == "queued");
}

TEST_CASE("Ctrl-C between the POST and the message names the key that completes the two") {
    Machine machine;
    const std::string id = machine.project();
    machine.api.faults({{"stall", {{"times", 1}, {"method", "POST"}}}});
    tests::ChildProcess starting(machine.command(
        {"engineering", "start", "--project", id, "--spec", "x", "--request-id", "r-7"}));
    tests::eventually("the POST", [&] { return machine.api.count("POST", "/api/tasks") >= 1; });
    starting.send(SIGINT);
    CHECK(starting.must_end().exit_code == 130);
    const Json said = parsed(starting.output());
    CHECK(said["details"]["next_step"] == "run the same command again with --request-id r-7");
    machine.succeed(
        {"engineering", "start", "--project", id, "--spec", "x", "--request-id", "r-7"});
    CHECK(messages(machine.redis, names::kEngineeringQueue).size() == 1);
    CHECK(machine.succeed({"project", "tasks", id}).size() == 1);
}

TEST_CASE("a waiting command sees the end without events and without Redis") {
    Machine machine;
    const std::string id = machine.project();
    const std::string task =
        machine.succeed({"deploy", "start", "--project", id})["id"].get<std::string>();
    machine.redis.stop();
    tests::ChildProcess waiting(machine.command({"deploy", "wait", task}));
    tests::eventually("the wait asking again",
                      [&] { return machine.api.count("GET", "/api/tasks/" + task) >= 2; });
    const tests::HttpResponse ended = tests::http(
        machine.api.url(),
        {.method = "PATCH", .target = "/api/tasks/" + task, .body = R"({"status":"failed"})"});
    REQUIRE(ended.status == 200);
    CHECK(waiting.must_end().exit_code == 1);
    CHECK(parsed(waiting.output())["error"] == "TaskFailed");
}

TEST_CASE("a wait that takes too long ends with 124") {
    const Machine machine;
    const std::string id = machine.project();
    const std::string task =
        machine.succeed({"deploy", "start", "--project", id})["id"].get<std::string>();
    const tests::Finished finished = machine.run({"deploy", "wait", task, "--timeout", "1"});
    CHECK(finished.end.exit_code == 124);
    CHECK(parsed(finished.output)["error"] == "TimedOut");
}

TEST_CASE("a spec of one MiB goes through a pipe, one byte more does not") {
    const Machine machine;
    const std::string id = machine.project();
    tests::ChildOptions command =
        machine.command({"engineering", "start", "--project", id, "--spec-file", "-"});
    command.input.assign(1 << 20, 'x');
    const tests::Finished finished = tests::run(command);
    CHECK(finished.end.exit_code == 0);
    CHECK(machine.api.requests().back()["body"]["spec"] == command.input);
    command.input += 'x';
    CHECK(tests::run(command).end.exit_code == 2);
    CHECK(machine.api.count("POST", "/api/tasks") == 1);
}

TEST_CASE("the version is one line for people and a document for programs") {
    const auto ask = [](const char* how) {
        return tests::run(tests::ChildOptions{.argv = {tests::program("orchestrator"), how}});
    };
    const std::string version = parsed(ask("version").output)["data"]["version"];
    CHECK(ask("--version").output == "orchestrator " + version + "\n");
}

TEST_CASE("an answer that cannot be printed is no success") {
    const Machine machine;
    const tests::ChildOptions command{
        .argv = {"/bin/sh", "-c",
                 "exec " + tests::program("orchestrator") + " version >/dev/full"}};
    CHECK(tests::run(command).end.exit_code == 1);
}

TEST_CASE("inside a worker everything goes through PID 1 and arrives") {
    Machine machine;
    Connection bus = dial(machine.redis);
    const tests::TemporaryDirectory directory;
    // Answers as PID 1 does for an action that it allows.
    tests::AgentPeer peer(
        directory / "agent.sock",
        [&](const contracts::AgentRequest& request) -> std::optional<std::string> {
            if (request.action == contracts::AgentAction::publish)
                return tests::publish_reply(*contracts::publish_data(
                    bus, *request.stream, contracts::dump_json(*request.message)));
            if (request.action == contracts::AgentAction::follow) return tests::follow_reply();
            tests::HttpRequest http{.method = *request.method, .target = *request.path};
            if (request.idempotency_key)
                http.headers.emplace_back("Idempotency-Key", *request.idempotency_key);
            if (request.body) http.body = contracts::dump_json(*request.body);
            const tests::HttpResponse answer = tests::http(machine.api.url(), http);
            return tests::api_reply(answer.status, parsed(answer.body), answer.header("Link"));
        });
    const auto inside = [&](std::vector<std::string> arguments) {
        tests::ChildOptions command = machine.command(std::move(arguments));
        command.environment = {{"ORCHESTRATOR_SOCKET", peer.path()},
                               {"WORKER_ID", "w1"},
                               {"WORKER_TYPE", "po"},
                               {"USER_ID", "u1"},
                               {"ALLOWED_COMMANDS", R"(["project.*","engineering.*"])"}};
        return tests::run(command);
    };
    const tests::Finished made =
        inside({"project", "create", "--name", "blog", "--description", "a blog"});
    CHECK(made.end.exit_code == 0);
    const std::string task = parsed(made.output)["data"]["task"]["id"];
    CHECK(messages(machine.redis, names::kEngineeringQueue).at(0)["task_id"] == task);
    CHECK(inside({"engineering", "cancel", task}).end.exit_code == 0);
    CHECK(inside({"engineering", "wait", task}).end.exit_code == 1);
    CHECK(peer.refusals().empty());

    const int connections = peer.connections();
    CHECK(inside({"deploy", "start", "--project", "p"}).end.exit_code == 4);
    CHECK(peer.connections() == connections);
}

TEST_CASE("a node of a Redis Cluster is refused by name") {
    const tests::RedisServer cluster({.cluster = true});
    const Machine machine;
    const std::string project = machine.project();
    tests::ChildOptions start =
        machine.command({"engineering", "start", "--project", project, "--spec", "a blog"});
    start.environment["REDIS_URL"] = cluster.url();
    const tests::Finished refused = tests::run(start);
    INFO(refused.error_output << refused.output);
    CHECK(refused.end.exit_code != 0);
    CHECK((refused.error_output + refused.output).find("Redis Cluster") != std::string::npos);
}

TEST_CASE("a service of this machine is asked directly, and a proxy that is used is named") {
    const tests::ApiServer api(tests::ApiServerOptions{.tcp = true});
    const std::string nowhere =
        "http://user:secret@127.0.0.1:" + std::to_string(tests::free_port());
    const auto list = [&](const std::string& url, const char* variable) {
        return tests::run({.argv = {tests::program("orchestrator"), "project", "list"},
                           .environment = {{"API_URL", url}, {variable, nowhere}},
                           .inherit_environment = false});
    };
    for (const char* variable : {"http_proxy", "all_proxy", "ALL_PROXY"}) {
        INFO(variable);
        CHECK(list(api.url(), variable).end.exit_code == 0);
        const tests::Finished lost = list("http://api.example:8000", variable);
        const std::string told = lost.output + lost.error_output;
        INFO(told);
        CHECK(lost.end.exit_code != 0);
        CHECK(told.find("through the proxy http://127.0.0.1:") != std::string::npos);
        CHECK(told.find(variable) != std::string::npos);
        CHECK(told.find("secret") == std::string::npos);
    }
}
