#include "contracts/base/id.h"
#include "contracts/messages/developer.h"
#include "contracts/streams/names.h"
#include "tests/service/graphs/house.h"
#include "tests/service/test_store.h"
#include "tests/support/eventually.h"

#include <catch2/catch_test_macros.hpp>

#include <set>

namespace {

using contracts::TaskStatus;
using control::ThreadStatus;
using tests::House;
using tests::Json;
using namespace std::chrono_literals;
namespace names = contracts::names;

// Every worker that was created has been deleted, each once.
void check_workers_are_gone(House& house, std::multiset<std::string> workers) {
    std::multiset<std::string> deleted;
    for (const Json& command : house.all(names::kWorkerCommands))
        if (command["command"] == "delete") deleted.insert(command["worker_id"]);
    CHECK(deleted == workers);
}

void crash_until_blocked(House& house, const std::string& task) {
    house.queue_task(task);
    for (const std::string worker : {"w1", "w2", "w3"}) {
        house.answer_create(house.expect_create("developer"), worker);
        house.send_output(house.next(names::developer_input(worker)),
                          {{"status", "failed"}, {"error", "Worker crashed: killed (signal 9)"}});
        house.expect_delete(worker);
    }
    house.await_thread(task, ThreadStatus::blocked);
}

}  // namespace

TEST_CASE("a task goes from its message to a tested commit on the default branch") {
    House house;
    house.start();
    const std::string task = house.make_task();
    house.queue_task(task, "answers");

    const Json create = house.expect_create("developer");
    CHECK(create["config"]["agent_type"] == "claude");
    CHECK(create["config"]["auth_mode"] == "api_key");
    CHECK(create["context"]["task_id"] == task);
    CHECK(create["context"]["branch"] == "task/" + task);
    CHECK(create["context"]["repository"] == house.repository(task));
    CHECK(create["context"]["user_id"] == "7");
    CHECK_FALSE(create["config"]["allowed_commands"].empty());
    CHECK(house.task(task).status == TaskStatus::running);
    CHECK(house.project(task).status == contracts::ProjectStatus::developing);

    house.answer_create(create, "w1");
    const Json input = house.next(names::developer_input("w1"));
    CHECK(input["request_id"] == create["context"]["request_id"]);
    const std::string prompt = input["prompt"];
    CHECK(prompt.find("Task: Write a program that greets.") != prompt.npos);
    CHECK(prompt.find("Round: 1") != prompt.npos);
    const std::string commit = house.push(task, "greet.sh", "echo hello\n");
    house.send_output(input, {{"status", "success"},
                              {"summary", "it greets"},
                              {"usage", {{"input_tokens", 100}, {"cost_usd", 0.25}}}});
    house.expect_delete("w1");

    const Json test = house.run_tests("w2", 0, "ok");
    CHECK(test["config"]["agent_type"] == "custom");
    CHECK(test["config"]["env_vars"]["AGENT_COMMAND"] == "make test");
    CHECK(test["config"]["env_vars"]["AGENT_VERDICT"] == "exit_code");
    CHECK(test["context"]["workspace_commit"] == commit);

    house.await_task(task, TaskStatus::completed);
    const Json result = house.task(task).result.value();
    CHECK(result["commit_sha"] == commit);
    CHECK(result["branch"] == "task/" + task);
    CHECK(result["files_changed"] == Json{"greet.sh"});
    CHECK(result["rounds"] == 1);
    CHECK(result["merged"] == true);
    CHECK(result["cost_usd"] == 0.25);
    CHECK(result["summary"] == "it greets");
    CHECK(house.forge().head(house.repository(task), "main")->commit == commit);
    CHECK(house.project(task).repository_url == house.forge().location(house.repository(task)));

    const Json notice = house.next(std::string(names::kChatNotices));
    CHECK(notice["kind"] == "task_completed");
    CHECK(notice["user_id"] == "7");
    CHECK(notice["task_id"] == task);
    CHECK(notice["project_id"] == house.project(task).id);
    CHECK(notice["text"] ==
          "The work on your task is done and its tests passed: it greets. You can deploy the "
          "project now, or ask for changes.");
    CHECK(notice["data"]["commit_sha"] == commit);

    const Json answer = house.next("answers");
    CHECK(answer["status"] == "success");
    CHECK(answer["commit_sha"] == commit);
    check_workers_are_gone(house, {"w1", "w2"});
    const std::vector<Json> progress = house.all(names::task_progress(task));
    REQUIRE(progress.size() >= 5);
    CHECK(progress.front()["type"] == "started");
    CHECK(progress.back()["type"] == "completed");
    CHECK(progress.back()["progress_pct"] == 100);
}

TEST_CASE("what a task has sent carries the correlation and the trace of its message") {
    House house;
    house.start();
    const std::string task = house.make_task();
    house.queue_task(task, "answers");
    std::vector<Json> sent{house.expect_create("developer")};
    house.answer_create(sent[0], "w1");
    sent.push_back(house.next(names::developer_input("w1")));
    house.push(task, "greet.sh", "echo hello\n");
    house.send_output(sent[1], {{"status", "success"}, {"summary", "it greets"}});
    house.expect_delete("w1");
    sent.push_back(house.run_tests("w2", 0, "ok"));
    house.await_task(task, TaskStatus::completed);
    sent.push_back(house.next(std::string(names::kChatNotices)));
    sent.push_back(house.next("answers"));
    for (const Json& message : sent) {
        INFO(message.dump());
        CHECK(message.at("traceparent") == House::kTrace);
        CHECK(message.at("correlation_id") == sent[0].at("correlation_id"));
    }
}

TEST_CASE(
    "failed tests go back to the developer with their output, and the second round mends them") {
    House house;
    house.start();
    const std::string task = house.make_task();
    house.queue_task(task);
    house.develop(task, "w1", "one.txt");
    house.run_tests("w2", 2, "FAIL: greets in the wrong language");
    const Json input = house.develop(task, "w3", "two.txt");
    const std::string prompt = input["prompt"];
    CHECK(prompt.find("Round: 2") != prompt.npos);
    CHECK(prompt.find("The tests failed") != prompt.npos);
    CHECK(prompt.find("FAIL: greets in the wrong language") != prompt.npos);
    house.run_tests("w4", 0);
    house.await_task(task, TaskStatus::completed);
    const Json result = house.task(task).result.value();
    CHECK(result["rounds"] == 2);
    CHECK(result["cost_usd"] == 0.5);
    CHECK(result["usage"]["input_tokens"] == 200);
    CHECK(result["files_changed"] == Json{"one.txt", "two.txt"});
    check_workers_are_gone(house, {"w1", "w2", "w3", "w4"});
}

TEST_CASE("what is not mended in three rounds asks a person, whose retry goes on") {
    House house;
    house.start();
    const std::string task = house.make_task();
    house.queue_task(task, "answers");
    for (int round = 1; round <= 3; ++round) {
        const std::string number = std::to_string(round);
        house.develop(task, "d" + number, "file" + number);
        house.run_tests("t" + number, 1, "no");
    }
    house.await_thread(task, ThreadStatus::blocked);
    CHECK(house.task(task).status == TaskStatus::failed);
    CHECK(house.project(task).status == contracts::ProjectStatus::failed);
    CHECK(house.task(task).result.value()["reason"] == "blocked: tests failed after 3 rounds");
    const Json answer = house.next("answers");
    CHECK(answer["status"] == "failed");
    const Json last = house.all(names::task_progress(task)).back();
    CHECK(last["type"] == "failed");
    CHECK(last["error"] == "blocked: tests failed after 3 rounds");
    const Json notice = house.next(std::string(names::kChatNotices));
    CHECK(notice["kind"] == "task_blocked");
    CHECK(notice["text"] ==
          "The work on your task has stopped: tests failed after 3 rounds. Say what should be done "
          "differently, ask for another try, or cancel the task.");

    house.tell(task, "answer", {{"text", "Say it in French."}});
    const Json input = house.develop(task, "d4", "file4");
    CHECK(input["prompt"].get<std::string>().find("Say it in French.") != std::string::npos);
    CHECK(house.task(task).status == TaskStatus::running);
    CHECK(house.project(task).status != contracts::ProjectStatus::failed);
    house.run_tests("t4", 0);
    house.await_task(task, TaskStatus::completed);
    CHECK(house.task(task).result.value()["rounds"] == 4);
    CHECK(house.project(task).status == contracts::ProjectStatus::active);
    check_workers_are_gone(house, {"d1", "t1", "d2", "t2", "d3", "t3", "d4", "t4"});
}

TEST_CASE("a turn without a commit is a failed round, whatever the agent says of it") {
    House house;
    house.start();
    const std::string task = house.make_task();
    house.queue_task(task);
    house.answer_create(house.expect_create("developer"), "w1");
    house.send_output(house.next(names::developer_input("w1")),
                      {{"status", "success"},
                       {"summary", "all done"},
                       {"commit_sha", "0123456789012345678901234567890123456789"}});
    house.expect_delete("w1");
    const Json input = house.develop(task, "w2", "real.txt");
    CHECK(input["prompt"].get<std::string>().find("no new commit") != std::string::npos);
    house.run_tests("w3", 0);
    house.await_task(task, TaskStatus::completed);
}

TEST_CASE("a crashed worker's round is tried again, and a third crash asks a person") {
    House house;
    house.start();
    const std::string task = house.make_task();
    crash_until_blocked(house, task);
    const std::string reason = house.task(task).result.value()["reason"];
    CHECK(reason.find("Worker crashed: killed") != reason.npos);
    CHECK(reason.find("3 tries") != reason.npos);
}

TEST_CASE("a worker that ran out of memory is made again with twice as much, once") {
    auto settings = House::quick();
    settings.memory_mb = 1500;
    House house(settings);
    house.start();
    const std::string task = house.make_task();
    house.queue_task(task);
    house.answer_create(house.expect_create("developer"), "w1");
    house.send_output(house.next(names::developer_input("w1")),
                      {{"status", "failed"},
                       {"error", "Worker crashed: killed"},
                       {"data", {{contracts::kCauseOfDeath, contracts::kOutOfMemory}}}});
    house.expect_delete("w1");
    const Json create = house.expect_create("developer");
    CHECK(create["context"]["memory_mb"] == "3000");
}

TEST_CASE("a turn that timed out gets twice the time, once") {
    House house;
    house.start();
    const std::string task = house.make_task();
    house.queue_task(task);
    house.answer_create(house.expect_create("developer"), "w1");
    const Json first = house.next(names::developer_input("w1"));
    house.send_output(first, {{"status", "timeout"}, {"error", "did not finish in 30 minutes"}});
    house.expect_delete("w1");
    house.answer_create(house.expect_create("developer"), "w2");
    const Json second = house.next(names::developer_input("w2"));
    CHECK(second["timeout"] == 2 * first["timeout"].get<int>());
}

TEST_CASE("a refused worker is asked for again, bounded, and does not fail the task at once") {
    House house;
    house.start();
    const std::string task = house.make_task();
    house.queue_task(task);
    house.refuse_create(house.expect_create("developer"), "ResourceExhausted: no slot");
    house.refuse_create(house.expect_create("developer"), "ResourceExhausted: no slot");
    CHECK(house.task(task).status == TaskStatus::running);
    const Json third = house.expect_create("developer");

    SECTION("and comes with the third request") {
        house.answer_create(third, "w1");
        CHECK(house.next(names::developer_input("w1"))["task_id"] == task);
    }
    SECTION("and a person is asked when it never comes") {
        house.refuse_create(third, "ResourceExhausted: no slot");
        house.await_thread(task, ThreadStatus::blocked);
        const std::string reason = house.task(task).result.value()["reason"];
        CHECK(reason.find("ResourceExhausted: no slot") != reason.npos);
    }
}

TEST_CASE("a cancelled task gives its worker back, and one that comes later too") {
    House house;
    house.start();
    const std::string task = house.make_task();
    house.queue_task(task);
    const Json create = house.expect_create("developer");

    SECTION("while the worker is at work") {
        house.answer_create(create, "w1");
        (void)house.next(names::developer_input("w1"));
        house.tell(task, "cancel");
        house.expect_delete("w1");
    }
    SECTION("while the worker is being made") {
        house.tell(task, "cancel");
        house.await_thread(task, ThreadStatus::cancelled);
        house.answer_create(create, "w1");
        house.expect_delete("w1");
    }
    SECTION("through the row alone") {
        house.answer_create(create, "w1");
        (void)house.next(names::developer_input("w1"));
        (void)house.database().transaction([&](control::Transaction& tx) {
            auto rows = tx.query("UPDATE tasks SET status = 'cancelled' WHERE id = $1", {task});
            return rows ? control::Result<void>() : control::fail(rows.error());
        });
        house.expect_delete("w1");
    }
    house.await_thread(task, ThreadStatus::cancelled);
    CHECK(house.task(task).status == TaskStatus::cancelled);
    CHECK(house.project(task).status == contracts::ProjectStatus::draft);
    check_workers_are_gone(house, {"w1"});
    CHECK(house.all(names::task_progress(task)).back()["type"] == "failed");
    const Json notice = house.next(std::string(names::kChatNotices));
    CHECK(notice["kind"] == "task_failed");
    CHECK(notice["text"].get<std::string>().find("task/" + task) != std::string::npos);
}

TEST_CASE("a paused thread keeps what happens for later") {
    House house;
    house.start();
    const std::string task = house.make_task();
    house.queue_task(task);
    house.answer_create(house.expect_create("developer"), "w1");
    const Json input = house.next(names::developer_input("w1"));
    house.tell(task, "pause");
    house.await_thread(task, ThreadStatus::paused);
    house.push(task, "a.txt", "a\n");
    house.send_output(input, {{"status", "success"}, {"summary", "done"}});
    tests::eventually("the output is taken in", [&] {
        const auto rows =
            house.database().query("SELECT count(*) FROM thread_inbox WHERE body IS NOT NULL");
        return rows && rows->rows[0].integer(0) == 1;
    });
    CHECK(house.thread(task).status == ThreadStatus::paused);
    house.tell(task, "resume");
    house.expect_delete("w1");
    house.run_tests("w2", 0);
    house.await_task(task, TaskStatus::completed);
}

TEST_CASE("a message that is delivered twice starts one thread") {
    House house;
    house.start();
    const std::string task = house.make_task();
    house.queue_task(task);
    house.queue_task(task);
    house.develop(task, "w1", "a.txt");
    house.queue_task(task);
    house.run_tests("w2", 0);
    house.await_task(task, TaskStatus::completed);
    house.queue_task(task);
    house.stop();
    CHECK(house.all(names::kWorkerCommands).size() == 4);
    CHECK(house.all(names::dead_letters(names::kEngineeringQueue)).empty());
}

TEST_CASE("an output that is delivered twice moves the thread once") {
    House house;
    house.start();
    const std::string task = house.make_task();
    house.queue_task(task);
    house.answer_create(house.expect_create("developer"), "w1");
    const Json input = house.next(names::developer_input("w1"));
    const Json output{{"status", "error"}, {"error", "no result block"}};
    house.send_output(input, output);
    house.send_output(input, output);
    house.expect_delete("w1");
    house.develop(task, "w2", "a.txt");
    house.run_tests("w3", 0);
    house.await_task(task, TaskStatus::completed);
    check_workers_are_gone(house, {"w1", "w2", "w3"});
}

TEST_CASE(
    "what cannot be understood goes to the dead letters with the reason, and the rest goes on") {
    House house;
    house.start();
    const std::string task = house.make_task();
    const std::string queue(names::kEngineeringQueue);
    house.send(queue, Json{{"request_id", "r"}, {"task_id", task}});
    house.send(
        queue,
        Json{{"request_id", "r"}, {"task_id", "nowhere"}, {"project_id", "p"}, {"user_id", "u"}});
    house.send(
        queue,
        Json{{"request_id", "r"}, {"task_id", task}, {"project_id", "another"}, {"user_id", "u"}});
    house.queue_task(task, "worker:commands");
    house.send(names::kGraphCommands,
               Json{{"request_id", "r"}, {"command", "resume"}, {"task_id", task}});
    const std::string dead(names::dead_letters(queue));
    const auto error = [&](const Json& letter) {
        return letter["error_context"]["error"].get<std::string>();
    };
    CHECK(error(house.next(dead)).find("project_id") != std::string::npos);
    CHECK(error(house.next(dead)).find("there is no task nowhere") != std::string::npos);
    CHECK(error(house.next(dead)).find("is not the project") != std::string::npos);
    CHECK(error(house.next(dead)).find("callback_stream") != std::string::npos);
    CHECK(error(house.next(names::dead_letters(names::kGraphCommands))).find("not been started") !=
          std::string::npos);
    house.queue_task(task);
    (void)house.expect_create("developer");
}

TEST_CASE("a queued task whose message was never sent has it sent, once, and starts") {
    House house;
    const std::string task = house.make_task();
    house.change_task(task, [](auto& row) { row.request_id = "r-1"; });
    const std::string deploy = house.make_task();
    house.change_task(deploy, [](auto& row) {
        row.type = contracts::TaskType::deploy;
        row.request_id = "r-2";
    });
    // The sweep leaves a deploy task without a request id to its creator.
    const std::string makers = house.make_task();
    house.change_task(makers, [](auto& row) { row.type = contracts::TaskType::deploy; });
    house.start();
    CHECK(house.expect_create("developer")["context"]["task_id"] == task);
    CHECK(house.next(std::string(names::kEngineeringQueue))["request_id"] == "r-1");
    const Json message = house.next(std::string(names::kDeployQueue));
    CHECK(message["task_id"] == deploy);
    CHECK(message["project_id"] == house.project(deploy).id);

    SECTION("though it is swept again") {
        house.stop();
        house.start();
    }
    SECTION("though its sender comes back") {
        house.send_once(names::kEngineeringQueue, task, "r-1");
    }
    // Once a later task has been swept, at least one whole pass has been made.
    const std::string last = house.make_task();
    CHECK(house.next(std::string(names::kEngineeringQueue))["task_id"] == last);
    CHECK(house.all(names::kEngineeringQueue).size() == 2);
    CHECK(house.all(names::kDeployQueue).size() == 1);
}

TEST_CASE("a task whose message was sent and was lost starts all the same") {
    House house;
    const std::string task = house.make_task();
    house.change_task(task, [](auto& row) { row.request_id = "r-1"; });
    house.send_once(names::kEngineeringQueue, task, "r-1");
    house.trim(names::kEngineeringQueue);
    // A forged message, as another project that knows the request could send it.
    const std::string other = house.make_task();
    house.change_task(other, [](auto& row) { row.request_id = "r-2"; });
    house.send_once(names::kEngineeringQueue, other, "r-2", "another-project");
    house.start();
    std::set<std::string> started;
    for (int i = 0; i < 2; ++i)
        started.insert(house.expect_create("developer")["context"]["task_id"].get<std::string>());
    CHECK(started == std::set{task, other});
}

TEST_CASE("a task that cannot be swept holds up no other") {
    House house;
    const std::string first = house.make_task();
    house.change_task(first, [](auto& row) {
        row.request_id = "r-1";
        row.created_at -= std::chrono::seconds(1);
    });
    house.send_once(names::kEngineeringQueue, first, "r-1");
    house.trim(names::kEngineeringQueue);
    // A message without a user cannot be processed.
    house.change_project(first, [](auto& row) { row.owner_id = ""; });
    const std::string task = house.make_task();
    house.start();
    CHECK(house.expect_create("developer")["context"]["task_id"] == task);
}

TEST_CASE("a blocked task that is put back into the queue goes on") {
    House house;
    house.start();
    const std::string task = house.make_task();
    crash_until_blocked(house, task);
    house.change_task(task, [](auto& row) { row.status = TaskStatus::queued; });
    CHECK(house.expect_create("developer")["context"]["task_id"] == task);
    house.await_task(task, TaskStatus::running);
}

namespace {

// A successful turn of a developer, after `script` has made and pushed its commits. Returns the
// branch's head.
std::string develop_with(House& house, const std::string& task, const std::string& worker,
                         const std::string& script, Json output = Json::object()) {
    house.answer_create(house.expect_create("developer"), worker);
    const Json input = house.next(names::developer_input(worker));
    std::string head = house.push_with(task, script);
    output.update({{"status", "success"}, {"summary", "done"}});
    house.send_output(input, output);
    house.expect_delete(worker);
    return head;
}

// The prompt of the next developer.
std::string next_prompt(House& house, const std::string& worker) {
    house.answer_create(house.expect_create("developer"), worker);
    return house.next(names::developer_input(worker))["prompt"];
}

std::string commits(const std::string& file, const std::string& text) {
    return "printf '%s' '" + text + "' > " + file + "\ngit add -A\ngit commit -q -m x";
}

bool has(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("the project's own test command is used, as YAML says it") {
    for (const auto& [text, command] : std::initializer_list<std::pair<std::string, std::string>>{
             {"name: x\ntest: \"./check --all\"  # quick\n", "./check --all"},
             {"test: >-\n  ./check\n  --all\n", "./check --all"},
             {"test: # with a comment\n  ./check\n", "./check"},
             {"test: ./check\n  --all\n", "./check --all"},
             {"name: x\n", "make test"}}) {
        CAPTURE(text);
        House house;
        house.start();
        const std::string task = house.make_task();
        house.queue_task(task);
        develop_with(house, task, "w1", commits(".project.yml", text));
        CHECK(house.expect_create("tester")["config"]["env_vars"]["AGENT_COMMAND"] == command);
    }
}

TEST_CASE("a project file that is wrong goes back to the developer at once, with its place") {
    for (const auto& [script, told] : std::initializer_list<std::pair<std::string, std::string>>{
             {commits(".project.yml", "a: b\ntest: [make]\n"), "line 2, column 7"},
             {commits(".project.yml", "test: \"make\n"), "line 2, column 1"},
             {"printf 'test: make\\000\\n' > .project.yml\ngit add -A\ngit commit -q -m x",
              "line 1, column 11"},
             {"printf 'test: caf\\351\\n' > .project.yml\ngit add -A\ngit commit -q -m x",
              "line 1, column 10"},
             {"head -c 70000 /dev/zero | tr '\\0' '#' > .project.yml\ngit add -A\ngit commit -q -m "
              "x",
              "65536 bytes"},
             {"ln -s README.md .project.yml\ngit add -A\ngit commit -q -m x", "regular file"},
             {"mkdir .project.yml; echo > .project.yml/a\ngit add -A\ngit commit -q -m x",
              "regular file"}}) {
        CAPTURE(script);
        House house;
        house.start();
        const std::string task = house.make_task();
        house.queue_task(task);
        develop_with(house, task, "w1", script);
        const std::string prompt = next_prompt(house, "w2");
        CAPTURE(prompt);
        CHECK(has(prompt, "Round: 2"));
        CHECK(has(prompt, ".project.yml"));
        CHECK(has(prompt, told));
    }
}

TEST_CASE("a folder that was committed as a link goes back to the developer") {
    House house;
    house.start();
    const std::string task = house.make_task();
    house.queue_task(task);
    develop_with(house, task, "w1",
                 "git init -q app\ncd app\necho x > y\ngit add y\n"
                 "git -c user.name=a -c user.email=a@b commit -q -m x\ncd ..\n"
                 "git add -A 2>/dev/null\ngit commit -q -m app");
    const std::string prompt = next_prompt(house, "w2");
    CAPTURE(prompt);
    CHECK(has(prompt, "160000"));
    CHECK(has(prompt, "app"));
}

TEST_CASE("a commit that nobody can unpack is set aside, and the developer is told") {
    House house;
    house.start();
    const std::string task = house.make_task();
    house.queue_task(task);
    // Six levels: ten files, then folders with ten copies of the level below.
    const std::string bomb = develop_with(house, task, "w1", R"(
blob=$(echo x | git hash-object -w --stdin)
line="100644 blob $blob"
for level in 1 2 3 4 5 6; do
    tree=$(for i in 0 1 2 3 4 5 6 7 8 9; do printf '%s\t%s\n' "$line" $i; done | git mktree)
    line="040000 tree $tree"
done
git update-ref HEAD $(git commit-tree -p HEAD -m bomb $tree))");
    const std::string prompt = next_prompt(house, "w2");
    CAPTURE(prompt);
    CHECK(has(prompt, "unpacks to more than"));
    CHECK(has(prompt, "refs/keep/task/" + task + "/" + bomb.substr(0, 12)));
    const auto head = house.forge().head(house.repository(task), "task/" + task);
    REQUIRE(head);
    CHECK(head->commits == 0);
}

TEST_CASE("an earlier draft on the branch does not pass for a commit whose push was refused") {
    House house;
    house.start();
    const std::string task = house.make_task();
    house.queue_task(task);
    develop_with(house, task, "w1", commits("a", "draft"),
                 {{"commit_sha", "0123456789012345678901234567890123456789"},
                  {"push_error", "! [rejected] (non-fast-forward)"},
                  {"kept_ref", "refs/keep/w1/0123"}});
    const std::string prompt = next_prompt(house, "w2");
    CAPTURE(prompt);
    CHECK(has(prompt, "non-fast-forward"));
    CHECK(has(prompt, "git fetch origin refs/keep/w1/0123"));
}

TEST_CASE("a developer whose commits are lost is told so") {
    House house;
    house.start();
    const std::string task = house.make_task();
    house.queue_task(task);
    develop_with(house, task, "w1", commits("a", "draft"),
                 {{"commit_sha", "0123456789012345678901234567890123456789"},
                  {"push_error", "error: RPC failed; HTTP 413"}});
    const std::string prompt = next_prompt(house, "w2");
    CAPTURE(prompt);
    CHECK(has(prompt, "HTTP 413"));
    CHECK(has(prompt, "its changes have to be made again"));
    CHECK_FALSE(has(prompt, "git fetch origin refs/keep"));
}

TEST_CASE("a worker may shorten the id of its commit, and words that are none are not believed") {
    for (const bool shortened : {true, false}) {
        House house;
        house.start();
        const std::string task = house.make_task();
        house.queue_task(task);
        house.answer_create(house.expect_create("developer"), "w1");
        const Json input = house.next(names::developer_input("w1"));
        const std::string commit = house.push(task, "a", "text\n");
        house.send_output(input, {{"status", "success"},
                                  {"summary", "done"},
                                  {"commit_sha", shortened ? commit.substr(0, 7) : "HEAD"}});
        house.expect_delete("w1");
        house.answer_create(house.expect_create("tester"), "w2");
        house.send_output(house.next(names::developer_input("w2")),
                          {{"status", "success"},
                           {"commit_sha", commit.substr(0, 7)},
                           {"data", {{"exit_code", 0}}}});
        house.await_task(task, TaskStatus::completed);
    }
}

TEST_CASE("a refused push of what is on the branch anyway loses nothing") {
    House house;
    house.start();
    const std::string task = house.make_task();
    house.queue_task(task);
    house.answer_create(house.expect_create("developer"), "w1");
    const Json input = house.next(names::developer_input("w1"));
    const std::string first = house.push(task, "a", "1\n");
    (void)house.push(task, "b", "2\n");
    house.send_output(input, {{"status", "success"},
                              {"summary", "done"},
                              {"commit_sha", first},
                              {"push_error", "! [rejected] (non-fast-forward)"}});
    house.expect_delete("w1");
    house.run_tests("w2", 0);
    house.await_task(task, TaskStatus::completed);
}

TEST_CASE("a project with a repository of its own is refused at once, with a reason") {
    for (const std::string url :
         {"https://github.com/a/b", "git@github.com:a/b.git", "/srv/b.git"}) {
        CAPTURE(url);
        House house;
        house.start();
        const std::string task = house.make_task();
        house.change_project(task, [&](auto& row) { row.repository_url = url; });
        house.queue_task(task);
        house.await_task(task, TaskStatus::failed);
        const std::string reason = house.task(task).result.value()["reason"];
        CHECK(has(reason, url));
        CHECK(has(reason, "on this machine only"));
        CHECK(house.all(names::kWorkerCommands).empty());
    }
}

TEST_CASE("a task whose thread the engine has blocked does not run on, and can be tried again") {
    House house;
    house.start();
    const std::string task = house.make_task();
    house.queue_task(task);
    const Json create = house.expect_create("developer");
    const std::string whole = house.thread(task).state;
    const auto set_state = [&](const std::string& state) {
        REQUIRE(house.database()
                    .transaction([&](control::Transaction& tx) -> control::Result<void> {
                        auto set = tx.query("UPDATE threads SET state = $1 WHERE subject = $2",
                                            {state, task});
                        if (!set) return contracts::fail(std::move(set.error()));
                        return {};
                    })
                    .has_value());
    };
    set_state("{ not a checkpoint");
    house.answer_create(create, "w1");
    house.await_thread(task, ThreadStatus::blocked);
    house.await_task(task, TaskStatus::failed);
    CHECK(has(house.task(task).result.value()["reason"], "the checkpoint cannot be read"));
    CHECK(house.project(task).status == contracts::ProjectStatus::failed);
    set_state(whole);
    house.tell(task, "retry");
    house.await_task(task, TaskStatus::running);
}

TEST_CASE("a repository of ours is known though the data directory has moved") {
    House house;
    house.start();
    const std::string task = house.make_task();
    house.change_project(task, [&](auto& row) {
        row.repository_url = "/elsewhere/repositories/" + house.repository(task) + ".git";
    });
    house.queue_task(task);
    CHECK(house.expect_create("developer")["context"]["task_id"] == task);
}

TEST_CASE("an older store that is restored goes on at once, and merged work is not done again") {
    if (tests::on_postgres()) SKIP("a backup is a file of SQLite's");
    // How far the task was when the store was copied; everything else went on to its end.
    for (const std::string moment : {"queued", "asked", "told", "tested"}) {
        CAPTURE(moment);
        House house;
        const std::string task = house.make_task();
        const auto at = [&](std::string_view now) {
            if (moment == now) house.back_up();
        };
        at("queued");
        house.start();
        house.queue_task(task);
        const Json create = house.expect_create("developer");
        at("asked");
        house.answer_create(create, "w1");
        const Json input = house.next(names::developer_input("w1"));
        at("told");
        house.push(task, "a.txt", "a\n");
        house.send_output(input, {{"status", "success"}, {"summary", "done"}});
        // Records the answer, as the worker does in the same transaction.
        house.note_answered(input["request_id"]);
        house.expect_delete("w1");
        const Json test = house.expect_create("tester");
        house.answer_create(test, "w2");
        const Json told = house.next(names::developer_input("w2"));
        at("tested");
        house.send_output(told, {{"status", "success"}, {"data", {{"exit_code", 0}}}});
        house.note_answered(told["request_id"]);
        house.await_task(task, TaskStatus::completed);
        house.stop();

        house.restore();
        CHECK(house.task(task).status != TaskStatus::completed);
        house.start();
        if (moment == "queued") house.queue_task(task);
        house.await_task(task, TaskStatus::completed);
        CHECK(house.task(task).result.value()["merged"] == true);
    }
}

TEST_CASE("a daemon that ends at any point of the road goes on where it stood") {
    House house;
    const std::string task = house.make_task();
    house.queue_task(task);
    const auto restart = [&] {
        house.stop();
        house.start();
    };
    house.start();
    const Json create = house.expect_create("developer");
    house.stop();
    house.answer_create(create, "w1");
    house.start();
    const Json input = house.next(names::developer_input("w1"));
    restart();
    house.push(task, "a.txt", "a\n");
    house.stop();
    house.send_output(input, {{"status", "success"}, {"summary", "done"}});
    house.start();
    house.expect_delete("w1");
    restart();
    house.run_tests("w2", 0);
    restart();
    house.await_task(task, TaskStatus::completed);
    check_workers_are_gone(house, {"w1", "w2"});
    CHECK(house.all(names::kWorkerCommands).size() == 4);
}

TEST_CASE("a bus that goes away and comes back loses nothing") {
    House house;
    house.start();
    const std::string task = house.make_task();
    house.queue_task(task);
    house.develop(task, "w1", "a.txt");
    house.restart_redis();
    house.run_tests("w2", 0);
    house.await_task(task, TaskStatus::completed);
    check_workers_are_gone(house, {"w1", "w2"});
}

TEST_CASE(
    "a default branch that has moved on goes to the developer, and at last stays for a person") {
    House house;
    house.start();
    const std::string task = house.make_task();
    house.queue_task(task);
    house.develop(task, "w1", "a.txt");
    house.push_main(task, "elsewhere.txt");
    house.run_tests("w2", 0);
    const Json input = house.develop(task, "w3", "b.txt");
    CHECK(input["prompt"].get<std::string>().find("merge origin/main") != std::string::npos);
    house.run_tests("w4", 0);
    house.develop(task, "w5", "c.txt");
    house.run_tests("w6", 0);
    house.await_task(task, TaskStatus::completed);
    const Json result = house.task(task).result.value();
    CHECK(result["merged"] == false);
    CHECK(result["note"].get<std::string>().find("by hand") != std::string::npos);
    CHECK(house.forge().head(house.repository(task), "main")->commit !=
          result["commit_sha"].get<std::string>());
}

TEST_CASE("a living worker is waited for however the wall clock steps, also while nobody looks") {
    House house;
    house.start();
    const std::string task = house.make_task();
    house.queue_task(task);
    house.answer_create(house.expect_create("developer"), "w1");
    const Json input = house.next(names::developer_input("w1"));
    const auto deadline = [&] {
        const std::optional<contracts::Timestamp> at = house.thread(task).deadline;
        return at.value_or(contracts::Timestamp());
    };
    contracts::Timestamp expected = deadline();
    for (const auto step : {36min, 36min, -36min, -72min}) {
        house.step_clock(step);
        expected += step;
        tests::eventually("the deadline goes with the clock",
                          [&] { return std::chrono::abs(deadline() - expected) < 2s; });
    }
    house.stop();
    house.step_clock(36min);
    expected += 36min;
    house.start();
    CHECK(std::chrono::abs(deadline() - expected) < 2s);

    CHECK(house.all(names::kWorkerCommands).size() == 1);
    CHECK(house.thread(task).status == ThreadStatus::waiting);
    const std::string commit = house.push(task, "greeter.py", "print('hello')\n");
    house.send_output(input, {{"status", "success"}, {"commit_sha", commit}});
    house.expect_delete("w1");
    (void)house.expect_create("tester");
}
