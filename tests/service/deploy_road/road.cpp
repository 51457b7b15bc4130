#include "road.h"

#include "contracts/entities/opening.h"
#include "contracts/fields/read.h"
#include "contracts/streams/entry.h"
#include "contracts/streams/publisher.h"
#include "tests/support/child_process.h"
#include "tests/support/docker_engine.h"
#include "tests/support/programs.h"

#include <catch2/catch_test_macros.hpp>

namespace deploy_road {

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

void git(const std::string& directory, const std::string& script) {
    tests::run_successfully({.argv = {"/bin/sh", "-ec", script},
                             .environment = {{"GIT_CONFIG_GLOBAL", "/dev/null"},
                                             {"GIT_AUTHOR_NAME", "a"},
                                             {"GIT_AUTHOR_EMAIL", "a@b"},
                                             {"GIT_COMMITTER_NAME", "a"},
                                             {"GIT_COMMITTER_EMAIL", "a@b"}},
                             .directory = directory});
}

}  // namespace

Road::Road(std::map<std::string, std::string> environment, const Json& project)
    : daemon_(std::move(environment)) {
    daemon_.start();
    forge_ = must(control::make_local_forge(daemon_.data() + "/forge"));
    connect();
    project_ = made("POST", "/api/projects", project)["id"];
    for (const char* status : {"scaffolded", "developing", "active"})
        (void)made("PATCH", "/api/projects/" + project_, {{"status", status}});
    repository_ = "greeter-" + project_.substr(project_.size() - 8);
    if (project.contains("repository_url")) return;
    if (auto ready = forge_->ensure_repository(repository_, "A greeter"); !ready)
        throw std::runtime_error(ready.error().describe());
}

Road::~Road() {
    try {
        if (daemon_.runs()) (void)run_task("stop");
    } catch (const std::exception&) {
        // Containers that are left over show in the engine.
    }
}

void Road::connect() {
    redis_.emplace(must(contracts::Connection::dial(
        must(contracts::RedisAddress::parse(daemon_.access().at("REDIS_URL"))))));
}

void Road::start_daemon() {
    daemon_.start();
    connect();
}

Json Road::made(const std::string& method, const std::string& target, const Json& body) {
    const auto answer = daemon_.ask(method, target, body.dump());
    if (answer.status / 100 != 2) throw std::runtime_error(target + ": " + answer.body);
    return answer.body.empty() ? Json() : Json::parse(answer.body);
}

std::string Road::tested_commit(const std::map<std::string, std::string>& files) {
    const tests::TemporaryDirectory clone;
    git(clone.text(), "git clone -q '" + forge_->location(repository_) + "' w && rm -rf w/*");
    for (const auto& [name, content] : files)
        (void)clone.write("w/" + name, content);
    git(clone / "w", "git add -A && git commit -qm change && git push -q origin HEAD:main");
    const std::string commit = head();
    passed_tests(commit);
    return commit;
}

std::string Road::head() {
    const auto branch = forge_->head(repository_, "main");
    return branch ? branch->commit : std::string();
}

void Road::passed_tests(const std::string& commit) {
    const std::string task =
        made("POST", "/api/tasks", {{"project_id", project_}, {"type", "engineering"}})["id"];
    (void)made("PATCH", "/api/tasks/" + task, {{"status", "running"}});
    (void)made("PATCH", "/api/tasks/" + task,
               {{"status", "completed"},
                {"result", {{"merged", true}, {"tests", {{"exit_code", 0}, {"commit", commit}}}}}});
}

std::string Road::begin_task(const std::string& spec, const std::string& type) {
    Json body{{"project_id", project_}, {"type", type}};
    if (!spec.empty()) body["spec"] = spec;
    const Json task = made("POST", "/api/tasks", body);
    const Json message = contracts::opening_message(
        must(contracts::read_message<contracts::Task>(task)),
        "request-" + task["id"].get<std::string>(), "u-1", contracts::SystemClock());
    must(contracts::publish_data(*redis_, type + ":queue", contracts::dump_json(message)));
    return task["id"];
}

Json Road::wait_task(const std::string& id) {
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

Json Road::orchestrator(std::vector<std::string> words) {
    words.insert(words.begin(), tests::program("orchestrator"));
    std::map<std::string, std::string> environment = daemon_.access();
    environment["ORCHESTRATOR_SOCKET"] = "/nonexistent/agent.sock";
    return Json::parse(
        tests::run({.argv = std::move(words), .environment = std::move(environment)}).output);
}

std::vector<Json> Road::messages(const std::string& stream) {
    std::vector<Json> all;
    const auto reply = must(redis_->command({"XRANGE", stream, "-", "+"}));
    contracts::Entries entries;
    contracts::read_entries(stream, reply.view(), entries);
    for (const contracts::Entry& entry : entries.present)
        all.push_back(Json::parse(entry.data));
    return all;
}

std::vector<Json> Road::notices(const std::string& kind) {
    std::vector<Json> all = messages("chat:notices");
    std::erase_if(all, [&](const Json& notice) { return notice["kind"] != kind; });
    return all;
}

std::string Road::progress(const std::string& task) {
    std::string text;
    for (const Json& event : messages("task_progress:" + task))
        text += event.dump() + "\n";
    return text;
}

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

}  // namespace deploy_road
