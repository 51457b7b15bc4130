#include "bodies.h"

#include "contracts/base/id.h"
#include "control/http/listening_socket.h"
#include "tests/support/child_process.h"

#include <catch2/catch_test_macros.hpp>
#include <csignal>
#include <filesystem>

namespace deployer_tests {

const tests::DockerEngine& shared_engine() {
    static std::unique_ptr<tests::DockerEngine> engine;
    static std::string missing;
    if (!engine && missing.empty()) try {
            engine = std::make_unique<tests::DockerEngine>();
        } catch (const tests::NoDockerEngine& reason) {
            missing = reason.what();
        }
    if (!engine) SKIP(missing);
    return *engine;
}

std::string base_image(const tests::DockerEngine& engine) {
    static const std::string name = engine.base_image();
    return name;
}

namespace {

void git(const std::string& directory, const std::string& script) {
    tests::run_successfully({.argv = {"/bin/sh", "-ec", script},
                             .environment = {{"GIT_CONFIG_GLOBAL", "/dev/null"},
                                             {"GIT_AUTHOR_NAME", "a"},
                                             {"GIT_AUTHOR_EMAIL", "a@b"},
                                             {"GIT_COMMITTER_NAME", "a"},
                                             {"GIT_COMMITTER_EMAIL", "a@b"}},
                             .directory = directory});
}

constexpr const char* kFrame = R"(
import http.server, os, sys
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        path = self.path
        answer = %ANSWER%
        status, text = answer if isinstance(answer, tuple) else (200, answer)
        self.send_response(status)
        self.end_headers()
        self.wfile.write(text.encode())
print("listening on", os.environ["PORT"], flush=True)
http.server.ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Handler).serve_forever()
)";

}  // namespace

Body::Body() : key_("p-" + contracts::random_hex(6)) {
    std::filesystem::permissions(directory_.path(), std::filesystem::perms(0711));
    auto forge = control::make_local_forge(directory_ / "forge");
    if (!forge) throw std::runtime_error(forge.error().describe());
    forge_ = std::move(*forge);
    if (auto made = forge_->ensure_repository("shop", "A shop"); !made)
        throw std::runtime_error(made.error().describe());
}

std::string Body::commit(const std::map<std::string, std::string>& files) {
    const tests::TemporaryDirectory clone;
    git(clone.text(), "git clone -q '" + forge_->location("shop") + "' w && rm -rf w/*");
    for (const auto& [name, content] : files)
        (void)clone.write("w/" + name, content);
    git(clone / "w",
        "git add -A && git commit -qm change --allow-empty && git push -q origin "
        "HEAD:main");
    auto head = forge_->head("shop", "main");
    if (!head) throw std::runtime_error(head.error().describe());
    return head->commit;
}

std::uint16_t Body::free_port() const {
    const auto any = control::listen_on_tcp("127.0.0.1", 0);
    if (!any) throw std::runtime_error(any.error().describe());
    return control::bound_port(any->get());
}

std::shared_ptr<void> Body::take_port(std::uint16_t port) const {
    auto taken = control::listen_on_tcp("127.0.0.1", port);
    if (!taken) throw std::runtime_error(taken.error().describe());
    return std::make_shared<contracts::UniqueFd>(std::move(*taken));
}

void Body::lose_front(const std::string& key) const {
    const std::string text = tests::read_file(directory_ / ("deployments/" + key + "/front.json"));
    const auto pid = std::stoi(text.substr(text.find("\"pid\":") + 6));
    REQUIRE(::kill(pid, SIGKILL) == 0);
}

control::DeploymentSpec Body::spec(const std::string& commit) const {
    control::DeploymentSpec spec;
    spec.key = key_;
    spec.repository = "shop";
    spec.commit = commit;
    spec.port = free_port();
    spec.start_timeout = std::chrono::seconds(30);
    return spec;
}

control::LocalDeployerSettings Body::settings() const {
    return {.owner = "suite-" + key_,
            .directory = directory_ / "deployments",
            .front = {std::filesystem::read_symlink("/proc/self/exe"), "run-front"}};
}

void Body::stop_all(control::Deployer& deployer) {
    (void)deployer.stop(key_);
}

DockerBody::DockerBody() : engine_(shared_engine()), base_(base_image(engine_)) {}

DockerBody::~DockerBody() {
    stop_all(*make_deployer());
}

std::unique_ptr<control::Deployer> DockerBody::make_deployer() {
    auto deployer = control::make_docker_deployer(
        settings(),
        {.socket = engine_.socket(),
         .build_network = "none",
         .run_image = [this](const std::vector<std::string>&,
                             std::stop_token) -> contracts::Result<std::string> {
             return base_;
         }},
        *forge_, http_);
    if (!deployer) throw std::runtime_error(deployer.error().describe());
    return std::move(*deployer);
}

std::string DockerBody::containers() const {
    return engine_
        .ask("GET",
             "/containers/json?all=1&filters=%7B%22name%22%3A%5B%22deploy-" + key_ + "%22%5D%7D")
        .body;
}

std::string DockerBody::images() const {
    return engine_
        .ask("GET", "/images/json?filters=%7B%22reference%22%3A%5B%22deploy-" + key_ + "%22%5D%7D")
        .body;
}

ProcessBody::~ProcessBody() {
    stop_all(*make_deployer());
}

std::unique_ptr<control::Deployer> ProcessBody::make_deployer() {
    auto deployer = control::make_process_deployer(
        settings(),
        {.supervisor = {std::filesystem::read_symlink("/proc/self/exe"), "run-process"},
         .path = "/usr/bin:/bin"},
        *forge_, http_);
    if (!deployer) throw std::runtime_error(deployer.error().describe());
    return std::move(*deployer);
}

std::string must_deploy(control::Deployer& deployer, const control::DeploymentSpec& spec) {
    const auto end = deployer.deploy(spec);
    if (!end) FAIL(end.error().describe());
    if (end->fault) FAIL(end->fault->message + "\n" + end->fault->log);
    return end->url.value();
}

std::map<std::string, std::string> script(const std::string& python) {
    return {{"Makefile", "run:\n\t@exec python3 -B serve.py\n"}, {"serve.py", python}};
}

std::map<std::string, std::string> service(const std::string& answer) {
    std::string text = kFrame;
    const std::string place = "%ANSWER%";
    text.replace(text.find(place), place.size(), answer);
    return script(text);
}

std::string get(const std::string& url, const std::string& path) {
    const auto answer = tests::http(url, {.target = path});
    if (answer.status == 200) return answer.body;
    return std::to_string(answer.status) + ": " + answer.body;
}

}  // namespace deployer_tests
