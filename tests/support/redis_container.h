// A redis-server in a container, on a Unix socket in a mounted directory, to see how `docker pause`
// affects clients. Its image holds this machine's redis-server and its libraries, and is removed
// with the object. Throws std::runtime_error.
#pragma once

#include "tests/support/docker_engine.h"
#include "tests/support/temporary_directory.h"

#include <string>

namespace tests {

class RedisContainer {
public:
    // Returns once it answers. The engine must outlive the object.
    explicit RedisContainer(const DockerEngine& engine);
    ~RedisContainer();
    RedisContainer(const RedisContainer&) = delete;
    RedisContainer& operator=(const RedisContainer&) = delete;

    // unix:///path
    [[nodiscard]] std::string url() const { return "unix://" + socket(); }
    [[nodiscard]] bool answers() const;

    // As `docker pause` and `docker unpause`: connections stay open but nothing answers.
    void pause() const;
    void unpause() const;

private:
    [[nodiscard]] std::string socket() const { return directory_ / "bus/r.sock"; }
    void build() const;
    void launch();
    void must(const std::string& method, const std::string& target, int status,
              const std::string& body = {}) const;

    const DockerEngine& engine_;
    TemporaryDirectory directory_;
    std::string image_;
    std::string container_;
};

}  // namespace tests
