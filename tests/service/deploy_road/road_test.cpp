// The whole road of a deployment with a real daemon: from a task to a URL that answers, and back.
#include "contracts/entities/opening.h"
#include "contracts/fields/read.h"
#include "contracts/streams/connection.h"
#include "contracts/streams/entry.h"
#include "contracts/streams/publisher.h"
#include "control/forge/forge.h"
#include "tests/support/child_process.h"
#include "tests/support/daemon.h"
#include "tests/support/docker_engine.h"
#include "tests/support/eventually.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

using namespace std::chrono_literals;
using contracts::Json;

namespace {

constexpr std::chrono::minutes kRoadPatience{5};  // an image is built on it

constexpr const char* kServe = R"(
import http.server, os
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        values = [os.environ.get(n, '') for n in ('GREETING', 'APP_SECRET_KEY', 'SEALED_URL', 'API_TOKEN')]
        self.wfile.write(('%WORD% ' + '|'.join(values)).encode())
http.server.ThreadingHTTPServer(('127.0.0.1', int(os.environ['PORT'])), Handler).serve_forever()
)";

std::string serve(const std::string& word) {
    std::string text = kServe;
    text.replace(text.find("%WORD%"), 6, word);
    return text;
}

template <class T>
T must(contracts::Result<T> result) {
    if (!result) throw std::runtime_error(result.error().describe());
    return std::move(*result);
}

// A daemon that deploys, and one project in it.
class Road {
public:
    explicit Road(std::map<std::string, std::string> environment)
        : daemon_(std::move(environment)) {
        daemon_.start();
        forge_ = must(control::make_local_forge(daemon_.data() + "/forge"));
        connect();
        project_ = made("POST", "/api/projects", {{"name", "greeter"}})["id"];
        for (const char* status : {"scaffolded", "developing", "active"})
            (void)made("PATCH", "/api/projects/" + project_, {{"status", status}});
        repository_ = "greeter-" + project_.substr(project_.size() - 8);
        if (auto ready = forge_->ensure_repository(repository_, "A greeter"); !ready)
            throw std::runtime_error(ready.error().describe());
    }
    ~Road() {
        try {
            if (daemon_.runs()) (void)run_task("stop");
        } catch (const std::exception&) {
            // What is left shows in the engine.
        }
    }

    // The daemon's Redis, which ends with it.
    void connect() {
        redis_.emplace(must(contracts::Connection::dial(
            must(contracts::RedisAddress::parse(daemon_.access().at("REDIS_URL"))))));
    }
    void kill_daemon() { (void)daemon_.kill(); }
    void start_daemon() {
        daemon_.start();
        connect();
    }

    Json made(const std::string& method, const std::string& target, const Json& body) {
        const auto answer = daemon_.ask(method, target, body.dump());
        if (answer.status / 100 != 2) throw std::runtime_error(target + ": " + answer.body);
        return answer.body.empty() ? Json() : Json::parse(answer.body);
    }
    Json read(const std::string& target) { return Json::parse(daemon_.ask("GET", target).body); }

    // A commit on the default branch whose tests have passed, as the engineering graph says it.
    std::string tested_commit(const std::map<std::string, std::string>& files) {
        const tests::TemporaryDirectory clone;
        git(clone.text(), "git clone -q '" + forge_->location(repository_) + "' w && rm -rf w/*");
        for (const auto& [name, content] : files)
            (void)clone.write("w/" + name, content);
        git(clone / "w", "git add -A && git commit -qm change && git push -q origin HEAD:main");
        const std::string commit = must(forge_->head(repository_, "main")).commit;
        const std::string task =
            made("POST", "/api/tasks", {{"project_id", project_}, {"type", "engineering"}})["id"];
        (void)made("PATCH", "/api/tasks/" + task, {{"status", "running"}});
        (void)made(
            "PATCH", "/api/tasks/" + task,
            {{"status", "completed"},
             {"result", {{"merged", true}, {"tests", {{"exit_code", 0}, {"commit", commit}}}}}});
        return commit;
    }

    // As `orchestrator deploy …` does it.
    std::string begin_task(const std::string& spec) {
        Json body{{"project_id", project_}, {"type", "deploy"}};
        if (!spec.empty()) body["spec"] = spec;
        const Json task = made("POST", "/api/tasks", body);
        const Json message = contracts::opening_message(
            must(contracts::read_message<contracts::Task>(task)),
            "request-" + task["id"].get<std::string>(), "u-1", contracts::SystemClock());
        must(contracts::publish_data(*redis_, "deploy:queue", contracts::dump_json(message)));
        return task["id"];
    }
    Json wait_task(const std::string& id) {
        Json task;
        tests::eventually(
            "the task ends",
            [&] {
                task = read("/api/tasks/" + id);
                return task["status"] != "queued" && task["status"] != "running";
            },
            kRoadPatience);
        return task;
    }
    Json run_task(const std::string& spec = {}) { return wait_task(begin_task(spec)); }

    // The texts of the notices of this kind, oldest first.
    std::vector<Json> notices(const std::string& kind) {
        std::vector<Json> all;
        const auto reply = must(redis_->command({"XRANGE", "chat:notices", "-", "+"}));
        contracts::Entries entries;
        contracts::read_entries("chat:notices", reply.view(), entries);
        for (const contracts::Entry& entry : entries.present)
            if (Json notice = Json::parse(entry.data); notice["kind"] == kind)
                all.push_back(std::move(notice));
        return all;
    }

    [[nodiscard]] const std::string& project() const { return project_; }

private:
    static void git(const std::string& directory, const std::string& script) {
        tests::run_successfully({.argv = {"/bin/sh", "-ec", script},
                                 .environment = {{"GIT_CONFIG_GLOBAL", "/dev/null"},
                                                 {"GIT_AUTHOR_NAME", "a"},
                                                 {"GIT_AUTHOR_EMAIL", "a@b"},
                                                 {"GIT_COMMITTER_NAME", "a"},
                                                 {"GIT_COMMITTER_EMAIL", "a@b"}},
                                 .directory = directory});
    }

    tests::Daemon daemon_;
    std::unique_ptr<control::Forge> forge_;
    std::optional<contracts::Connection> redis_;
    std::string project_;
    std::string repository_;
};

std::map<std::string, std::string> environment_of(const std::string& runtime) {
    std::map<std::string, std::string> environment{
        {"ROLES", "api,graphs,deployer"}, {"RUNTIME", runtime}, {"DEPLOY_PORTS", "18100-18199"}};
    if (runtime == "docker") try {
            static const tests::DockerEngine engine;
            environment["DOCKER_HOST"] = engine.url();
            environment["BASE_IMAGE"] = engine.base_image();
            environment["BUILD_NETWORK"] = "none";
        } catch (const tests::NoDockerEngine& reason) {
            SKIP(reason.what());
        }
    return environment;
}

std::string get(const std::string& url) {
    const auto answer = tests::http(url, {.target = "/"});
    return std::to_string(answer.status) + " " + answer.body;
}

std::map<std::string, std::string> greeter(const std::string& word) {
    return {{"serve.py", serve(word)},
            {"Makefile", "run:\n\t@exec python3 -B serve.py\n"},
            {".project.yml", "run: make run\nhealth: /health\n"},
            {".env.example",
             "GREETING=hello\nAPP_SECRET_KEY=changeme\n"
             "SEALED_URL=x://u:${APP_SECRET_KEY}@h\nAPI_TOKEN=\nEXTRA=  # optional\n"}};
}

}  // namespace

TEST_CASE("from a tested commit to a URL, through a value that the user gives, and back") {
    const std::string runtime = GENERATE("process", "docker");
    CAPTURE(runtime);
    Road road(environment_of(runtime));
    const std::string first = road.tested_commit(greeter("one"));

    const std::string task = road.begin_task("");
    tests::eventually("the user is asked", [&] { return !road.notices("secret_needed").empty(); });
    CHECK(road.notices("secret_needed").front()["data"]["missing"] == Json{"API_TOKEN"});
    (void)road.made("PUT", "/api/projects/" + road.project() + "/secrets/API_TOKEN",
                    {{"value", "given-by-the-user"}});
    const Json done = road.wait_task(task);
    INFO(done.dump());
    REQUIRE(done["status"] == "completed");
    const std::string url = done["result"]["deployed_url"];
    CHECK(done["result"]["commit"] == first);
    const std::string page = get(url);
    INFO(page);
    REQUIRE(page.starts_with("200 one hello|"));
    const std::string secret = page.substr(14, 32);
    CHECK(page == "200 one hello|" + secret + "|x://u:" + secret + "@h|given-by-the-user");
    CHECK(road.read("/api/projects/" + road.project())["status"] == "active");
    const Json rows = road.read("/api/service_deployments");
    REQUIRE(rows.size() == 1);
    CHECK(rows[0]["status"] == "active");
    CHECK(rows[0]["commit"] == first);
    CHECK(rows[0]["url"] == url);
    CHECK(road.notices("deployed").size() == 1);
    CHECK(road.notices("secret_needed").size() == 1);

    // Again: the same place, the same secrets, another text.
    const std::string second = road.tested_commit(greeter("two"));
    const Json again = road.run_task();
    CHECK(again["result"]["deployed_url"] == url);
    CHECK(get(url) == "200 two hello|" + secret + "|x://u:" + secret + "@h|given-by-the-user");

    // What fails tells why, with its last lines and without a secret, and the rest goes on.
    auto broken = greeter("three");
    broken["serve.py"] = "import os\nraise SystemExit('no luck with ' + os.environ['API_TOKEN'])";
    (void)road.tested_commit(broken);
    const Json failed = road.run_task();
    CHECK(failed["status"] == "failed");
    CHECK(failed["result"]["log"].get<std::string>().find("no luck with ***") != std::string::npos);
    CHECK(failed.dump().find("given-by-the-user") == std::string::npos);
    CHECK(get(url).starts_with("200 two"));
    const Json after = road.read("/api/service_deployments");
    REQUIRE(after.size() == 1);
    CHECK(after[0]["status"] == "active");
    CHECK(after[0]["commit"] == second);
    CHECK(after[0]["error"].is_string());
    CHECK(road.notices("deploy_failed").size() == 1);

    // It lives on without the daemon, and the next one finds it.
    road.kill_daemon();
    CHECK(get(url).starts_with("200 two"));
    road.start_daemon();
    CHECK(get(url).starts_with("200 two"));

    const Json logs = road.run_task("logs");
    CHECK(logs["status"] == "completed");
    CHECK(logs["result"]["log"].is_string());
    const Json stopped = road.run_task("stop");
    CHECK(stopped["result"]["stopped"] == true);
    CHECK_THROWS(get(url));
    CHECK(road.read("/api/allocations").empty());
    CHECK(road.read("/api/service_deployments")[0]["status"] == "stopped");
    CHECK(road.run_task("stop")["result"]["stopped"] == false);
}

TEST_CASE("what cannot be deployed says why") {
    Road road(environment_of("process"));
    SECTION("nothing was tested") {
        const Json task = road.run_task();
        CHECK(task["status"] == "failed");
        CHECK(task["result"]["error"].get<std::string>().find("engineering task") !=
              std::string::npos);
    }
    SECTION("its .project.yml is wrong") {
        auto files = greeter("x");
        files[".project.yml"] = "run: [1\n";
        (void)road.tested_commit(files);
        const Json task = road.run_task();
        CHECK(task["status"] == "failed");
        CHECK(task["result"]["error"].get<std::string>().find("line") != std::string::npos);
    }
    SECTION("there is no log to read, and no such thing to do") {
        CHECK(road.run_task("logs")["result"]["error"] == "nothing is deployed");
        CHECK(road.run_task("dance")["status"] == "failed");
    }
    CHECK(road.read("/api/service_deployments").size() <= 1);
}
