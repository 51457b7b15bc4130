// A command that writes to two places, the API and a stream, is killed or cut off at every point of
// its way. Repeated under the same request id, or left to the daemon's sweep, it results in exactly
// one task, one message and one thread. ORCH_TEST_SEED repeats a run.
#include "cutting_relay.h"
#include "traced_run.h"

#include "contracts/base/json.h"
#include "contracts/streams/connection.h"
#include "contracts/streams/names.h"
#include "tests/support/daemon.h"
#include "tests/support/eventually.h"
#include "tests/support/programs.h"

#include <catch2/catch_test_macros.hpp>
#include <limits>
#include <mutex>
#include <random>
#include <sstream>

namespace {

using contracts::Json;
namespace names = contracts::names;

constexpr int kCutsThatGoOn = 120;
constexpr int kCutsThatKill = 120;
constexpr int kAtOnce = 12;

enum class Kind { engineering, deploy, project };

struct Case {
    Kind kind;
    std::string request_id;
    std::string project;  // its id, or its name if it does not exist yet
    std::vector<std::string> words;
};

Json parsed(const std::string& text) {
    auto document = contracts::parse_json(text);
    if (!document) throw std::runtime_error("not JSON: " + text);
    return *std::move(document);
}

std::uint32_t test_seed() {
    const char* given = std::getenv("ORCH_TEST_SEED");
    return given != nullptr ? static_cast<std::uint32_t>(std::strtoul(given, nullptr, 10))
                            : std::random_device{}();
}

std::string path_of(const std::string& unix_url) {
    return unix_url.substr(unix_url.find('/', unix_url.find("//") + 2));
}

class Bench {
public:
    Bench() { daemon.start(); }

    Case make(Kind kind) {
        const std::lock_guard lock(mutex_);
        const std::string name = "p" + std::to_string(++made_);
        Case made{kind, "r-" + name, name, {}};
        if (kind == Kind::project) {
            made.words = {"project", "create", "--name", name, "--start", "--spec", "a blog"};
        } else {
            const auto answer = daemon.ask("POST", "/api/projects", R"({"name":")" + name + "\"}");
            made.project = parsed(answer.body).at("id").get<std::string>();
            made.words = {kind == Kind::deploy ? "deploy" : "engineering", "start", "--project",
                          made.project};
            if (kind == Kind::engineering)
                made.words.insert(made.words.end(), {"--spec", "a blog"});
        }
        made.words.insert(made.words.end(), {"--request-id", made.request_id});
        return made;
    }

    [[nodiscard]] tests::ChildOptions command(const Case& one) const {
        std::vector<std::string> argv = one.words;
        argv.insert(argv.begin(), tests::program("orchestrator"));
        std::map<std::string, std::string> environment = daemon.access();
        environment["API_URL"] = daemon.socket_url();
        environment["ORCHESTRATOR_SOCKET"] = "/nonexistent/agent.sock";
        environment["ASAN_OPTIONS"] = "detect_leaks=0";  // which looks by ptrace itself
        return {.argv = argv, .environment = environment, .inherit_environment = false};
    }

    // The same command, through the relay.
    [[nodiscard]] tests::ChildOptions command(const Case& one,
                                              const tests::CuttingRelay& relay) const {
        tests::ChildOptions options = command(one);
        options.environment["API_URL"] = "unix://" + relay.socket(0);
        std::string& redis = options.environment["REDIS_URL"];
        const std::string path = path_of(redis);
        redis.replace(redis.size() - path.size(), path.size(), relay.socket(1));
        return options;
    }
    [[nodiscard]] std::vector<std::string> servers() const {
        return {path_of(daemon.socket_url()), path_of(daemon.access().at("REDIS_URL"))};
    }

    void run_again(const Case& one) const {
        const tests::Finished finished = tests::run(command(one));
        INFO(one.request_id << ": " << finished.output << finished.error_output);
        REQUIRE(finished.end.exit_code == 0);
    }

    // The ids of the project's tasks.
    [[nodiscard]] std::vector<std::string> tasks(const Case& one) const {
        std::string project = one.project;
        if (one.kind == Kind::project) {
            const Json found = parsed(daemon.ask("GET", "/api/projects?name=" + project).body);
            REQUIRE(found.size() <= 1);
            if (found.empty()) return {};
            project = found[0].at("id").get<std::string>();
        }
        std::vector<std::string> ids;
        for (const Json& task : parsed(daemon.ask("GET", "/api/tasks?project_id=" + project).body))
            ids.push_back(task.at("id").get<std::string>());
        return ids;
    }

    // The task of each message, by request id.
    [[nodiscard]] std::multimap<std::string, std::string> messages() const {
        auto connection = bus();
        std::multimap<std::string, std::string> found;
        for (const std::string_view stream : {names::kEngineeringQueue, names::kDeployQueue}) {
            const auto reply = connection.command({"XRANGE", stream, "-", "+"});
            REQUIRE(reply);
            for (std::size_t i = 0; i < reply->view().size(); ++i) {
                const Json message = parsed(std::string(reply->view()[i][1][1].text()));
                found.emplace(message.at("request_id"), message.at("task_id"));
            }
        }
        return found;
    }

    // The number of threads of each task.
    [[nodiscard]] std::map<std::string, int> threads() const {
        std::map<std::string, int> found;
        std::istringstream lines(tests::run_successfully(
            {.argv = {"sqlite3", "-readonly", "-separator", " ", daemon.data() + "/orchestrator.db",
                      "SELECT subject, count(*) FROM threads GROUP BY subject"}}));
        for (std::string task; lines >> task;)
            lines >> found[task];
        return found;
    }

    tests::Daemon daemon;

private:
    [[nodiscard]] contracts::Connection bus() const {
        auto connection = contracts::Connection::dial(
            *contracts::RedisAddress::parse(daemon.access().at("REDIS_URL")));
        REQUIRE(connection);
        return std::move(*connection);
    }

    std::mutex mutex_;
    int made_ = 0;
};

// How far the commands had come when they were interrupted.
class Points {
public:
    void note(std::size_t tasks, std::size_t messages) {
        ++(messages > 0 ? after_message : tasks > 0 ? after_task : before_task);
    }
    [[nodiscard]] std::string text() const {
        return std::to_string(before_task) + " with nothing done, " + std::to_string(after_task) +
               " with a task and no message, " + std::to_string(after_message) + " with both";
    }
    int before_task = 0;
    int after_task = 0;
    int after_message = 0;
};

void check_done(const Bench& bench, const std::vector<Case>& cases) {
    const auto messages = bench.messages();
    for (const Case& one : cases) {
        INFO(one.request_id);
        const std::vector<std::string> tasks = bench.tasks(one);
        REQUIRE(tasks.size() == 1);
        REQUIRE(messages.count(one.request_id) == 1);
        REQUIRE(messages.find(one.request_id)->second == tasks[0]);
        const auto of_task = [&](const auto& message) {
            return message.second == tasks[0];
        };
        REQUIRE(std::ranges::count_if(messages, of_task) == 1);
    }
}

// The sweep sends the missing messages; those of engineering tasks start threads.
void check_left(Bench& bench, const std::vector<Case>& left) {
    bench.daemon.stop();
    bench.daemon.start({{"ROLES", "api,graphs"}});
    std::vector<std::string> for_a_thread;
    std::vector<std::string> for_a_message;
    for (const Case& one : left)
        for (const std::string& task : bench.tasks(one)) {
            for_a_message.push_back(one.request_id);
            if (one.kind != Kind::deploy) for_a_thread.push_back(task);
        }
    REQUIRE(for_a_thread.size() > 10);
    REQUIRE(for_a_message.size() > for_a_thread.size());
    tests::eventually(
        "a message for every task that was left, and a thread of it",
        [&] {
            const auto messages = bench.messages();
            const auto threads = bench.threads();
            const auto in = [](const auto& found) {
                return [&](const std::string& id) {
                    return found.contains(id);
                };
            };
            return std::ranges::all_of(for_a_message, in(messages)) &&
                   std::ranges::all_of(for_a_thread, in(threads));
        },
        std::chrono::minutes(3));
    // Running the command again later changes nothing.
    for (const Case& one : left)
        bench.run_again(one);
    check_done(bench, left);
    bench.daemon.stop();
    bench.daemon.start({{"ROLES", "api,graphs"}});
    for (const auto& [task, count] : bench.threads()) {
        INFO(task);
        CHECK(count == 1);
    }
}

}  // namespace

TEST_CASE("a command killed at any of its system calls is completed, not doubled") {
    Bench bench;
    std::vector<Case> again;
    std::vector<Case> left;
    Points points;
    for (const Kind kind : {Kind::engineering, Kind::project, Kind::deploy}) {
        for (int at = 0;; ++at) {
            const Case one = bench.make(kind);
            const tests::TracedEnd end = tests::run_and_kill(bench.command(one), at);
            if (!end.killed) {
                REQUIRE(end.exit_code == 0);
                again.push_back(one);
                break;
            }
            points.note(bench.tasks(one).size(), bench.messages().count(one.request_id));
            if (at % 3 == 0) {
                left.push_back(one);
                continue;
            }
            bench.run_again(one);
            again.push_back(one);
        }
    }
    WARN(again.size() + left.size() << " commands killed: " << points.text() << "; " << again.size()
                                    << " run again, " << left.size() << " left to the sweep");
    CHECK(again.size() + left.size() >= 200);
    CHECK(points.before_task > 0);
    CHECK(points.after_task > 0);
    CHECK(points.after_message > 0);
    check_done(bench, again);
    check_left(bench, left);
}

TEST_CASE("a command whose connections are cut at any byte is completed, not doubled") {
    const std::uint32_t seed = test_seed();
    INFO("again with ORCH_TEST_SEED=" << seed);
    std::mt19937 random(seed);
    Bench bench;
    std::map<Kind, std::size_t> sizes;
    for (const Kind kind : {Kind::engineering, Kind::deploy, Kind::project}) {
        tests::CuttingRelay whole(bench.servers(), std::numeric_limits<std::size_t>::max() / 2);
        REQUIRE(tests::run(bench.command(bench.make(kind), whole)).end.success());
        sizes[kind] = whole.passed();
    }
    struct Cut {
        Case one;
        std::size_t bytes;
    };
    const auto make_cuts = [&](int count) {
        std::vector<Cut> cuts;
        for (int i = 0; i < count; ++i) {
            const Kind kind = static_cast<Kind>(i % 3);
            cuts.push_back({bench.make(kind), random() % sizes[kind]});
        }
        return cuts;
    };

    // The command itself retries.
    const std::vector<Cut> going_on = make_cuts(kCutsThatGoOn);
    std::atomic<std::size_t> next = 0;
    std::mutex mutex;
    std::vector<std::string> failures;
    std::vector<std::jthread> threads;
    for (int i = 0; i < kAtOnce; ++i)
        threads.emplace_back([&] {
            for (std::size_t mine; (mine = next++) < going_on.size();) {
                const Cut& cut = going_on[mine];
                const tests::CuttingRelay relay(bench.servers(), cut.bytes);
                const tests::Finished finished = tests::run(bench.command(cut.one, relay));
                const std::lock_guard lock(mutex);
                if (!finished.end.success() || !relay.has_cut())
                    failures.push_back(cut.one.request_id + ": " + finished.output);
            }
        });
    threads.clear();
    for (const std::string& failure : failures)
        FAIL_CHECK(failure);

    // The command is killed as well, and a person runs it again.
    std::vector<Case> done;
    Points points;
    for (const Cut& cut : make_cuts(kCutsThatKill)) {
        const tests::CuttingRelay relay(bench.servers(), cut.bytes);
        tests::ChildProcess command(bench.command(cut.one, relay));
        tests::eventually("the cut", [&] { return relay.has_cut(); });
        command.kill();
        points.note(bench.tasks(cut.one).size(), bench.messages().count(cut.one.request_id));
        bench.run_again(cut.one);
        done.push_back(cut.one);
    }
    for (const Cut& cut : going_on)
        done.push_back(cut.one);
    WARN(going_on.size() << " commands cut off and going on, " << kCutsThatKill
                         << " cut off and killed: " << points.text() << "; seed " << seed);
    check_done(bench, done);
}
