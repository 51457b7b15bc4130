// Whole deployments to a server: over our own ssh, and by the project's own GitHub workflow.
#include "road.h"

#include "control/http/base64.h"
#include "control/vault/signature.h"
#include "tests/fakes/github_server.h"
#include "tests/support/server/known_server.h"
#include "tests/support/server/site_or_skip.h"

#include <catch2/catch_test_macros.hpp>

using namespace deploy_road;

namespace {

constexpr std::uint16_t kFirstPort = 18'100;     // of DEPLOY_PORTS, on a server that has none yet
constexpr std::chrono::minutes kRunPatience{3};  // a workflow run is polled every 15 to 60 seconds

void set_up(const Road& road, const tests::Site& there) {
    tests::make_known(road.daemon().data(), road.daemon().directory() / "ssh", there);
}

std::map<std::string, std::string> environment_for(const std::string& deployer) {
    auto environment = environment_of("docker");
    environment["DEPLOYER"] = deployer;
    return environment;
}

void give_token(Road& road) {
    (void)road.made("PUT", "/api/projects/" + road.project() + "/secrets/API_TOKEN",
                    {{"value", "given-by-the-user"}});
}

std::string containers_of(const Road& road, const tests::Site& there) {
    return there.engine
        .ask("GET", "/containers/json?all=1&filters=%7B%22name%22%3A%5B%22deploy-" +
                        road.project() + "%22%5D%7D")
        .body;
}

// The program that the project's own workflow would have started on the server.
constexpr const char* kAnswers = R"(
import http.server, sys
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b'by the workflow')
server = http.server.ThreadingHTTPServer(('', int(sys.argv[1])), Handler)
print('ready', flush=True)
server.serve_forever()
)";

struct Hub {
    tests::GithubServer& server = tests::GithubServer::fresh();
    const std::string name = "acme/greeter";

    explicit Hub(std::map<std::string, std::string> files) {
        files[".github/workflows/deploy.yml"] = "on: workflow_dispatch\n";
        server.change({{"do", "repository"}, {"name", name}, {"files", files}});
    }
    std::map<std::string, std::string> environment() const {
        auto environment = environment_for("github");
        environment.insert({{"SCAFFOLD", "false"},
                            {"FORGE", "github"},
                            {"GITHUB_OWNER", "acme"},
                            {"GITHUB_APP_ID", tests::GithubServer::kAppId},
                            {"GITHUB_APP_KEY_FILE", server.key_file()},
                            {"GITHUB_API_URL", server.api_url()},
                            {"GITHUB_URL", server.git_url()}});
        return environment;
    }
    Json project() const {
        return {{"name", "greeter"}, {"repository_url", server.git_url() + "/" + name}};
    }
    Json secrets() const { return server.state()["secrets"][name]; }
    Json runs() const { return server.state()["runs"][name]; }
    // The n-th run that was started; waits until the deployment has come to it.
    Json run(std::size_t number) const {
        Json all;
        tests::eventually(
            "the workflow is started",
            [&] {
                all = runs();
                return all.size() >= number;
            },
            kRunPatience);
        REQUIRE(all.size() == number);
        return all.back();
    }
    void end_run(const Json& run, const char* conclusion) const {
        server.change({{"do", "run"},
                       {"name", name},
                       {"run_id", run["id"]},
                       {"status", "completed"},
                       {"conclusion", conclusion}});
    }
    // Brings the default branches here and at GitHub to the same commit; returns it.
    std::string take_over(Road& road) const {
        // This task stays open: no daemon has the role workers.
        (void)road.begin_task("x", "engineering");
        std::string commit;
        tests::eventually(
            "both sides have the same commit",
            [&] {
                commit = tests::run_successfully(
                    {.argv = {"git", "--git-dir=" + server.repository(name), "rev-parse", "main"}});
                commit.pop_back();
                return road.head() == commit;
            },
            kRunPatience);
        return commit;
    }
};

}  // namespace

TEST_CASE("over ssh: from a tested commit to a URL on a server, and all of it taken away again") {
    const tests::Site& there = tests::site_or_skip();
    Road road(environment_for("ssh"));
    set_up(road, there);
    (void)road.tested_commit(greeter("one"));
    give_token(road);
    const Json live = road.run_task();
    INFO(live.dump(2));
    REQUIRE(live["status"] == "completed");
    const std::string url = live["result"]["deployed_url"];
    CHECK(url.starts_with("http://" + there.address + ":"));
    CHECK(get(url).starts_with("200 one hello|"));
    const Json rows = road.read("/api/service_deployments");
    REQUIRE(rows.size() == 1);
    CHECK(rows[0]["server_id"] == tests::kServerId);

    // The deployment survives the daemon; the next one finds it and replaces it in place.
    road.kill_daemon();
    CHECK(get(url).starts_with("200 one"));
    road.start_daemon();
    (void)road.tested_commit(greeter("two"));
    CHECK(road.run_task()["result"]["deployed_url"] == url);
    CHECK(get(url).starts_with("200 two"));
    CHECK(road.run_task("logs")["status"] == "completed");

    const Json deleted = road.orchestrator({"project", "delete", "greeter", "--yes"});
    INFO(deleted.dump(2));
    CHECK(deleted["data"]["result"]["stopped"] == true);
    CHECK_THROWS(get(url));
    CHECK(containers_of(road, there) == "[]\n");
    CHECK(road.read("/api/allocations").empty());
    CHECK(road.daemon().log().find("given-by-the-user") == std::string::npos);
}

TEST_CASE("by a workflow at GitHub: its secrets, its run, its URL, and the end of all of it") {
    const tests::Site& there = tests::site_or_skip();
    const Hub hub(greeter("one"));
    Road road(hub.environment(), hub.project());
    set_up(road, there);
    const std::string commit = hub.take_over(road);
    road.passed_tests(commit);
    give_token(road);

    const std::string task = road.begin_task("");
    const Json run = hub.run(1);
    CHECK(run["head_sha"] == commit);
    const Json secrets = hub.secrets();
    INFO(secrets.dump(2));
    CHECK(secrets["DEPLOY_HOST"] == there.address);
    CHECK(secrets["DEPLOY_USER"] == "deploy");
    CHECK(secrets["DEPLOY_SSH_KEY"].get<std::string>().find("PRIVATE KEY") != std::string::npos);
    const std::string dotenv =
        control::decode_base64(secrets["DOTENV"].get<std::string>()).value_or("");
    CHECK(dotenv.find("API_TOKEN=given-by-the-user") != std::string::npos);
    const auto port = std::stoul(secrets["DEPLOY_PORT"].get<std::string>());
    const auto answering = there.run_python(kAnswers, static_cast<std::uint16_t>(port));
    hub.end_run(run, "success");
    const Json live = road.wait_task(task);
    INFO(live.dump(2));
    REQUIRE(live["status"] == "completed");
    CHECK(live["result"]["commit"] == commit);
    CHECK(get(live["result"]["deployed_url"]) == "200 by the workflow");
    CHECK(road.progress(task).find("is success") != std::string::npos);

    // The user brought this repository, so we must not delete it.
    const Json deleted =
        road.orchestrator({"project", "delete", "greeter", "--repository", hub.name, "--yes"});
    INFO(deleted.dump(2));
    REQUIRE(deleted["success"] == true);
    CHECK(deleted["data"]["result"]["left"] ==
          Json{"the repository " + hub.server.git_url() + "/" + hub.name + " (" + hub.name +
               " was not created by this system)"});
    CHECK(hub.server.state()["repositories"] == Json{hub.name});
    CHECK(hub.secrets().empty());
    CHECK(hub.server.violations() == std::vector<std::string>());
    CHECK(road.daemon().log().find("given-by-the-user") == std::string::npos);
}

TEST_CASE("by a workflow at GitHub: its report ends the wait for the run") {
    const tests::Site& there = tests::site_or_skip();
    const Hub hub(greeter("one"));
    const std::string secret = "a secret of the App and ours";
    auto environment = hub.environment();
    environment["GITHUB_WEBHOOK_SECRET"] = secret;
    Road road(environment, hub.project());
    set_up(road, there);
    const std::string commit = hub.take_over(road);
    road.passed_tests(commit);
    give_token(road);
    const std::string task = road.begin_task("");
    const Json run = hub.run(1);
    const auto answering = there.run_python(kAnswers, kFirstPort);
    tests::eventually("the run is looked at",
                      [&] { return road.progress(task).find("is queued") != std::string::npos; });
    hub.end_run(run, "success");

    const std::string body =
        contracts::dump_json({{"action", "completed"}, {"repository", {{"full_name", hub.name}}}});
    const auto deliver = [&](const std::string& id, const std::string& key) {
        return tests::http(
            road.daemon().url(),
            {.method = "POST",
             .target = "/api/webhooks/github",
             .headers = {{"Content-Type", "application/json"},
                         {"X-GitHub-Event", "workflow_run"},
                         {"X-GitHub-Delivery", id},
                         {"X-Hub-Signature-256", "sha256=" + control::signature_of(body, key)}},
             .body = body});
    };
    CHECK(deliver("1", "a guess at the secret").status == 401);
    CHECK(deliver("1", secret).body == R"({"status":"accepted"})");
    CHECK(deliver("1", secret).body == R"({"status":"known"})");
    CHECK(road.wait_task(task)["status"] == "completed");
    // The flow moved on by the report, not because its next look was due.
    const Json flows = road.read("/api/flows?graph=deploy");
    REQUIRE(flows.size() == 1);
    const std::string steps =
        road.read("/api/flows/" + flows[0]["id"].get<std::string>() + "/steps").dump();
    INFO(steps);
    CHECK(steps.find(R"("event":"look")") != std::string::npos);
}

TEST_CASE(
    "by a workflow at GitHub: what fails goes back, engineering repairs it; a cancelled run") {
    const tests::Site& there = tests::site_or_skip();
    const Hub hub(greeter("one"));
    Road road(hub.environment(), hub.project());
    set_up(road, there);
    const std::string first = hub.take_over(road);
    road.passed_tests(first);
    give_token(road);
    const auto answering = there.run_python(kAnswers, kFirstPort);
    hub.server.change({{"do", "settings"},
                       {"conclusions", {"success", "failure", "success"}},
                       {"log_end", "pulling with given-by-the-user\nno such image\n"}});
    REQUIRE(road.run_task()["status"] == "completed");

    const std::string second = road.tested_commit(greeter("two"));
    (void)hub.take_over(road);
    const std::string task = road.begin_task("");
    Json repair;
    tests::eventually(
        "engineering is asked to repair it",
        [&] {
            for (const Json& one : road.read("/api/tasks?type=engineering"))
                if (one.value("spec", "").find("failed") != std::string::npos) repair = one;
            return !repair.is_null();
        },
        kRunPatience);
    const std::string spec = repair["spec"];
    INFO(spec);
    CHECK(spec.find(second.substr(0, 12)) != std::string::npos);
    CHECK(spec.find("job deploy failed at the step \"Start\"") != std::string::npos);
    CHECK(spec.find("pulling with ***\nno such image") != std::string::npos);
    const Json runs = hub.runs();
    REQUIRE(runs.size() == 3);
    CHECK(runs[1]["head_sha"] == second);
    CHECK(runs[2]["head_sha"] == first);
    (void)road.made("PATCH", "/api/tasks/" + task, {{"status", "cancelled"}});

    const std::string again = road.begin_task("");
    (void)hub.run(4);
    tests::eventually("the run is looked at",
                      [&] { return road.progress(again).find("is queued") != std::string::npos; });
    (void)road.made("PATCH", "/api/tasks/" + again, {{"status", "cancelled"}});
    tests::eventually("its run is cancelled",
                      [&] { return hub.run(4)["conclusion"] == "cancelled"; });
    CHECK(hub.server.violations() == std::vector<std::string>());
    CHECK(road.daemon().log().find("given-by-the-user") == std::string::npos);
}
