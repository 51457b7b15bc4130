// The removal of a project: its work ends first, then its deployment, then its secrets; the result
// names what remains.
#include "control/graphs/deploy/removal_calls.h"
#include "control/store/commands.h"
#include "control/store/project_secrets.h"
#include "control/store/project_work.h"
#include "control/store/projects.h"
#include "control/store/workers.h"
#include "tests/unit/control_graphs/deployment.h"

namespace {

using namespace deploying_tests;
using contracts::ProjectStatus;
using contracts::TaskStatus;
using contracts::TaskType;

std::vector<std::string> names_of(const Deployment& removal) {
    std::vector<std::string> names;
    for (const auto& [name, arguments] : removal.calls)
        names.push_back(name);
    return names;
}

// A project with one task in every state, besides the task that removes it.
struct Project {
    tests::SimulatedStore store;
    tests::StillClock clock;
    contracts::Task remover = made("remove", TaskStatus::running, "5");

    contracts::Task made(const std::string& spec, TaskStatus status, const std::string& id) {
        if (!control::projects::find(*store.db, "p"))
            in([&](control::Transaction& tx) {
                contracts::Project project;
                project.id = project.name = "p";
                return control::projects::insert(tx, project, clock.now());
            });
        contracts::Task task;
        task.id = id;
        task.project_id = "p";
        task.type = TaskType::deploy;
        task.spec = spec;
        task.status = status;
        task.created_at = clock.now();
        in([&](control::Transaction& tx) { return control::tasks::insert(tx, task); });
        return task;
    }
    void add_thread(const std::string& task, ThreadStatus status) {
        control::Thread thread;
        thread.id = "thread-" + task;
        thread.graph = "deploy";
        thread.subject = task;
        thread.node = "begin";
        thread.state = "{}";
        thread.status = status;
        thread.created_at = thread.updated_at = clock.now();
        in([&](control::Transaction& tx) -> control::Result<void> {
            const auto written = control::threads::insert(tx, thread);
            if (!written) return control::fail(written.error());
            return {};
        });
    }
    void in(const std::function<control::Result<void>(control::Transaction&)>& work) {
        const auto done = store.db->transaction(work);
        if (!done) FAIL(done.error().describe());
    }
    TaskStatus status(const std::string& id) {
        return control::tasks::find(*store.db, id)->entity.status;
    }
    control::project_work::OpenWork open() {
        return control::project_work::count(*store.db, "p", remover.id).value();
    }
    void cancel() {
        in([&](control::Transaction& tx) {
            return control::project_work::cancel(tx, "p", remover.id, clock.now());
        });
    }
    std::vector<std::string> commanded() {
        std::vector<std::string> targets;
        const auto page = control::commands::list(*store.db, {.limit = 100});
        for (const auto& row : page.value().items)
            targets.push_back(row.entity.target_id);
        std::ranges::sort(targets);
        return targets;
    }
};

}  // namespace

TEST_CASE("a removal waits for the end of the work, stops what is deployed and says what stays") {
    Deployment removal({}, "remove");
    int looks = 0;
    removal.answers["deploy.withdraw"] = [&](const Json&) {
        return Json{{"open", ++looks < 3 ? "1 task, 1 worker" : ""}};
    };
    removal.answers["deploy.stop"] = [](const Json&) {
        return Json{{"was_there", true}, {"left", {"the volume db"}}};
    };
    removal.answers["deploy.forget"] = [](const Json&) {
        return Json{{"secrets_erased", 2}, {"left", {"the repository shop"}}};
    };
    CHECK(removal.run(10min) == ThreadStatus::completed);
    CHECK(names_of(removal) == std::vector<std::string>{"deploy.withdraw", "deploy.withdraw",
                                                        "deploy.withdraw", "deploy.stop",
                                                        "deploy.forget"});
    CHECK(removal.task_now()["status"] == "completed");
    CHECK(removal.task_now()["result"] == Json{{"removed", true},
                                               {"stopped", true},
                                               {"secrets_erased", 2},
                                               {"repository_deleted", false},
                                               {"left", {"the volume db", "the repository shop"}}});
}

TEST_CASE("the repository goes with a removal that asks for it, and with no other") {
    for (const bool is_asked_for : {false, true}) {
        Deployment removal({}, is_asked_for ? "remove repository" : "remove");
        Json told;
        removal.answers["deploy.forget"] = [&](const Json& arguments) {
            told = arguments;
            return Json{{"repository_deleted", is_asked_for}};
        };
        CHECK(removal.run(10min) == ThreadStatus::completed);
        CHECK(told["with_repository"] == is_asked_for);
        CHECK(removal.task_now()["result"]["repository_deleted"] == is_asked_for);
    }
}

TEST_CASE("work that does not end is a person's, whose answer lets the removal look again") {
    Deployment removal({}, "remove");
    removal.answers["deploy.withdraw"] = [](const Json&) {
        return Json{{"open", "1 call"}};
    };
    CHECK(removal.run(2h) == ThreadStatus::blocked);
    REQUIRE(removal.notices("task_blocked").size() == 1);
    CHECK(has(removal.notices("task_blocked").front()["text"], "work on it does not end: 1 call"));
    CHECK(removal.count("deploy.stop") == 0);
    removal.answers.erase("deploy.withdraw");
    (void)removal.retry();
    CHECK(removal.run(1min) == ThreadStatus::completed);
}

TEST_CASE("a server that cannot be reached keeps the removal, and nothing is erased before") {
    Deployment removal({}, "remove");
    removal.answers["deploy.stop"] = [](const Json&) -> Answer {
        return contracts::fail(ErrorKind::transient, "no route to host");
    };
    CHECK(removal.run(3h) == ThreadStatus::blocked);
    CHECK(removal.count("deploy.forget") == 0);
    removal.answers.erase("deploy.stop");
    (void)removal.retry();
    CHECK(removal.run(1min) == ThreadStatus::completed);
    CHECK(removal.count("deploy.forget") == 1);
}

TEST_CASE("all work on a project is cancelled but the removal itself, and one asked for later") {
    Project project;
    (void)project.made("", TaskStatus::queued, "1");
    (void)project.made("", TaskStatus::running, "2");
    project.add_thread("2", ThreadStatus::waiting);
    (void)project.made("", TaskStatus::failed, "3");
    project.add_thread("3", ThreadStatus::blocked);
    (void)project.made("remove", TaskStatus::running, "4");
    project.add_thread("4", ThreadStatus::running);
    (void)project.made("remove repository", TaskStatus::running, "6");
    project.add_thread("6", ThreadStatus::running);
    project.add_thread(project.remover.id, ThreadStatus::running);
    (void)project.made("", TaskStatus::completed, "7");
    project.add_thread("7", ThreadStatus::completed);

    CHECK(project.open().in_words() == "3 tasks, 3 flows");
    project.cancel();
    project.cancel();
    CHECK(project.status("1") == TaskStatus::cancelled);
    CHECK(project.commanded() == std::vector<std::string>{"thread-2", "thread-3", "thread-4"});
    CHECK(project.status("6") == TaskStatus::running);
    CHECK(project.status("7") == TaskStatus::completed);
    CHECK(project.open().in_words() == "2 tasks, 3 flows");
}

TEST_CASE("a call that is on its way and a living worker are open work; others' are not") {
    Project project;
    (void)project.made("", TaskStatus::cancelled, "1");
    project.add_thread("1", ThreadStatus::cancelled);
    project.in([&](control::Transaction& tx) {
        return control::threads::add_effect(tx, {.key = "k",
                                                 .thread_id = "thread-1",
                                                 .kind = "call",
                                                 .target = "deploy.start",
                                                 .body = "{}",
                                                 .owner = "a"});
    });
    project.in([&](control::Transaction& tx) -> control::Result<void> {
        for (const auto& [id, task] : {std::pair{"w1", "1"}, std::pair{"w2", "elsewhere"}}) {
            control::WorkerRow worker;
            worker.id = worker.request_id = id;
            worker.phase = control::WorkerPhase::running;
            worker.context["task_id"] = task;
            worker.created_at = project.clock.now();
            if (const auto put = control::workers::insert(tx, worker); !put)
                return control::fail(put.error());
        }
        return {};
    });
    CHECK(project.open().in_words() == "1 call, 1 worker");
}
