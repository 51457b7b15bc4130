// The Docker Engine that a test may use: the one whose socket ORCH_TEST_DOCKER names, or a private
// one that `ci/engine` starts and that ends with the object (and with this process, however it
// ends).
//
// Throws NoDockerEngine if this machine cannot have one (the test is then skipped with that
// reason), and std::runtime_error if one should be there but does not work, or if
// ORCH_REQUIRE_ENGINE=1 says that every test must have one.
#pragma once

#include "tests/support/http_request.h"
#include "tests/support/temporary_directory.h"

#include <sys/types.h>

#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace tests {

class NoDockerEngine : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

// Throws NoDockerEngine; with ORCH_REQUIRE_ENGINE=1 (as .ci/run sets it) it throws another error,
// so that the test fails instead of being skipped.
[[noreturn]] void give_up_engine(const std::string& reason);

// The file system of `empty_image`, as a tar file.
[[nodiscard]] std::string empty_root();

class DockerEngine {
public:
    enum class Choice {
        any,         // may be shared; the test removes what it creates
        private_one  // for a test that restarts the engine
    };

    explicit DockerEngine(Choice choice = Choice::any);
    // A private engine, newer than the system's, that refuses API versions below `min_api` (such as
    // "1.44"; empty: the engine's own minimum).
    static DockerEngine newer(const std::string& min_api);
    // A private engine whose container network can be reached from this machine.
    static DockerEngine reachable();
    ~DockerEngine();
    DockerEngine(const DockerEngine&) = delete;
    DockerEngine& operator=(const DockerEngine&) = delete;

    [[nodiscard]] const std::string& socket() const { return socket_; }
    // unix:///path
    [[nodiscard]] std::string url() const { return "unix://" + socket_; }

    // Sends one API request: ask("POST", "/containers/create?name=a", R"({"Image":"b"})").
    [[nodiscard]] HttpResponse ask(const std::string& method, const std::string& target,
                                   const std::string& body = {}) const;

    // Imports the Debian image that worker images start from and returns its name. `packages`
    // ("a,b") are installed beside the usual ones, in an image of another name. Takes up to a
    // minute the first time on a machine.
    [[nodiscard]] std::string base_image(const std::string& name = "orch-base:bookworm",
                                         const std::string& packages = {}) const;

    // Imports a nearly empty image for static programs and returns its name.
    [[nodiscard]] std::string empty_image() const;

    // Private engines only: the process whose network namespace the engine's containers use.
    [[nodiscard]] pid_t process() const;
    // Private engines only: ends dockerd with `signal` ("TERM", "KILL") and starts it again;
    // returns once it answers. Containers keep running.
    void restart(const std::string& signal = "TERM") const;

private:
    explicit DockerEngine(const std::vector<std::string>& options);
    void start_private(const std::vector<std::string>& options);

    std::optional<TemporaryDirectory> directory_;
    std::string socket_;
};

}  // namespace tests
