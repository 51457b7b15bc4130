#include "tests/support/docker_engine.h"

#include "tests/support/child_process.h"

#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <string_view>
#include <utility>

namespace tests {
namespace {

constexpr std::chrono::minutes kPatience{3};
constexpr int kUnavailable = 69;

std::string first_line(const std::string& text) {
    return text.substr(0, text.find('\n'));
}

std::string program(const char* name) {
    return std::string(ORCH_SOURCE_DIR "/ci/") + name;
}

}  // namespace

void give_up_engine(const std::string& reason) {
    const char* required = std::getenv("ORCH_REQUIRE_ENGINE");
    if (required != nullptr && std::string_view(required) == "1")
        throw std::runtime_error("ORCH_REQUIRE_ENGINE=1, but: " + reason);
    throw NoDockerEngine(reason);
}

// A directory, an empty file and the two empty blocks that end a tar file.
std::string empty_root() {
    const TemporaryDirectory place;
    place.write("root/etc/empty", "");
    return run_successfully({.argv = {"tar", "-C", place / "root", "-cf", "-", "."}});
}

DockerEngine::DockerEngine(Choice choice) {
    const char* named = std::getenv("ORCH_TEST_DOCKER");
    if (choice == Choice::any && named != nullptr && *named != '\0') {
        socket_ = named;
        if (ask("GET", "/_ping").status != 200) {
            throw std::runtime_error("ORCH_TEST_DOCKER=" + socket_ + " is no working engine");
        }
        return;
    }
    start_private({});
}

DockerEngine::DockerEngine(const std::vector<std::string>& options) {
    start_private(options);
}

DockerEngine DockerEngine::newer(const std::string& min_api) {
    const Finished found = run({.argv = {program("newer-dockerd")}}, kPatience);
    if (found.end.exit_code == kUnavailable) give_up_engine(found.error_output);
    if (!found.end.success()) throw std::runtime_error(found.error_output);
    std::vector<std::string> options{"--dockerd", first_line(found.output)};
    if (!min_api.empty()) options.insert(options.end(), {"--min-api", min_api});
    return DockerEngine(options);
}

DockerEngine DockerEngine::reachable() {
    return DockerEngine(std::vector<std::string>{"--uplink"});
}

pid_t DockerEngine::process() const {
    if (!directory_) throw std::runtime_error("a shared engine's process is not known");
    return std::stoi(read_file(*directory_ / "pid"));
}

void DockerEngine::start_private(const std::vector<std::string>& options) {
    directory_.emplace();
    std::vector<std::string> argv{program("engine"), "up", directory_->text(), "--owner",
                                  std::to_string(::getpid())};
    argv.insert(argv.end(), options.begin(), options.end());
    const Finished up = run({.argv = argv}, kPatience);
    if (up.end.exit_code == kUnavailable) give_up_engine(up.error_output);
    if (!up.end.success()) throw std::runtime_error(up.error_output);
    socket_ = first_line(up.output);
}

DockerEngine::~DockerEngine() {
    if (!directory_) return;
    try {
        run_successfully({.argv = {program("engine"), "down", directory_->text()}}, kPatience);
    } catch (const std::exception&) {
        // The supervisor ends the engine when this process ends.
    }
}

HttpResponse DockerEngine::ask(const std::string& method, const std::string& target,
                               const std::string& body) const {
    HttpHeaders headers;
    if (!body.empty()) headers.emplace_back("Content-Type", "application/json");
    return http(url(), {.method = method, .target = target, .headers = headers, .body = body});
}

std::string DockerEngine::base_image(const std::string& name, const std::string& packages) const {
    std::vector<std::string> argv{program("base-image"), socket_, name};
    if (!packages.empty()) argv.push_back(packages);
    return first_line(run_successfully({.argv = std::move(argv)}, std::chrono::minutes{10}));
}

std::string DockerEngine::empty_image() const {
    const std::string name = "orch-test-empty:1";
    if (ask("GET", "/images/" + name + "/json").status == 200) return name;
    const auto answer =
        ask("POST", "/images/create?fromSrc=-&repo=orch-test-empty&tag=1", empty_root());
    if (answer.status != 200) throw std::runtime_error("import: " + answer.body);
    return name;
}

void DockerEngine::restart(const std::string& signal) const {
    if (!directory_) throw std::runtime_error("a shared engine is not a test's to restart");
    run_successfully(
        {.argv = {program("engine"), "restart", directory_->text(), "--signal", signal}},
        kPatience);
}

}  // namespace tests
