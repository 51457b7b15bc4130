// Entities over every driver: rows, pages, owners, state machines.
#include "control/store/projects.h"
#include "control/store/servers.h"
#include "control/store/task_executions.h"
#include "control/store/tasks.h"
#include "control/store/threads.h"
#include "control/store/users.h"
#include "drivers.h"

#include "contracts/fields/write.h"

#include <algorithm>
#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>
#include <set>

namespace control {

namespace {

using contracts::Project;
using contracts::ProjectStatus;
using contracts::Task;
using contracts::TaskExecution;
using contracts::TaskStatus;
using contracts::Timestamp;
using contracts::User;

constexpr Timestamp kMadeAt{std::chrono::milliseconds(1'768'046'400'123)};

Project project_of(std::string id, std::optional<std::string> owner = {}) {
    Project project;
    project.id = std::move(id);
    project.name = "shop";
    project.owner_id = std::move(owner);
    return project;
}

Task task_of(std::string id, std::string project, Timestamp created = kMadeAt) {
    Task task;
    task.id = std::move(id);
    task.project_id = std::move(project);
    task.created_at = created;
    return task;
}

template <class Driver>
struct Store {
    Driver driver;
    std::unique_ptr<Database> db = driver.open();

    Result<void> write(const std::function<Result<void>(Transaction&)>& work) {
        return db->transaction(work);
    }
    void must(const std::function<Result<void>(Transaction&)>& work) {
        const Result<void> done = write(work);
        INFO((done ? std::string() : done.error().describe()));
        REQUIRE(done);
    }
    Result<void> put(const Project& project, Timestamp at = kMadeAt) {
        return write([&](Transaction& tx) { return projects::insert(tx, project, at); });
    }
    Result<void> put(const Task& task) {
        return write([&](Transaction& tx) { return tasks::insert(tx, task); });
    }
};

}  // namespace

TEMPLATE_TEST_CASE("every field of an entity comes back", "", STORE_DRIVERS) {
    Store<TestType> store;
    Project project = project_of("p1", "u1");
    project.description = "a \"shop\" Ω";
    project.status = ProjectStatus::developing;
    project.modules = {contracts::Module::backend, contracts::Module::telegram};
    project.repository_url = "https://forge/shop";
    project.github_repo_id = "17";
    project.project_spec = contracts::Json{{"ports", {1, 2}}, {"deep", {{"a", nullptr}}}};
    REQUIRE(store.put(project));
    const auto found = projects::find(*store.db, "p1");
    REQUIRE(found);
    CHECK(found->version == 1);
    CHECK(contracts::write_message(found->entity) == contracts::write_message(project));

    REQUIRE(store.put(project_of("p2")));
    const auto bare = projects::find(*store.db, "p2");
    REQUIRE(bare);
    CHECK(contracts::write_message(bare->entity) == contracts::write_message(project_of("p2")));

    TaskExecution execution;
    execution.id = "r1";
    execution.task_id = "t1";
    execution.worker_id = "w1";
    execution.started_at = kMadeAt;
    execution.finished_at = kMadeAt + std::chrono::seconds(5);
    execution.duration_ms = 5'000;
    execution.exit_code = -1;
    execution.status = contracts::ExecutionStatus::error;
    execution.result_data = "plain text";
    execution.created_at = kMadeAt;
    store.must([&](Transaction& tx) { return task_executions::insert(tx, execution); });
    const auto ran = task_executions::find(*store.db, "r1");
    REQUIRE(ran);
    CHECK(contracts::write_message(ran->entity) == contracts::write_message(execution));
}

TEMPLATE_TEST_CASE("an id that is taken and a project that is not there are conflicts", "",
                   STORE_DRIVERS) {
    Store<TestType> store;
    REQUIRE(store.put(project_of("p1")));
    CHECK(store.put(project_of("p1")).error().field == "projects.id");
    CHECK(store.put(task_of("t1", "nowhere")).error().kind == ErrorKind::conflict);
    CHECK(tasks::find(*store.db, "t1").error().kind == ErrorKind::not_found);
}

TEMPLATE_TEST_CASE("a value in a row that no field can have is told, not guessed", "",
                   STORE_DRIVERS) {
    Store<TestType> store;
    REQUIRE(store.put(project_of("p1")));
    store.must([](Transaction& tx) -> Result<void> {
        Result<Rows> rows = tx.query("UPDATE projects SET status = 'dreaming'");
        if (!rows) return fail(std::move(rows.error()));
        return {};
    });
    const auto found = projects::find(*store.db, "p1");
    REQUIRE_FALSE(found);
    CHECK(found.error().kind == ErrorKind::fatal);
    CHECK(found.error().field == "status");
}

TEMPLATE_TEST_CASE("pages show every row once, the newest first, whatever is added meanwhile", "",
                   STORE_DRIVERS) {
    Store<TestType> store;
    REQUIRE(store.put(project_of("p1")));
    // Several with the same millisecond: the id decides their order.
    for (int i = 0; i < 23; ++i)
        REQUIRE(store.put(task_of("t" + std::to_string(100 + i), "p1",
                                  kMadeAt + std::chrono::milliseconds(i / 4))));
    PageRequest request{5};
    std::vector<std::string> seen;
    int late = 0;
    while (true) {
        const auto page = tasks::list(*store.db, request);
        REQUIRE(page);
        CHECK(page->items.size() <= 5);
        for (const auto& item : page->items)
            seen.push_back(item.entity.id);
        if (page->next.empty()) break;
        request.cursor = page->next;
        ++late;
        REQUIRE(store.put(
            task_of("late" + std::to_string(late), "p1", kMadeAt + std::chrono::seconds(late))));
    }
    CAPTURE(seen);
    CHECK(seen.size() == 23);
    CHECK(std::ranges::is_sorted(seen, std::greater<>()));
    CHECK(std::set<std::string>(seen.begin(), seen.end()).size() == 23);
}

TEMPLATE_TEST_CASE("a page ends with the row that makes it large, and nothing is left out", "",
                   STORE_DRIVERS) {
    Store<TestType> store;
    REQUIRE(store.put(project_of("p1")));
    // Small rows followed by large ones, and the reverse: 70 rows, which are read in parts.
    for (int i = 0; i < 70; ++i) {
        Task task = task_of("t" + std::to_string(100 + i), "p1", kMadeAt + std::chrono::seconds(i));
        task.spec = std::string(i % 40 < 5 ? 400'000 : 10, 's');
        REQUIRE(store.put(task));
    }
    PageRequest request{500};
    std::vector<std::string> seen;
    std::vector<std::size_t> sizes;
    do {
        const auto page = tasks::list(*store.db, request);
        REQUIRE(page);
        std::size_t bytes = 0;
        for (const auto& item : page->items) {
            seen.push_back(item.entity.id);
            bytes += item.entity.spec->size();
        }
        CHECK(bytes < kPageBytes + 400'000);
        sizes.push_back(page->items.size());
        request.cursor = page->next;
    } while (!request.cursor.empty());
    CHECK(sizes == std::vector<std::size_t>{28, 38, 3, 1});
    CHECK(tasks::list(*store.db, {0})->items.empty());
    CHECK(seen.size() == 70);
    CHECK(std::ranges::is_sorted(seen, std::greater<>()));
    CHECK(std::ranges::adjacent_find(seen) == seen.end());
}

TEMPLATE_TEST_CASE("a page is as large as its JSON", "", STORE_DRIVERS) {
    Store<TestType> store;
    REQUIRE(store.put(project_of("p1")));
    for (int i = 0; i < 3; ++i) {
        Task task = task_of("t" + std::to_string(i), "p1");
        task.spec = std::string(90'000, '\x01') + std::string(300'000, '"');
        REQUIRE(store.put(task));
    }
    const auto page = tasks::list(*store.db, {50});
    REQUIRE(page);
    CHECK(page->items.size() == 1);
    CHECK_FALSE(page->next.empty());
}

TEMPLATE_TEST_CASE("a page that is exactly full is the last one when nothing follows", "",
                   STORE_DRIVERS) {
    Store<TestType> store;
    for (const char* id : {"p1", "p2"})
        REQUIRE(store.put(project_of(id)));
    CHECK(projects::list(*store.db, {2})->next.empty());
    CHECK_FALSE(projects::list(*store.db, {1})->next.empty());
}

TEMPLATE_TEST_CASE("a cursor that is none of ours is invalid", "", STORE_DRIVERS) {
    Store<TestType> store;
    for (const char* cursor : {"x", "1", "1~", "~a", "99999999999999999999~a", "' OR 1=1 --"}) {
        const auto page = projects::list(*store.db, {10, cursor});
        REQUIRE_FALSE(page);
        CHECK(page.error().kind == ErrorKind::invalid);
        CHECK(page.error().field == "cursor");
    }
}

TEMPLATE_TEST_CASE("filters and owners narrow a list, and nobody owns what has no owner", "",
                   STORE_DRIVERS) {
    Store<TestType> store;
    REQUIRE(store.put(project_of("mine", "u1")));
    REQUIRE(store.put(project_of("theirs", "u2")));
    REQUIRE(store.put(project_of("nobodys")));
    REQUIRE(store.put(task_of("t-mine", "mine")));
    REQUIRE(store.put(task_of("t-theirs", "theirs")));
    for (const char* task : {"t-mine", "t-theirs"})
        store.must([&](Transaction& tx) {
            TaskExecution execution;
            execution.id = std::string("x-") + task;
            execution.task_id = task;
            execution.worker_id = "w";
            execution.created_at = kMadeAt;
            return task_executions::insert(tx, execution);
        });
    const auto ids = [](const auto& page) {
        std::set<std::string> all;
        for (const auto& item : page->items)
            all.insert(item.entity.id);
        return all;
    };
    using Ids = std::set<std::string>;
    PageRequest mine;
    mine.owner.user_id = "u1";
    CHECK(ids(projects::list(*store.db, mine)) == Ids{"mine"});
    CHECK(ids(tasks::list(*store.db, mine)) == Ids{"t-mine"});
    CHECK(ids(task_executions::list(*store.db, mine)) == Ids{"x-t-mine"});
    CHECK(ids(projects::list(*store.db, {})) == Ids{"mine", "theirs", "nobodys"});
    PageRequest theirs;
    theirs.filters = {{"project_id", "theirs"}, {"status", "queued"}};
    CHECK(ids(tasks::list(*store.db, theirs)) == Ids{"t-theirs"});
    theirs.owner.user_id = "u1";
    CHECK(ids(tasks::list(*store.db, theirs)).empty());
    theirs = {};
    theirs.owner.user_id = "";
    CHECK(ids(projects::list(*store.db, theirs)).empty());

    const Owner u1{.user_id = "u1"};
    const Owner u2{.user_id = "u2"};
    CHECK(projects::find(*store.db, "mine", u1));
    CHECK(projects::find(*store.db, "theirs", u1).error().kind == ErrorKind::not_found);
    CHECK(projects::find(*store.db, "nobodys", {.user_id = ""}).error().kind ==
          ErrorKind::not_found);
    CHECK(tasks::find(*store.db, "t-theirs", u1).error().kind == ErrorKind::not_found);
    CHECK(task_executions::find(*store.db, "x-t-theirs", u2));

    // Limited to one project, whoever owns it, and then also to the owner.
    const Owner bound{.project_id = "theirs"};
    PageRequest of_project;
    of_project.owner = bound;
    CHECK(ids(projects::list(*store.db, of_project)) == Ids{"theirs"});
    CHECK(ids(tasks::list(*store.db, of_project)) == Ids{"t-theirs"});
    CHECK(ids(task_executions::list(*store.db, of_project)) == Ids{"x-t-theirs"});
    CHECK(projects::find(*store.db, "mine", bound).error().kind == ErrorKind::not_found);
    CHECK(tasks::find(*store.db, "t-theirs", bound));
    const Owner both{.user_id = "u1", .project_id = "theirs"};
    CHECK(projects::find(*store.db, "theirs", both).error().kind == ErrorKind::not_found);
    CHECK(users::list(*store.db, of_project)->items.empty());
    CHECK(servers::list(*store.db, of_project));
}

TEMPLATE_TEST_CASE("an update counts, and one that is based on an old version is refused", "",
                   STORE_DRIVERS) {
    Store<TestType> store;
    REQUIRE(store.put(project_of("p1")));
    auto mine = projects::find(*store.db, "p1");
    const auto theirs = mine;
    mine->entity.description = "first";
    store.must([&](Transaction& tx) { return projects::update(tx, *mine); });
    CHECK(projects::find(*store.db, "p1")->version == 2);
    const Result<void> late =
        store.write([&](Transaction& tx) { return projects::update(tx, *theirs); });
    REQUIRE_FALSE(late);
    CHECK(late.error().kind == ErrorKind::conflict);
    CHECK(projects::find(*store.db, "p1")->entity.description == "first");
}

TEMPLATE_TEST_CASE("a task moves only where its state machine lets it", "", STORE_DRIVERS) {
    Store<TestType> store;
    REQUIRE(store.put(project_of("p1")));
    for (std::size_t from = 0; from < std::size(contracts::kTaskStatusNames); ++from)
        for (std::size_t to = 0; to < std::size(contracts::kTaskStatusNames); ++to) {
            Task task = task_of("t" + std::to_string(from) + std::to_string(to), "p1");
            task.status = static_cast<TaskStatus>(from);
            REQUIRE(store.put(task));
            const auto target = static_cast<TaskStatus>(to);
            const auto allowed = tasks::allowed_transitions(task.status);
            const bool expected = from == to || std::ranges::find(allowed, target) != allowed.end();
            const Result<void> moved = store.write([&](Transaction& tx) {
                return tasks::set_status(tx, task.id, target, {}, kMadeAt);
            });
            CHECK(moved.has_value() == expected);
            const auto now = tasks::find(*store.db, task.id);
            CHECK(now->entity.status == (expected ? target : task.status));
            CHECK(now->version == (expected && from != to ? 2 : 1));
            if (!expected) CHECK(moved.error().field == "status");
        }
    const Result<void> refused = store.write([&](Transaction& tx) {
        return tasks::set_status(tx, "t02", TaskStatus::completed, {}, kMadeAt);
    });
    REQUIRE_FALSE(refused);
    CHECK(refused.error().message == "cannot go from queued to completed");
    CHECK(refused.error().next_step == "allowed: running, failed, cancelled");
}

TEMPLATE_TEST_CASE("a task's result is kept, and goes when the work begins again", "",
                   STORE_DRIVERS) {
    Store<TestType> store;
    REQUIRE(store.put(project_of("p1")));
    REQUIRE(store.put(task_of("t1", "p1")));
    const auto move = [&](TaskStatus to, std::optional<contracts::Json> result = {}) {
        store.must(
            [&](Transaction& tx) { return tasks::set_status(tx, "t1", to, result, kMadeAt); });
        return tasks::find(*store.db, "t1")->entity;
    };
    CHECK(move(TaskStatus::running).updated_at == kMadeAt);
    CHECK(move(TaskStatus::failed, contracts::Json{{"reason", "tests"}}).result->at("reason") ==
          "tests");
    CHECK_FALSE(move(TaskStatus::running).result);
    CHECK(move(TaskStatus::completed, contracts::Json{{"branch", "b"}}).result->at("branch") ==
          "b");
}

TEST_CASE("every state of a project leads somewhere, is reached from somewhere, and archives") {
    std::set<ProjectStatus> reached = {ProjectStatus::draft, ProjectStatus::discovered};
    for (std::size_t i = 0; i < std::size(contracts::kProjectStatusNames); ++i) {
        const auto from = static_cast<ProjectStatus>(i);
        const auto allowed = projects::allowed_transitions(from);
        CHECK_FALSE(allowed.empty());
        CHECK(std::ranges::find(allowed, from) == allowed.end());
        if (from != ProjectStatus::archived)
            CHECK(std::ranges::find(allowed, ProjectStatus::archived) != allowed.end());
        reached.insert(allowed.begin(), allowed.end());
    }
    CHECK(reached.size() == std::size(contracts::kProjectStatusNames));
}

TEMPLATE_TEST_CASE("a project moves only where its state machine lets it", "", STORE_DRIVERS) {
    Store<TestType> store;
    REQUIRE(store.put(project_of("p1")));
    const auto move = [&](ProjectStatus to) {
        return store.write([&](Transaction& tx) { return projects::set_status(tx, "p1", to); });
    };
    const Result<void> refused = move(ProjectStatus::active);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().kind == ErrorKind::conflict);
    CHECK(refused.error().next_step.find("developing") != std::string::npos);
    CHECK(move(ProjectStatus::developing));
    CHECK(move(ProjectStatus::developing));
    CHECK(projects::find(*store.db, "p1")->version == 2);
}

TEMPLATE_TEST_CASE("what others depend on is not erased", "", STORE_DRIVERS) {
    Store<TestType> store;
    store.must([](Transaction& tx) { return users::insert(tx, User{"u1", "77", false}, kMadeAt); });
    REQUIRE(store.put(project_of("p1", "u1")));
    REQUIRE(store.put(task_of("t1", "p1")));
    const auto erase = [&](auto function, const char* id) {
        return store.write([&](Transaction& tx) { return function(tx, id); });
    };
    CHECK(erase(users::erase, "u1").error().kind == ErrorKind::conflict);
    CHECK(erase(projects::erase, "p1").error().message ==
          "the project has tasks, ports or deployments");
    store.must([](Transaction& tx) {
        return tasks::set_status(tx, "t1", TaskStatus::running, {}, kMadeAt);
    });
    CHECK(erase(tasks::erase, "t1").error().kind == ErrorKind::conflict);
    store.must([](Transaction& tx) {
        return tasks::set_status(tx, "t1", TaskStatus::cancelled, {}, kMadeAt);
    });
    CHECK(erase(tasks::erase, "t1"));
    CHECK(erase(tasks::erase, "t1").error().kind == ErrorKind::not_found);
    CHECK(erase(projects::erase, "p1"));
    CHECK(erase(users::erase, "u1"));
}

TEMPLATE_TEST_CASE("a telegram id belongs to one user", "", STORE_DRIVERS) {
    Store<TestType> store;
    const auto put = [&](const User& user) {
        return store.write([&](Transaction& tx) { return users::insert(tx, user, kMadeAt); });
    };
    REQUIRE(put({"u1", "77", true}));
    const Result<void> taken = put({"u2", "77", false});
    REQUIRE_FALSE(taken);
    CHECK(taken.error().field == "telegram_id");
    CHECK(users::find_by_telegram_id(*store.db, "77")->entity.is_admin);
    CHECK(users::find_by_telegram_id(*store.db, "78").error().kind == ErrorKind::not_found);
}

TEMPLATE_TEST_CASE("queued tasks that nobody took up are found, the oldest first", "",
                   STORE_DRIVERS) {
    Store<TestType> store;
    REQUIRE(store.put(project_of("p1")));
    const auto at = [](int second) {
        return kMadeAt + std::chrono::seconds(second);
    };
    for (int i = 0; i < 6; ++i)
        REQUIRE(store.put(task_of("t" + std::to_string(i), "p1", at(i))));
    store.must([](Transaction& tx) {
        return tasks::set_status(tx, "t1", TaskStatus::running, {}, kMadeAt);
    });
    store.must([](Transaction& tx) -> Result<void> {
        Thread thread;
        thread.id = "thread";
        thread.graph = "engineering";
        thread.subject = "t2";
        thread.updated_at = kMadeAt;
        Result<bool> put = threads::insert(tx, thread);
        if (!put) return fail(put.error());
        return {};
    });
    const auto ids = [&](int cutoff, const tasks::Place& after, std::size_t limit) {
        const auto found = tasks::not_taken_up(*store.db, contracts::TaskType::engineering,
                                               at(cutoff), after, limit);
        REQUIRE(found);
        std::vector<std::string> names;
        for (const contracts::Task& task : *found)
            names.push_back(task.id);
        return names;
    };
    using Ids = std::vector<std::string>;
    CHECK(ids(5, {}, 10) == Ids{"t0", "t3", "t4"});
    CHECK(ids(9, {}, 2) == Ids{"t0", "t3"});
    CHECK(ids(9, {at(3), "t3"}, 2) == Ids{"t4", "t5"});
    CHECK(ids(9, {at(5), "t5"}, 2).empty());
    CHECK(tasks::not_taken_up(*store.db, contracts::TaskType::deploy, at(9), {}, 9)->empty());
}

}  // namespace control
