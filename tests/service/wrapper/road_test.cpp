// A message and its single answer.
#include "contracts/streams/names.h"
#include "tests/service/wrapper/worker_house.h"

#include <catch2/catch_test_macros.hpp>

#include <filesystem>
#include <fstream>
#include <sstream>

using contracts::Json;
using namespace tests;

TEST_CASE("a developer's message becomes one output, its lifecycle and its acknowledgement") {
    WorkerHouse house;
    house.agent("cat > prompt; " + kSucceeds);
    house.give("r-1", "write a greeter");
    const Finished worker = house.run_to_end();
    CAPTURE(worker.error_output);
    REQUIRE(worker.end.exit_code == 0);
    CHECK(house.in_workspace("prompt") == "write a greeter");
    REQUIRE(house.outputs().size() == 1);
    const Json output = house.outputs()[0];
    CHECK(output["request_id"] == "r-1");
    CHECK(output["task_id"] == "t-1");
    CHECK(output["status"] == "success");
    CHECK(output["summary"] == "done");
    CHECK(house.pending() == 0);
    CHECK(house.status("status") == "COMPLETED");
    CHECK(!house.get(contracts::names::answered("r-1")).empty());
    CHECK(house.get(contracts::names::answered("r-2")).empty());
    REQUIRE(house.lifecycle().size() == 2);
    CHECK(house.lifecycle()[0]["event"] == "started");
    CHECK(house.lifecycle()[1]["event"] == "completed");
    CHECK(house.lifecycle()[1]["result"]["ending"] == "exited");
    CHECK(house.lifecycle()[1]["result"]["exit_code"] == 0);
}

TEST_CASE("log lines about a task carry its correlation id") {
    WorkerHouse house;
    house.set("LOG_FORMAT", "json");
    house.agent("cat > prompt; " + kSucceeds);
    house.give_raw(Json{{"request_id", "r-1"},
                        {"task_id", "t-1"},
                        {"project_id", "p-1"},
                        {"prompt", "write a greeter"},
                        {"correlation_id", "c-1"},
                        {"timestamp", "2026-01-10T12:00:00Z"}}
                       .dump());
    const Finished worker = house.run_to_end();
    REQUIRE(worker.end.exit_code == 0);
    std::size_t about_the_task = 0;
    std::istringstream lines(worker.error_output);
    for (std::string line; std::getline(lines, line);) {
        if (line.find("\"request_id\":\"r-1\"") == std::string::npos) continue;
        INFO(line);
        CHECK(line.find("\"correlation_id\":\"c-1\"") != std::string::npos);
        ++about_the_task;
    }
    CHECK(about_the_task >= 2);
}

TEST_CASE("what the verdict's data names becomes the output's own fields") {
    WorkerHouse house;
    house.agent(
        R"(echo 'text <result>{"status":"failure","summary":"no luck","data":)"
        R"({"commit_sha":"0123456789012345678901234567890123456789","files":3}}</result>')");
    house.give("r-1");
    CHECK(house.run_to_end().end.exit_code == 0);
    REQUIRE(house.outputs().size() == 1);
    const Json output = house.outputs()[0];
    CHECK(output["status"] == "failed");
    CHECK(output["error"] == "no luck");
    CHECK(output["commit_sha"] == "0123456789012345678901234567890123456789");
    CHECK(output["data"] == Json{{"files", 3}});
    CHECK(house.status("status") == "FAILED");
}

TEST_CASE("a push that the branch refuses is told of, and the commits are kept under another ref") {
    WorkerHouse house;
    house.set("TASK_BRANCH", "task/t-1");
    house.agent(
        "export GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@b GIT_COMMITTER_NAME=a "
        "GIT_COMMITTER_EMAIL=a@b; "
        "git init -q -b main . && git init -q --bare origin.git && git remote add origin "
        "\"$PWD/origin.git\" && echo 1 > a && git add a && git commit -q -m draft && "
        "git push -q origin HEAD:refs/heads/task/t-1 && git commit -q --amend -m finished && "
        "git rev-parse HEAD > head; " +
        kSucceeds);
    house.give("r-1");
    const Finished worker = house.run_to_end();
    CAPTURE(worker.error_output);
    const Json output = house.outputs().at(0);
    CAPTURE(output.dump());
    const std::string head = house.in_workspace("head").substr(0, 40);
    CHECK(output["status"] == "success");
    CHECK(output["commit_sha"] == head);
    CHECK(output["push_error"].get<std::string>().find("rejected") != std::string::npos);
    const std::string kept = output["kept_ref"];
    CHECK(kept == "refs/keep/w-1/" + head.substr(0, 12));
    CHECK(tests::run({.argv = {"git", "-c", "safe.directory=*", "-C",
                               house.workspace() + "/origin.git", "rev-parse", kept}})
              .output == head + "\n");
}

TEST_CASE("an agent that fails is an error with the end of what it said") {
    WorkerHouse house;
    house.agent("echo 'cannot find the moon' >&2; exit 3");
    house.give("r-1");
    CHECK(house.run_to_end().end.exit_code == 0);
    const Json output = house.outputs().at(0);
    CHECK(output["status"] == "error");
    CHECK(output["error"].get<std::string>().find("code 3: cannot find the moon") !=
          std::string::npos);
    CHECK(house.lifecycle().back()["exit_code"] == 3);
}

TEST_CASE("an agent without a result block is an error, for a developer") {
    WorkerHouse house;
    house.agent("echo 'all is well'");
    house.give("r-1");
    CHECK(house.run_to_end().end.exit_code == 0);
    const std::string error = house.outputs().at(0)["error"];
    CHECK(error.find("no result block") != std::string::npos);
    CHECK(error.find("all is well") != std::string::npos);
}

TEST_CASE("an agent that cannot be started is an error that names the program") {
    WorkerHouse house;
    house.agent(R"(["no-such-agent","--now"])");
    house.give("r-1");
    CHECK(house.run_to_end().end.exit_code == 0);
    const std::string error = house.outputs().at(0)["error"];
    CHECK(error.find("execute no-such-agent: No such file") != std::string::npos);
}

TEST_CASE("the exit code is the verdict where that is asked for") {
    for (const int code : {0, 2}) {
        WorkerHouse house;
        house.set("AGENT_VERDICT", "exit_code")
            .agent("echo '3 tests'; echo '1 broke' >&2; exit " + std::to_string(code));
        house.give("r-1");
        CHECK(house.run_to_end().end.exit_code == 0);
        const Json output = house.outputs().at(0);
        CHECK(output["status"] == (code == 0 ? "success" : "failed"));
        CHECK(output["data"]["exit_code"] == code);
        CHECK(output["data"]["output"] == "3 tests\n1 broke\n");
    }
}

TEST_CASE("a po worker answers one message after another in its agent's own words") {
    WorkerHouse house("po");
    house.agent("read line; echo \"You said $line\"");
    ChildProcess worker = house.start();
    for (const char* word : {"one", "two", "three"}) {
        const std::size_t before = house.outputs().size();
        house.give(std::string("r-") + word, std::string(word) + "\n");
        eventually("the answer", [&] { return house.outputs().size() == before + 1; });
        const Json output = house.outputs().back();
        CHECK(output["text"] == std::string("You said ") + word + "\n");
        CHECK(output["user_id"] == "u-1");
        CHECK(output["is_final"] == true);
        CHECK(output["status"] == "success");
    }
    CHECK(house.status("status") == "RUNNING");
    CHECK(house.status("request_id").empty());
    const std::int64_t ends_in =
        must(house.connect().command({"TTL", house.output_stream()})).view().integer();
    CHECK(ends_in > 29 * 24 * 3600);
    CHECK(ends_in <= 30 * 24 * 3600);
    CHECK(worker.stop().exit_code == 0);
    CHECK(house.lifecycle().back()["event"] == "stopped");
    CHECK(house.status("status") == "STOPPED");
}

TEST_CASE("what a po worker's agent says before its answer reaches its user, each once") {
    WorkerHouse house("po");
    std::filesystem::create_directory(house.directory() / "bin");
    std::filesystem::copy_file(program("orchestrator"), house.directory() / "bin/orchestrator");
    house.set("ORCHESTRATOR_BIN", house.directory() / "bin").set("ALLOWED_COMMANDS", "respond");
    house.agent(
        "orchestrator respond --message one --request-id k-1 >/dev/null && "
        "orchestrator respond --message one --request-id k-1 >/dev/null && "
        "orchestrator respond --message two >/dev/null && "
        "orchestrator respond --message '' >/dev/null; "
        "for i in $(seq 100); do orchestrator respond --message again >/dev/null; done; "
        "orchestrator project list | grep -o PermissionDenied");
    house.give("r-1");
    ChildProcess worker = house.start();
    eventually("the answer", [&] {
        const auto all = house.outputs();
        return !all.empty() && all.back()["is_final"] == true;
    });
    const auto all = house.outputs();
    REQUIRE(all.size() == 101);
    CHECK(all[0]["text"] == "one");
    CHECK(all[1]["text"] == "two");
    CHECK(all[2]["text"] == "again");
    for (std::size_t i = 0; i + 1 < all.size(); ++i) {
        CHECK(all[i]["is_final"] == false);
        CHECK(all[i]["request_id"] == "r-1");
        CHECK(all[i]["user_id"] == "u-1");
    }
    CHECK(all.back()["text"] == "PermissionDenied\n");
    worker.stop();
}

TEST_CASE("a message that an agent sends again is on its stream once, whatever it heard") {
    WorkerHouse house("developer");
    house.set("ALLOWED_COMMANDS", "engineering.start");
    // Three concurrent callers, then a later one, then a caller with another request.
    house.agent(R"sh(say() { for i in $(seq $2); do python3 -c '
import os, socket, sys
door = socket.socket(socket.AF_UNIX)
door.connect(os.environ["ORCHESTRATOR_SOCKET"])
door.sendall(b"""{"command": "engineering.start", "action": "publish", "stream": "engineering:queue", "message":
{"version": "1", "request_id": "%s", "task_id": "t-1", "project_id": "p-1", "user_id": "u-1"}}""".replace(b"\n", b"")
% sys.argv[1].encode() + b"\n")
print(door.makefile().readline().strip())' $1 & done; wait; }
(say same 3; say same 1; say other 1) | grep -c '"ok":true' > said; )sh" +
                kSucceeds);
    house.give("r-1");
    ChildProcess worker = house.start();
    eventually("the answer", [&] { return !house.outputs().empty(); });
    CHECK(house.in_workspace("said") == "5\n");
    std::vector<std::string> sent;
    for (const contracts::Json& message : house.read("engineering:queue"))
        sent.push_back(message["request_id"]);
    CHECK(sent == std::vector<std::string>{"same", "other"});
    worker.stop();
}

TEST_CASE("a developer's agent has no user to speak to") {
    WorkerHouse house;
    house.set("ALLOWED_COMMANDS", "respond");
    house.agent("PATH=" + program_directory() + ":$PATH orchestrator respond --message hello; " +
                kSucceeds);
    house.give("r-1");
    (void)house.run_to_end();
    CHECK(house.outputs().size() == 1);
    CHECK(house.read("worker:po:w-1:output").empty());
}

TEST_CASE("a po worker's user gets a plain sentence after a fault, and the cause beside it") {
    WorkerHouse house("po");
    house.agent("echo 'disk on fire' >&2; exit 1");
    house.give("r-1");
    ChildProcess worker = house.start();
    eventually("the answer", [&] { return house.outputs().size() == 1; });
    const Json output = house.outputs()[0];
    CHECK(output["status"] == "error");
    CHECK(output["text"] == "The agent could not answer: something went wrong while it worked.");
    CHECK(output["error"].get<std::string>().find("disk on fire") != std::string::npos);
}

TEST_CASE("a poison message goes to the dead letters, and the worker goes on waiting") {
    WorkerHouse house;
    house.agent(kSucceeds);
    house.give_raw("{\"request_id\":\"r-0\",\"task_id\":\"t-1\",\"prompt\":7}");
    house.give_raw("not JSON at all");
    ChildProcess worker = house.start();
    eventually("both refused",
               [&] { return house.read(house.input_stream() + ":dlq").size() == 2; });
    eventually("both acknowledged", [&] { return house.pending() == 0; });
    CHECK(worker.running());
    const std::vector<Json> letters = house.read(house.input_stream() + ":dlq");
    CHECK(letters[0]["original_message"]["prompt"] == 7);
    CHECK(letters[0]["error_context"]["error"].get<std::string>().find("project_id") !=
          std::string::npos);
    CHECK(letters[1]["original_message"] == "not JSON at all");
    house.give("r-1");
    CHECK(worker.must_end().exit_code == 0);
    CHECK(house.outputs().size() == 1);
}

TEST_CASE("a request that has its output is acknowledged and not run again") {
    WorkerHouse house("po");
    house.agent("echo x >> runs; echo hello");
    ChildProcess worker = house.start();
    house.give("r-1");
    house.give("r-1");
    house.give("r-2");
    eventually("both requests answered", [&] { return house.outputs().size() == 2; });
    eventually("all acknowledged", [&] { return house.pending() == 0; });
    CHECK(house.in_workspace("runs") == "x\nx\n");
}

TEST_CASE("two workers of one id give one output") {
    WorkerHouse house;
    house.agent("touch begun; sleep 0.3; " + kSucceeds);
    house.give("r-1");
    ChildProcess first = house.start();
    // The first reader gets the entry; the other, as the same consumer, finds it pending.
    eventually("the first has it",
               [&] { return std::ifstream(house.workspace() + "/begun").good(); });
    house.set("ORCHESTRATOR_SOCKET", house.directory() / "second.sock");
    house.set("STATE_DIR", house.directory() / "state2");
    house.set("AGENT_UID", std::to_string(house.uid() + 1));
    ChildProcess second = house.start();
    CHECK(first.must_end().exit_code == 0);
    eventually("the output", [&] { return house.outputs().size() == 1; });
    CHECK(house.pending() == 0);
    second.stop();
    CHECK(house.outputs().size() == 1);
}

TEST_CASE("every fault of the configuration is named at once") {
    WorkerHouse house;
    house.set("WORKER_ID", "").set("WORKER_TYPE", "boss").set("REDIS_URL", "ftp://x");
    house.set("LOG_LEVEL", "LOUD").set("SHUTDOWN_GRACE", "soon");
    const Finished worker = house.run_to_end();
    CHECK(worker.end.exit_code == 78);
    for (const char* name :
         {"WORKER_ID", "WORKER_TYPE", "REDIS_URL", "LOG_LEVEL", "SHUTDOWN_GRACE", "AGENT_COMMAND"})
        CHECK(worker.error_output.find(name) != std::string::npos);
}

TEST_CASE("names with the prefix of older images still work, and are told of") {
    WorkerHouse house;
    house.agent(kSucceeds);
    house.set("WORKER_WORKER_TYPE", "developer").set("WORKER_TYPE", "");
    house.give("r-1");
    const Finished worker = house.run_to_end();
    CHECK(worker.end.exit_code == 0);
    CHECK(worker.error_output.find("WORKER_WORKER_TYPE") != std::string::npos);
    CHECK(house.outputs().size() == 1);
}

TEST_CASE("the health check tells from the state file whether the worker turns") {
    WorkerHouse house("po");
    house.agent("echo hello");
    const auto check = [&] {
        return run(ChildOptions{.argv = {program("worker-wrapper"), "healthcheck"},
                                .environment = {{"STATE_DIR", house.directory() / "state"}},
                                .inherit_environment = false});
    };
    CHECK(check().end.exit_code == 1);
    {
        ChildProcess worker = house.start();
        eventually("waiting", [&] { return check().output == "waiting\n"; });
        CHECK(check().end.exit_code == 0);
        worker.stop();
    }
    CHECK(check().end.exit_code == 1);
}
