// The Docker Engine that a test may use: the one whose socket ORCH_TEST_DOCKER names, or a private
// one that `ci/engine` starts and that ends with the object (and with this process, however it
// ends).
//
// Throws NoDockerEngine where none can be had on this machine (a test skips with its reason),
// std::runtime_error where one should be there and does not work, or where ORCH_REQUIRE_ENGINE=1
// says that every test must have one.
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

// Throws NoDockerEngine; where ORCH_REQUIRE_ENGINE=1 (as .ci/run sets it) another error, so that a
// test fails which would otherwise be skipped.
[[noreturn]] void give_up_engine(const std::string& reason);

// The file system of `empty_image`, as a tar file.
[[nodiscard]] std::string empty_root();

class DockerEngine {
public:
    enum class Choice {
        any,         // a shared one will do; the test removes what it makes
        private_one  // the test restarts it
    };

    explicit DockerEngine(Choice choice = Choice::any);
    // A private engine newer than this system's, which refuses versions of its API below `min_api`
    // ("1.44"; empty: its own minimum).
    static DockerEngine newer(const std::string& min_api);
    // A private engine whose network this machine reaches, as it reaches another server.
    static DockerEngine reachable();
    ~DockerEngine();
    DockerEngine(const DockerEngine&) = delete;
    DockerEngine& operator=(const DockerEngine&) = delete;

    [[nodiscard]] const std::string& socket() const { return socket_; }
    // unix:///path
    [[nodiscard]] std::string url() const { return "unix://" + socket_; }

    // One request to its API: ask("POST", "/containers/create?name=a", R"({"Image":"b"})").
    [[nodiscard]] HttpResponse ask(const std::string& method, const std::string& target,
                                   const std::string& body = {}) const;

    // Imports the Debian image that worker images start from and returns its name. `packages`
    // ("a,b") are installed beside the usual ones, in an image of another name. Takes up to a
    // minute the first time on a machine.
    [[nodiscard]] std::string base_image(const std::string& name = "orch-base:bookworm",
                                         const std::string& packages = {}) const;

    // Imports an image for static programs, which has hardly a file, and returns its name.
    [[nodiscard]] std::string empty_image() const;

    // Of a private one only: its process, whose network namespace its containers are joined to.
    [[nodiscard]] pid_t process() const;
    // Of a private one only: ends dockerd with `signal` ("TERM", "KILL"), starts it again, returns
    // when it answers. Containers live on.
    void restart(const std::string& signal = "TERM") const;

private:
    explicit DockerEngine(const std::vector<std::string>& options);
    void start_private(const std::vector<std::string>& options);

    std::optional<TemporaryDirectory> directory_;
    std::string socket_;
};

}  // namespace tests
